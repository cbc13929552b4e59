# SPDX-License-Identifier: Apache-2.0


"""A dry run says what would change.

What a resize refuses, a dry run refuses: ``assert_refused`` requests both.
"""

from typing import Any

import webob

from tests.unit.octavia_resize import topologies


class TestDryRun(topologies.SingleTestCase):
    def _send(
        self, flavor_id: str, dry_run: str = 'true', **kwargs: Any
    ) -> webob.Response:
        return self.resize(
            self.lb_id, flavor_id, arguments=f'dry_run={dry_run}', **kwargs
        )

    def test_says_what_would_change(self) -> None:
        before = self.get_load_balancer(self.lb_id)
        for roles, profile in (
            ('member,reader', None),
            (
                'admin',
                [
                    {
                        'name': 'compute_flavor',
                        'from': 'sandbox.small',
                        'to': 'sandbox.large',
                    }
                ],
            ),
        ):
            response = self._send(self.large, roles=roles)
            self.assertEqual(200, response.status_int, response.text)
            resize = response.json['resize']
            self.assertIn('once', resize.pop('traffic'))
            self.assertEqual(
                {
                    'loadbalancer_id': self.lb_id,
                    'previous_flavor_id': self.small,
                    'previous_flavor_name': self.small,
                    'new_flavor_id': self.large,
                    'new_flavor_name': self.large,
                    'topology': 'SINGLE',
                    'drain_seconds': 5,
                    'profile': profile,
                },
                resize,
            )
        self.assertEqual(before, self.get_load_balancer(self.lb_id))
        self.assertIsNone(self.get_resize(self.lb_id))

    def test_traffic(self) -> None:
        """An IPv6 address on SR-IOV is never on two amphorae."""
        pair_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        for lb_id, flavor_id, traffic in (
            (self.lb_id, self.large, 'unless'),
            (pair_id, self.ha_large, 'for 5 seconds'),
        ):
            self.add_ipv6_vip(lb_id)
            self.lb_id = lb_id
            response = self._send(flavor_id)
            self.assertIn(traffic, response.json['resize']['traffic'])

    def test_argument(self) -> None:
        response = self._send(self.large, 'maybe')
        self.assert_fault(
            response,
            400,
            "The argument 'dry_run' must be true or false, or left out.",
        )
        self.assertEqual(202, self._send(self.large, 'false').status_int)
