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

"""What resizes the load balancers of a provider."""

from unittest import mock

from tests.unit.octavia_resize import topologies


class TestGetDriver(topologies.SingleTestCase):
    def test_provider_that_cannot(self) -> None:
        with mock.patch(
            'octavia_resize.drivers.loader.NAMESPACE', 'octavia_resize.none'
        ):
            self.assert_refused(
                501,
                f"Provider 'amphora' of load balancer web ({self.lb_id}) "
                'cannot resize load balancers. Create a load balancer with '
                'the '
                'wanted flavor instead.',
                self.large,
            )

    def test_noop_provider_is_done_at_once(self) -> None:
        flavor_id = self.create_flavor(provider='noop_driver')
        lb_id = self.create_load_balancer(None, provider='noop_driver')
        self.assertEqual(202, self.resize(lb_id, flavor_id).status_int)
        self.assertEqual(
            {'status': 'ACTIVE', 'flavor_id': flavor_id},
            self.get_load_balancer(lb_id),
        )
        self.assertEqual('COMPLETED', self.get_resize(lb_id).state)
