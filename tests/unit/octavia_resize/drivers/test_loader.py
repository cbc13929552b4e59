# SPDX-License-Identifier: Apache-2.0

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
        self.assert_load_balancer(lb_id, 'ACTIVE', flavor_id)
        self.assertEqual('COMPLETED', self.get_resize(lb_id).state)
