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

"""Workers that are killed or stopped in the middle of a resize."""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import signal
import threading

from tests.distributed import base
from tests.distributed import holding


class TestWithoutJobboard(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.use_jobboard(False)

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
            ('FAILED', 'The worker that ran the resize has stopped'),
            (
                self.resize_state(lb.id)['state'],
                self.resize_state(lb.id)['reason'],
            ),
        )
        self.heal(before, base.SLOW)

    def test_killed_while_it_cancels(self) -> None:
        """The other worker ends the cancel."""
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

    def test_all_killed_before_the_start(self) -> None:
        """A resize that nobody has begun is begun when a worker is back."""
        self.stop(*base.WORKERS, number=signal.SIGKILL)
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        self.start_resize(lb, 'large')
        self.start(base.WORKERS[0])

        self.wait_for(lb.id, 'ACTIVE')

        self.assert_unchanged(before, 'large')


class TestStunned(base.TestCase):
    """A worker that wakes up when another has finished leaves all alone."""

    def setUp(self) -> None:
        super().setUp()
        self.use_jobboard(False)

    def test_building(self) -> None:
        self._check('building', 'FAILED')

    def test_switching(self) -> None:
        self._check('switching', 'COMPLETED')

    def _check(self, phase: str, state: str) -> None:
        """Check what becomes of a resize of each topology.

        :param phase: In which its worker stands still.
        :param state: How the resize ends.
        """
        for previous, new in (
            ('small', base.SLOW),
            ('ha-small', base.HA_SLOW),
        ):
            lb = self.create_load_balancer(previous)
            before = self.everything(lb.id)
            self.start_resize(lb, new)
            self.until_mid_flow(lb.id)
            worker = self.runner_of(lb.id)
            with self._stunned_in(phase, worker, lb.id):
                self.end_after_fault(lb.id)
                self.assertEqual(state, self.resize_state(lb.id)['state'])
                if state == 'FAILED':
                    self.assertEqual(202, self.cancel(lb.id))
                ended = self.everything(lb.id)
                amphorae = self.amphorae(lb.id)
            self.wait_for_log(worker, 'is in other hands', lb.id)

            self.assertEqual(ended, self.everything(lb.id))
            self.assertEqual(amphorae, self.amphorae(lb.id))
            self.assert_unchanged(
                before, new if state == 'COMPLETED' else previous
            )
            self.assert_sound(before, flavors=(previous, new))

    @contextlib.contextmanager
    def _stunned_in(
        self, phase: str, worker: str, load_balancer_id: str
    ) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            with holding.held_in(
                phase, self.sandbox.state, self.engine, load_balancer_id
            ):
                stack.enter_context(self.stunned(worker))
            yield


class TestJobboard(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.use_jobboard(True)

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
