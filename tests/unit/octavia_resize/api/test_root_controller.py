# SPDX-License-Identifier: Apache-2.0

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
