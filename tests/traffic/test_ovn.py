# SPDX-License-Identifier: Apache-2.0
"""What clients see of a resize of the seeded load balancers on OVN."""

from resize_sandbox.deployment import OVN
from tests.traffic import base
from tests.traffic import test_sandbox


class TestResize(base.TestCase):
    network = OVN

    def _resize(self, load_balancer: str) -> None:
        report = self.resize(load_balancer, self.other_flavor(load_balancer))
        figures = {k: v for k, v in report.items() if k != 'timeline'}
        # In a switch that stops the old amphora too early, each fifth of the
        # requests without ARP entry fails. Of others, those fail that are in
        # progress when the VIP moves: on two cores that takes a while.
        for requests, failed, one_of in (
            ('requests', 'failed', 250),
            ('cold_requests', 'cold_failed', 100),
            ('routed_requests', 'routed_failed', 200),
            ('floating_requests', 'floating_failed', 200),
            ('kept_requests', 'kept_lost', 1000),
        ):
            self.assertGreater(report[requests], 100, figures)
            self.assertLess(report[failed] * one_of, report[requests], figures)
        self.assertGreater(report['kept_closed'], 50, figures)
        self.assertLess(report['silence_max_ms'], 1500, figures)
        self.assertLessEqual(report['breaks_max'], 3, figures)

    def test_single(self) -> None:
        """Each ARP reply moves the VIP while two amphorae have it."""
        self._resize('web')

    def test_active_standby(self) -> None:
        self._resize('shop')


class TestSideBySide(test_sandbox.TestSideBySide):
    """A second sandbox on OVN, and what is left of it."""

    network = OVN
