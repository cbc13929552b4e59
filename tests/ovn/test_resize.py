# SPDX-License-Identifier: Apache-2.0
"""What clients see of a resize on OVN, of the seeded load balancers."""

from resize_sandbox.deployment import OVN
from tests.traffic import base


class TestResize(base.TestCase):
    network = OVN

    def _resize(self, load_balancer: str) -> None:
        report = self.resize(load_balancer, self.other_flavor(load_balancer))
        self.check_unnoticed(report)
        self.assertLessEqual(report['failed'], 1, report)

    def test_single(self) -> None:
        """Each ARP reply moves the VIP while two amphorae have it."""
        self._resize('web')

    def test_active_standby(self) -> None:
        self._resize('shop')
