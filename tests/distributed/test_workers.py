# SPDX-License-Identifier: Apache-2.0

"""Workers that are killed or stopped in the middle of a resize."""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import signal
import threading
from typing import Any

from tests.distributed import base
from tests.distributed import holding

#: The flavor before a resize, and the new one.
_SINGLE = ('small', base.SLOW)
_PAIR = ('ha-small', base.HA_SLOW)


class WorkerTestCase(base.TestCase):
    def check_killed_while_it_cancels(self) -> None:
        """Check that the other worker ends the cancel."""
        lb = self.create_load_balancer('ha-small')
        before = self.everything(lb.id)
        self.start_resize(lb, base.HA_SLOW)
        self.until_mid_flow(lb.id)
        worker = self.runner_of(lb.id)
        self.assertEqual(202, self.cancel(lb.id))
        self.stop(worker, number=signal.SIGKILL)

        found = self.end_after_fault(lb.id)

        self.assertEqual('ACTIVE', found.provisioning_status)
        self.assert_unchanged(before, 'ha-small')
        self.assert_sound(before, flavors=('ha-small', base.HA_SLOW))

    def check_all_killed_before_the_start(self) -> None:
        """Check that a resize is begun when a worker is back."""
        self.stop(*base.WORKERS, number=signal.SIGKILL)
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        self.start_resize(lb, 'large')
        self.start(base.WORKERS[0])

        self.wait_for(lb.id, 'ACTIVE')

        self.assert_unchanged(before, 'large')

    @contextlib.contextmanager
    def stunned_in(
        self, where: str, worker: str, load_balancer_id: str
    ) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            with holding.held_in(
                where, self.sandbox.state, self.engine, load_balancer_id
            ):
                stack.enter_context(self.stunned(worker))
            yield


class TestWithoutJobboard(WorkerTestCase):
    def test_killed_while_it_cancels(self) -> None:
        self.check_killed_while_it_cancels()

    def test_all_killed_before_the_start(self) -> None:
        self.check_all_killed_before_the_start()

    def test_killed(self) -> None:
        """The other worker sets ERROR; the same resize again heals."""
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        self.start_resize(lb, base.SLOW)
        self.until_mid_flow(lb.id)
        self.stop(self.runner_of(lb.id), number=signal.SIGKILL)

        found = self.end_after_fault(lb.id)

        self.assertEqual('ERROR', found.provisioning_status)
        self.assert_sound(before, flavors=('small', base.SLOW))
        self.assertEqual(
            (
                'FAILED',
                'The worker that ran the resize has stopped; no amphora was '
                'replaced, and a cancel leads back',
            ),
            (
                self.resize_state(lb.id)['state'],
                self.resize_state(lb.id)['reason'],
            ),
        )
        self.heal(before, base.SLOW)

    def test_terminated(self) -> None:
        """SIGTERM lets the flow end, however long it takes."""
        lb = self.create_load_balancer('ha-small')
        before = self.everything(lb.id)
        self.start_resize(lb, base.HA_SLOW)
        self.until_mid_flow(lb.id)
        worker = self.runner_of(lb.id)
        thread = threading.Thread(target=self.stop, args=(worker,))
        thread.start()
        found = self.end_after_fault(lb.id)
        thread.join()

        self.assertEqual('ACTIVE', found.provisioning_status)
        self.assert_unchanged(before, base.HA_SLOW)
        self.assert_sound(before, flavors=('ha-small', base.HA_SLOW))

    def test_reload(self) -> None:
        """SIGHUP ends no resize."""
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        self.start_resize(lb, base.SLOW)
        self.until_mid_flow(lb.id)
        self.send_signal(self.runner_of(lb.id), signal.SIGHUP)

        self.wait_for(lb.id, 'ACTIVE')

        self.assert_unchanged(before, base.SLOW)

    def test_reset_and_deleted_before_the_start(self) -> None:
        """What somebody else has deleted meanwhile stays deleted."""
        self.stop(*base.WORKERS, number=signal.SIGKILL)
        lb = self.create_load_balancer('small')
        self.start_resize(lb, 'large')
        self.set_status(lb.id, 'ERROR')
        self.member.load_balancer.delete_load_balancer(lb.id, cascade=True)
        self.until(
            'the deletion',
            lambda: (
                self.member.load_balancer.find_load_balancer(
                    lb.id, ignore_missing=True
                )
                is None
            ),
        )
        self.start(base.WORKERS[0])
        self.wait_for_log(base.WORKERS[0], 'is no longer queued', lb.id)
        self.assertEqual({}, self.amphorae(lb.id))


class TestStunned(WorkerTestCase):
    """A worker that wakes up when another has finished leaves all alone."""

    def test_building(self) -> None:
        for flavors in _SINGLE, _PAIR:
            self._check(*flavors, 'building', 'FAILED')

    def test_switching(self) -> None:
        for flavors in _SINGLE, _PAIR:
            self._check(*flavors, 'switching', 'COMPLETED')

    def test_going_back(self) -> None:
        """Both amphorae are being built when the resize is cancelled."""
        self._check(*_PAIR, 'CANCELLING', 'CANCELLED')

    def _check(self, previous: str, new: str, where: str, end: str) -> None:
        """Check what becomes of a resize whose worker is stunned.

        :param previous: The flavor before.
        :param where: The state or phase in which the worker stands still.
        :param end: The state in which the resize ends.
        """
        lb = self.create_load_balancer(previous)
        before = self.everything(lb.id)
        self.start_resize(lb, new)
        self.until_mid_flow(lb.id)
        worker = self.runner_of(lb.id)
        if end == 'CANCELLED':
            self.assertEqual(202, self.cancel(lb.id))
        with self.stunned_in(where, worker, lb.id):
            self.end_after_fault(lb.id)
            self.assertEqual(end, self.resize_state(lb.id)['state'])
            if end == 'FAILED':
                self.assertEqual(202, self.cancel(lb.id))
            ended = self.everything(lb.id)
            amphorae = self._describe_amphorae(lb.id)
        self.wait_for_log(worker, 'is owned by another worker', lb.id)

        self.assertEqual(ended, self.everything(lb.id))
        self.assertEqual(amphorae, self._describe_amphorae(lb.id))
        self.assert_unchanged(before, new if end == 'COMPLETED' else previous)
        self.assert_sound(before, flavors=(previous, new))

    def _describe_amphorae(self, load_balancer_id: str) -> set[Any]:
        """Return those that are not deleted, whatever their status."""
        return {
            (amphora.id, amphora.status, amphora.compute_id)
            for amphora in self.admin.load_balancer.amphorae(
                loadbalancer_id=load_balancer_id
            )
        }


class TestJobboard(WorkerTestCase):
    jobboard = True

    def test_killed_while_it_cancels(self) -> None:
        self.check_killed_while_it_cancels()

    def test_all_killed_before_the_start(self) -> None:
        self.check_all_killed_before_the_start()

    def test_stands_still_while_it_builds(self) -> None:
        """Another conductor continues the job; the first one wakes up."""
        self._check_stands_still(*_SINGLE, 'building', 'COMPLETED')

    def test_stands_still_while_it_cancels(self) -> None:
        """Another conductor reverts the build; the first one wakes up."""
        self._check_stands_still(*_PAIR, 'CANCELLING', 'CANCELLED')

    def _check_stands_still(
        self, previous: str, new: str, where: str, end: str
    ) -> None:
        lb = self.create_load_balancer(previous)
        before = self.everything(lb.id)
        self.start_resize(lb, new)
        self.until_mid_flow(lb.id)
        worker = self.runner_of(lb.id)
        if end == 'CANCELLED':
            self.assertEqual(202, self.cancel(lb.id))
        with self.stunned_in(where, worker, lb.id):
            found = self.end_after_fault(lb.id)
            ended = self.everything(lb.id)
            amphorae = self.amphorae(lb.id)
        # The last line of a run, wherever taskflow or the fence ends it:
        # the job is gone.
        self.wait_for_log(worker, 'Failed job ', lb.id)

        self.assertEqual('ACTIVE', found.provisioning_status)
        self.assertEqual(end, self.resize_state(lb.id)['state'])
        self.assertEqual(ended, self.everything(lb.id))
        self.assertEqual(amphorae, self.amphorae(lb.id))
        self.assert_unchanged(before, new if end == 'COMPLETED' else previous)
        self.assert_sound(before, flavors=(previous, new))

    def test_resize(self) -> None:
        lb = self.create_load_balancer('ha-small')
        before = self.everything(lb.id)
        self.start_resize(lb, 'ha-large')
        self.wait_for(lb.id, 'ACTIVE')
        self.assert_unchanged(before, 'ha-large')
        self.assert_sound(before, flavors=('ha-large', 'ha-large'))

    def test_cancel(self) -> None:
        """The way back is a job, too."""
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        self.start_resize(lb, base.SLOW)
        self.until_mid_flow(lb.id)
        self.assertEqual(202, self.cancel(lb.id))
        self.wait_for(lb.id, 'ACTIVE')
        self.assert_unchanged(before, 'small')
        self.assertEqual('CANCELLED', self.resize_state(lb.id)['state'])

    def test_runner_killed(self) -> None:
        """The resize completes on the other worker."""
        self._stop_one(self.runner_of, signal.SIGKILL)

    def test_receiver_killed(self) -> None:
        """The resize completes, wherever it runs."""
        self._stop_one(self.receiver_of, signal.SIGKILL)

    def test_terminated(self) -> None:
        """SIGTERM lets the resize complete, here or there."""
        self._stop_one(self.runner_of, signal.SIGTERM)

    def _stop_one(self, which: Callable[[str], str], number: int) -> None:
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        self.start_resize(lb, base.SLOW)
        self.until_mid_flow(lb.id)
        self.stop(which(lb.id), number=number)

        found = self.end_after_fault(lb.id)

        self.assertEqual('ACTIVE', found.provisioning_status)
        self.assert_unchanged(before, base.SLOW)
        self.assert_sound(before, flavors=('small', base.SLOW))
