# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""What Octavia answered before, it answers still."""

import uuid

from tests.unit.octavia_resize import base


class TestPlainOctavia(base.TestCase):
    def test_other_resources(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        for path, status in (
            ('', 200),
            ('v2.0/lbaas/loadbalancers', 200),
            (f'v2.0/lbaas/loadbalancers/{lb_id}', 200),
            (f'v2/lbaas/loadbalancers/{lb_id}/status', 200),
            (f'v2/lbaas/loadbalancers/{lb_id}/stats', 200),
            (f'v2.0/lbaas/loadbalancers/{uuid.uuid4()}', 404),
        ):
            response = self.build_request('GET', f'/{path}').get_response(
                self.application
            )
            self.assertEqual(status, response.status_int, response.text)
