# SPDX-License-Identifier: Apache-2.0

"""Waiting for a job, whatever the board answers."""

import contextlib
from typing import Any
from unittest import mock

import fixtures

from octavia_resize.worker import controller
from octavia_resize.worker import jobboard
from tests.unit.octavia_resize import topologies


class TestWaitForResize(topologies.SingleTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.resize(self.lb_id, self.large)
        self.resize_id = self.get_resize(self.lb_id).id
        self.useFixture(
            fixtures.MonkeyPatch(
                'octavia_resize.worker.jobboard._POLL_SECONDS', 0
            )
        )
        self.log = self.useFixture(fixtures.FakeLogger())

    def _wait(self, *answers: Any) -> int:
        """Wait with what the board answers in turn.

        :returns: how often it was read.
        """
        board = mock.Mock()
        board.iterjobs.side_effect = answers
        driver = mock.Mock()
        driver.job_board.side_effect = lambda _: contextlib.nullcontext(board)
        driver.persistence_driver.get_persistence.side_effect = (
            contextlib.nullcontext
        )
        jobboard.ServiceController(driver).wait_for_resize(self.resize_id)
        reads: int = board.iterjobs.call_count
        return reads

    def _job(self, resize_id: str) -> Any:
        return mock.Mock(details={'store': {'resize_id': resize_id}})

    def test_until_no_job_is_left(self) -> None:
        jobs = [self._job('another'), self._job(self.resize_id)]
        self.assertEqual(3, self._wait(jobs, jobs, jobs[:1]))

    def test_board_away(self) -> None:
        """The job may be running all the same."""
        jobs = [self._job(self.resize_id)]
        self.assertEqual(4, self._wait(jobs, OSError('no Redis'), jobs, []))
        self.assertIn('no Redis', self.log.output)

    def test_job_of_a_resize_that_has_ended(self) -> None:
        self.fail_resize(self.lb_id, 'No room')
        jobs = [self._job(self.resize_id)]
        self.assertEqual(0, self._wait(jobs))

    def test_board_that_stays_unreadable(self) -> None:
        """The wait ends, before somebody waits for ever."""
        reads = self._wait(*(ValueError('no JSON') for _ in range(500)))
        self.assertEqual(jobboard._MAX_FAILURES, reads)
        self.assertIn('no longer waiting for it', self.log.output)


class TestRecover(topologies.SingleTestCase):
    """A resize that was a job of another worker."""

    def setUp(self) -> None:
        super().setUp()
        self.resize(self.lb_id, self.large)
        self.worker = controller.ResizeWorker()
        self.worker.jobboard_driver = None
        self.override('task_flow', 'jobboard_enabled', True)

    def test_waits_under_the_name_of_its_owner(self) -> None:
        """Then the resize is the worker's own: a job that was lost stops."""
        claim = self.start_resize(self.lb_id)
        left = self.get_resize(self.lb_id)
        owners: list[str] = []

        def wait(_: Any, resize_id: str) -> None:
            self.assertEqual(claim.resize_id, resize_id)
            self.assertEqual({resize_id}, self.worker.claims.get_resize_ids())
            owners.append(self.get_resize(self.lb_id).owner)

        with mock.patch.object(
            jobboard.ServiceController, 'wait_for_resize', wait
        ):
            self.worker.recover(left, claim)
        self.assertEqual([claim.owner], owners)
        ended = self.get_resize(self.lb_id)
        self.assertEqual('FAILED', ended.state)
        self.assertNotEqual(claim.owner, ended.owner)
