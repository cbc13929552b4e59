# SPDX-License-Identifier: Apache-2.0

"""Workers that are killed or stopped in the middle of a resize."""

import collections
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import signal
import sqlite3
from typing import Any

from openstack.load_balancer.v2 import load_balancer as _lb

from octavia_resize.worker import orphans
from resize_sandbox.state import Step
from tests.distributed import base

#: The flavor before a resize, and the new one.
_SINGLE = ('small', base.SLOW)
_PAIR = ('ha-small', base.HA_SLOW)


class WorkerTestCase(base.TestCase):
    #: The last line of a worker that has lost its resize.
    last_line = 'is owned by another worker'

    def check_killed_while_it_cancels(self) -> None:
        """Check that the other worker ends the cancel."""
        lb = self.create_load_balancer('ha-small')
        before = self.everything(lb.id)
        with self._held_while_it_cancels(lb, base.HA_SLOW):
            self.stop(self.runner_of(lb.id), number=signal.SIGKILL)

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

    def check_stunned(
        self,
        previous: str,
        new: str,
        where: str,
        end: str,
        others: Sequence[str] = (),
    ) -> None:
        """Check the end of a resize whose worker is stunned.

        :param previous: The flavor before.
        :param where: The state or phase in which the worker stands still.
        :param end: The state in which the resize ends.
        :param others: Workers that are started when the first one is stunned.
        """
        lb = self.create_load_balancer(previous)
        before = self.everything(lb.id)
        with contextlib.ExitStack() as stack:
            with self._held_in(where, lb, new):
                worker = self.runner_of(lb.id)
                stack.enter_context(self.stunned(worker))
            self.start(*others)
            self.end_after_fault(lb.id)
            self.assertEqual(end, self.resize_state(lb.id)['state'])
            if end == 'FAILED':
                self.assertEqual(202, self.cancel(lb.id))
            ended = self.everything(lb.id)
            amphorae = self._describe_amphorae(lb.id)
        self.wait_for_log(worker, self.last_line, lb.id)

        self.assertEqual(ended, self.everything(lb.id))
        self.assertEqual(amphorae, self._describe_amphorae(lb.id))
        self.assert_unchanged(before, new if end == 'COMPLETED' else previous)
        self.assert_sound(before, flavors=(previous, new))

    def check_killed_at_member_port(self, status: str) -> None:
        """Check that a port whose ID is noted nowhere is deleted.

        :param status: The status of the load balancer in the end.
        """
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        ports = self._get_member_ports()
        with self._held_at_member_ports(lb, 'large'):
            self.assertEqual(1, len(self._get_member_ports() - ports))
            self.stop(self.runner_of(lb.id), number=signal.SIGKILL)

        self.end_after_fault(lb.id)

        flavors = ('small', 'large')
        self.assertEqual(status, self.assert_sound(before, flavors=flavors))
        self.assertEqual(
            dict.fromkeys(self.amphorae(lb.id), 1)
            if status == 'ACTIVE'
            else {},
            self._get_member_ports() - ports,
        )

    def _get_member_ports(self) -> collections.Counter[str]:
        """Return the number of ports for members by amphora ID."""
        path = self.sandbox.state.data / 'cloud.db'
        with contextlib.closing(sqlite3.connect(path)) as cloud:
            names = cloud.execute('SELECT name FROM port_names').fetchall()
        return collections.Counter(
            name.removeprefix(orphans.MEMBER_PORT)
            for (name,) in names
            if name.startswith(orphans.MEMBER_PORT)
        )

    @contextlib.contextmanager
    def _held_in(
        self, where: str, lb: _lb.LoadBalancer, flavor: str
    ) -> Iterator[None]:
        """Start a resize, and have its worker wait for Nova or Neutron.

        :param where: The state or phase in which the worker is to wait.
        """
        held = {
            'building': self.held_mid_flow,
            'CANCELLING': self._held_while_it_cancels,
            'switching': self._held_in_switch,
        }
        with held[where](lb, flavor):
            resize = self.resize_state(lb.id)
            self.assertIn(where, (resize['state'], resize['phase']))
            yield

    @contextlib.contextmanager
    def _held_while_it_cancels(
        self, lb: _lb.LoadBalancer, flavor: str
    ) -> Iterator[None]:
        with self.sandbox.state.hold(Step.DELETE) as waiting:
            with self.held_mid_flow(lb, flavor):
                servers = set(self.new_amphorae(lb.id).values())
                self.assertEqual(202, self.cancel(lb.id))
            self.until('a deletion', lambda: servers & {*waiting()})
            yield

    @contextlib.contextmanager
    def _held_at_member_ports(
        self, lb: _lb.LoadBalancer, flavor: str
    ) -> Iterator[None]:
        with self.sandbox.state.hold(Step.MEMBER_PORT) as waiting:
            with self.held_mid_flow(lb, flavor):
                ports = {
                    f'{orphans.MEMBER_PORT}{amphora_id}'
                    for amphora_id in self.new_amphorae(lb.id)
                }
            self.until('the ports', lambda: ports <= {*waiting()})
            yield

    @contextlib.contextmanager
    def _held_in_switch(
        self, lb: _lb.LoadBalancer, flavor: str
    ) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._held_at_member_ports(lb, flavor))
            # Else the build would wait there.
            with self.sandbox.state.hold(Step.VIP) as waiting:
                stack.close()
                self.until('the VIP', waiting)
                yield

    def _describe_amphorae(self, load_balancer_id: str) -> set[Any]:
        """Return those that are not deleted, whatever their status."""
        return {
            (amphora.id, amphora.status, amphora.compute_id)
            for amphora in self.admin.load_balancer.amphorae(
                loadbalancer_id=load_balancer_id
            )
        }


class TestWithoutJobboard(WorkerTestCase):
    def test_killed_while_it_cancels(self) -> None:
        self.check_killed_while_it_cancels()

    def test_all_killed_before_the_start(self) -> None:
        self.check_all_killed_before_the_start()

    def test_killed_at_member_port(self) -> None:
        self.check_killed_at_member_port('ERROR')

    def test_killed(self) -> None:
        """The other worker sets ERROR; the same resize again heals."""
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        with self.held_mid_flow(lb, base.SLOW):
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
        with self.held_mid_flow(lb, base.HA_SLOW):
            worker = self.runner_of(lb.id)
            self.terminate(worker)
        found = self.end_after_fault(lb.id)
        self.stop(worker)

        self.assertEqual('ACTIVE', found.provisioning_status)
        self.assert_unchanged(before, base.HA_SLOW)
        self.assert_sound(before, flavors=('ha-small', base.HA_SLOW))

    def test_reload(self) -> None:
        """SIGHUP ends no resize."""
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        with self.held_mid_flow(lb, base.SLOW):
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
            self.check_stunned(*flavors, 'building', 'FAILED')

    def test_switching(self) -> None:
        for flavors in _SINGLE, _PAIR:
            self.check_stunned(*flavors, 'switching', 'COMPLETED')

    def test_rolling_back(self) -> None:
        """Both amphorae are being built when the resize is cancelled."""
        self.check_stunned(*_PAIR, 'CANCELLING', 'CANCELLED')


class TestJobboard(WorkerTestCase):
    jobboard = True
    # Wherever taskflow or the fence ends the run: the job is gone.
    last_line = 'Failed job '

    def test_killed_while_it_cancels(self) -> None:
        self.check_killed_while_it_cancels()

    def test_all_killed_before_the_start(self) -> None:
        self.check_all_killed_before_the_start()

    def test_stands_still_while_it_builds(self) -> None:
        """Another conductor continues the job; the first one wakes up."""
        self.check_stunned(*_SINGLE, 'building', 'COMPLETED')

    def test_stands_still_while_it_cancels(self) -> None:
        """Another conductor reverts the build; the first one wakes up."""
        self.check_stunned(*_PAIR, 'CANCELLING', 'CANCELLED')

    def test_stands_still_in_the_switch(self) -> None:
        """Any conductor may get the job of the switch: there is one only."""
        other = base.WORKERS[1]
        self.stop(other, number=signal.SIGKILL)
        self.check_stunned(*_PAIR, 'switching', 'COMPLETED', [other])

    def test_killed_at_member_port(self) -> None:
        self.check_killed_at_member_port('ACTIVE')

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
        with self.held_mid_flow(lb, base.SLOW):
            self.assertEqual(202, self.cancel(lb.id))
        self.wait_for(lb.id, 'ACTIVE')
        self.assert_unchanged(before, 'small')
        self.assertEqual('CANCELLED', self.resize_state(lb.id)['state'])

    def test_runner_killed(self) -> None:
        """The resize completes on the other worker."""
        self._kill_one(self.runner_of)

    def test_receiver_killed(self) -> None:
        """The resize completes, wherever it runs."""
        self._kill_one(self.receiver_of)

    def test_terminated(self) -> None:
        """SIGTERM lets the resize complete, here or there."""
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        with self.held_mid_flow(lb, base.SLOW):
            worker = self.runner_of(lb.id)
            self.terminate(worker)
        self._check_resized(before)
        self.stop(worker)

    def _kill_one(self, which: Callable[[str], str]) -> None:
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        with self.held_mid_flow(lb, base.SLOW):
            self.stop(which(lb.id), number=signal.SIGKILL)
        self._check_resized(before)

    def _check_resized(self, before: dict[str, Any]) -> None:
        (_, load_balancer_id) = next(iter(before)).split('/')

        found = self.end_after_fault(load_balancer_id)

        self.assertEqual('ACTIVE', found.provisioning_status)
        self.assert_unchanged(before, base.SLOW)
        self.assert_sound(before, flavors=('small', base.SLOW))
