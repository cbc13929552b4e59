# SPDX-License-Identifier: Apache-2.0

"""Who runs which resize, and until when."""

from unittest import mock

from octavia_resize.worker import claims
from octavia_resize.worker import watchdog
from tests.unit.octavia_resize.worker import test_watchdog


class TestClaims(test_watchdog.TestCase):
    def test_alive(self) -> None:
        """Also while its worker comes to its end."""
        owner = mock.Mock(claims=claims.Claims())
        other = watchdog.Watchdog(owner)
        other.close()
        with owner.claims.keep_alive(self.start_resize(self.lb_id)):
            before = self.get_resize(self.lb_id)
            for _ in range(3 * self.POLLS):
                other.check()
                self.watchdog.check()
        self.watchdog.stop()
        self._check('RUNNING', 'PENDING_UPDATE', self.small)
        after = self.get_resize(self.lb_id)
        self.assertEqual(3 * self.POLLS, after.heartbeat)
        # The resize itself has not changed.
        self.assertEqual(
            (before.created_at, before.updated_at),
            (after.created_at, after.updated_at),
        )

    def test_nothing_taken_over_while_it_ends(self) -> None:
        claim = self.start_resize(self.lb_id)
        self.watchdog.close()
        self._poll(self.POLLS)
        self._check('RUNNING', 'PENDING_UPDATE', self.small)
        self.assertEqual(claim.owner, self.get_resize(self.lb_id).owner)

    def test_message_that_waits_in_a_draining_worker(self) -> None:
        self.watchdog.close()
        self.worker.resize_load_balancer(
            self.lb_id, self.get_resize(self.lb_id).id
        )
        self._check('QUEUED', 'PENDING_UPDATE', self.small)

    def test_drained_between_take_over_and_start(self) -> None:
        """No heartbeat is sent for what nobody runs."""
        self.start_resize(self.lb_id)
        self.watchdog._recoveries.shutdown()
        for _ in range(self.POLLS + 1):
            self.watchdog.check()
        self.assertEqual(set(), self.worker.claims.get_resize_ids())
