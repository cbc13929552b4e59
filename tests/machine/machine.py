# SPDX-License-Identifier: Apache-2.0

"""A state machine that does to resizes what a cloud may do to them.

Each example is a load balancer, two workers, Octavia and what happens to
them, step by step. Afterwards all that stands still goes on, workers take
over what is left, and :mod:`checks` says what is not as it should be.
"""

import logging
from typing import Any

from hypothesis import stateful
from hypothesis import strategies as st

from octavia_resize import constants
from octavia_resize import opts
from tests.machine import board
from tests.machine import checks
from tests.machine import faults
from tests.machine import scheduler
from tests.machine import workers
from tests.machine import world

#: So often everybody may run before all must be quiet.
_MAX_ROUNDS = 300
_WORKERS = 2

_numbers = st.integers(0, 7)


class Machine(stateful.RuleBasedStateMachine):
    """What may happen, one rule for each."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)
        self.world = world.World()
        self.world.setUp()
        self.store = board.Store()
        self.processes: list[workers.ResizeWorker] = []
        self.dead: list[workers.ResizeWorker] = []
        self.messages: list[str] = []
        self.received: list[str] = []
        #: The resize of the time when amphorae were changed behind the back
        #: of everybody: only the next resize has to mend that.
        self.harmed: tuple[str | None] | None = None
        #: The resize of the time when the status was: only the next resize
        #: takes what that one has not deleted yet for amphorae that serve.
        self.was_reset: tuple[str | None] | None = None
        self.is_deleted = False
        #: Whether Octavia's own flows, which have leaks, were disturbed.
        self.octavia_fails = False

    @stateful.initialize(
        topology=st.sampled_from(('SINGLE', 'ACTIVE_STANDBY')),
        version=st.sampled_from(('4', '6', '46')),
        remembers=st.booleans(),
        together=st.sampled_from((opts.TOGETHER, opts.ONE_BY_ONE, opts.AUTO)),
        jobboard=st.booleans(),
        count=st.integers(0, 110),
    )
    def begin(
        self,
        topology: str,
        version: str,
        remembers: bool,
        together: str,
        jobboard: bool,
        count: int,
    ) -> None:
        """Create a load balancer, start workers, and run some of a resize."""
        self.world.set_option('octavia_resize', build_together=together)
        self.jobboard = jobboard
        if jobboard:
            self.world.use_jobboard()
        self.topology = topology
        self.lb_id = self.world.create(topology, version, remembers, 'ACTIVE')
        self.octavia = workers.Octavia()
        for _ in range(_WORKERS):
            self._start_worker()
        self.resize(large=True)
        if count:
            self.receive(0)
        for actor in self.processes[0].actors:
            actor.advance(scheduler.TASK, count)
        if jobboard:
            self.processes[0].actors[0].advance(scheduler.TASK, count)

    def _start_worker(self) -> workers.ResizeWorker:
        number = len(self.processes) + len(self.dead)
        process = workers.ResizeWorker(f'worker-{number}', self.store)
        self.processes.append(process)
        return process

    # What users do

    @stateful.precondition(lambda self: self._is_quiet())
    @stateful.rule(large=st.booleans())
    def resize(self, large: bool) -> None:
        flavor_id = self.world.flavors[self.topology][large]
        response = self.world.resize(self.lb_id, flavor_id)
        assert response.status_int in (202, 400, 404, 409), response.text
        if response.status_int == 202:
            self.messages.append(self.world.get_resize(self.lb_id).id)

    @stateful.rule()
    def cancel(self) -> None:
        response = self.world.request(
            'DELETE', self.lb_id, arguments='cancel=true'
        )
        assert response.status_int in (202, 204, 404, 409), response.text

    @stateful.precondition(lambda self: self._is_quiet())
    @stateful.rule()
    def delete(self) -> None:
        message = self.world.delete(self.lb_id)
        if message is not None:
            self.is_deleted = True
            self.octavia.call('delete_load_balancer', message, cascade=True)

    # What operators do

    @stateful.precondition(lambda self: not self.octavia.busy)
    @stateful.rule(status=st.sampled_from(('ERROR', 'ACTIVE')))
    def reset(self, status: str) -> None:
        if self.world.get_status(self.lb_id) in (None, 'DELETED'):
            return
        if not self._may_be_unfinished():
            self.was_reset = (self._get_resize_id(),)
        self.world.reset(self.lb_id, status)

    @stateful.precondition(lambda self: self._is_quiet())
    @stateful.rule()
    def fail_over(self) -> None:
        if self.world.fail_over(self.lb_id):
            # It builds all amphorae anew.
            self.harmed = self.was_reset = None
            self.octavia.call('failover_loadbalancer', self.lb_id)

    @stateful.precondition(lambda self: self._is_quiet())
    @stateful.rule(number=_numbers)
    def fail_over_amphora(self, number: int) -> None:
        amphora_id = self._choose_amphora(number)
        if amphora_id and self.world.fail_over_amphora(amphora_id):
            self.octavia.call('failover_amphora', amphora_id)

    @stateful.rule(number=_numbers)
    def delete_amphora(self, number: int) -> None:
        amphora_id = self._choose_amphora(number)
        if amphora_id and self.world.delete_amphora(amphora_id):
            self.harm()
            self.octavia.call('delete_amphora', amphora_id)

    # What Octavia's other processes do

    @stateful.rule(number=_numbers, is_alive=st.booleans())
    def beat(self, number: int, is_alive: bool) -> None:
        amphora_id = self._choose_amphora(number)
        if amphora_id:
            self._revive()
            self.world.beat(amphora_id, is_alive)

    @stateful.rule(threshold=st.sampled_from((None, 1)))
    def check_health(self, threshold: int | None) -> None:
        amphora_id = self.world.check_health(threshold)
        if amphora_id is not None:
            self.octavia.call('failover_amphora', amphora_id, reraise=True)

    @stateful.rule(number=_numbers, works=st.booleans())
    def rotate_certificate(self, number: int, works: bool) -> None:
        amphora_id = self._choose_amphora(number)
        if amphora_id is None:
            return

        def rotate() -> None:
            try:
                self.octavia.controller.amphora_cert_rotation(amphora_id)
            except Exception:
                self.harm()
                raise

        actor = self.octavia.spawn('amphora_cert_rotation', rotate)
        if not works:
            actor.faults.add(faults.REFUSE)

    # What workers do

    @stateful.precondition(lambda self: self.messages)
    @stateful.rule(number=_numbers)
    def receive(self, number: int) -> None:
        self.received.append(self.messages.pop())
        self._choose_worker(number).receive(self.lb_id, self.received[-1])

    @stateful.precondition(lambda self: self.received)
    @stateful.rule(number=_numbers)
    def receive_again(self, number: int) -> None:
        self._choose_worker(number).receive(self.lb_id, self.received[-1])

    @stateful.precondition(lambda self: self._get_busy())
    @stateful.rule(number=_numbers, count=st.integers(0, 40))
    def advance(self, number: int, count: int) -> None:
        """Have somebody go on by some tasks; the others stand still."""
        self._choose_actor(number).advance(scheduler.TASK, count)

    @stateful.precondition(lambda self: self._get_busy())
    @stateful.rule(number=_numbers, count=st.integers(0, 10))
    def advance_little(self, number: int, count: int) -> None:
        """Have somebody go on by some transactions."""
        self._choose_actor(number).advance(scheduler.TRANSACTION, count)

    @stateful.precondition(lambda self: self._get_busy())
    @stateful.rule(number=_numbers)
    def finish(self, number: int) -> None:
        self._choose_actor(number).finish()

    @stateful.rule(number=_numbers, times=st.sampled_from((1, 3, 8)))
    def look(self, number: int, times: int) -> None:
        """Have a watchdog look, and perhaps take over."""
        for _ in range(times):
            self._choose_worker(number).check()

    @stateful.rule(number=_numbers)
    def kill(self, number: int) -> None:
        process = self._choose_worker(number)
        self.processes.remove(process)
        self.dead.append(process)
        process.kill()
        self._start_worker()

    @stateful.precondition(lambda self: self.jobboard)
    @stateful.rule(number=_numbers)
    def expire(self, number: int) -> None:
        """Let a conductor lose its jobs: it is dead, or stands still."""
        owners = [*self.dead, *self.processes]
        owners[number % len(owners)].expire()

    @stateful.precondition(lambda self: self._get_busy())
    @stateful.rule(
        number=_numbers,
        fault=st.sampled_from(
            (
                faults.FAIL,
                faults.FAIL_LATE,
                faults.FAIL_REVERT,
                faults.DEADLOCK,
                faults.LOSE_ANSWER,
                faults.REPEAT,
            )
        ),
    )
    def disturb(self, number: int, fault: str) -> None:
        actor = self._choose_actor(number)
        is_octavia = actor in self.octavia.actors
        if fault == faults.REPEAT and (is_octavia or not self.jobboard):
            return
        if is_octavia:
            self.harm()
            self.octavia_fails = True
        actor.faults.add(fault)

    # What they have in common

    def _is_quiet(self) -> bool:
        """Tell whether the API accepts requests for the load balancer."""
        return self.world.get_status(self.lb_id) in ('ACTIVE', 'ERROR')

    def harm(self) -> None:
        self.harmed = (self._get_resize_id(),)

    def _get_resize_id(self) -> str | None:
        resize = self.world.get_resize(self.lb_id)
        return None if resize is None else str(resize.id)

    def _revive(self) -> None:
        for amphora_id in self.world.get_amphora_ids(self.lb_id):
            self.world.beat(amphora_id, is_alive=True)

    def _choose_worker(self, number: int) -> workers.ResizeWorker:
        return self.processes[number % len(self.processes)]

    def _choose_amphora(self, number: int) -> str | None:
        ids = self.world.get_amphora_ids(self.lb_id)
        return ids[number % len(ids)] if ids else None

    def _get_busy(self) -> list[scheduler.Actor]:
        return [
            actor
            for process in (self.octavia, *self.processes)
            for actor in process.busy
        ]

    def _choose_actor(self, number: int) -> scheduler.Actor:
        busy = self._get_busy()
        return busy[number % len(busy)]

    # The end

    def teardown(self) -> None:
        try:
            if hasattr(self, 'octavia'):
                self._end()
        finally:
            for process in (*self.processes, *self.dead):
                process.kill()
            if hasattr(self, 'octavia'):
                self.octavia.kill()
            self.world.doCleanups()
            logging.disable(logging.NOTSET)

    def _end(self) -> None:
        for actor in self._get_busy():
            actor.faults.clear()
        self._settle()
        self._revive()
        self.world.check_health()
        self._check_quiet(self._get_left())
        status = self.world.get_status(self.lb_id)
        if status == 'ERROR' and self.is_deleted:
            self.delete()
            self._settle()
            status = self.world.get_status(self.lb_id)
        left = self._get_left()
        self._check_amphorae(left)
        if status == 'ERROR' or status == 'ACTIVE' and left:
            self._heal()
            left = ''
        self._check_quiet(left)
        self._check_amphorae(left)

    def _get_left(self) -> str:
        """Return text that names the amphorae that may be left as they are.

        A load balancer that was harmed may have any; a resize mends it.
        """
        if self._may_be_harmed() or self._may_be_unfinished():
            ids = self.world.get_amphora_ids(self.lb_id)
            return ' '.join(['Missing: any; not deleted:', *ids])
        return checks.get_left(self.world, self.lb_id)

    def _check_quiet(self, left: str) -> None:
        """Check what must be true of every end.

        :param left: Names the amphorae that may be left as they are.
        """
        self._check(checks.check_quiet(self.world, self.lb_id))
        if not self.octavia_fails:
            self._check(checks.check_cloud(self.world, left))

    def _check_amphorae(self, left: str) -> None:
        if self.world.get_status(self.lb_id) not in (None, 'DELETED'):
            self._check(checks.check_amphorae(self.world, self.lb_id, left))

    def _may_be_harmed(self) -> bool:
        """Return whether no resize has completed since a harm was done."""
        resize = self.world.get_resize(self.lb_id)
        return self.harmed is not None and (
            resize is None
            or (resize.id,) == self.harmed
            or resize.state != constants.COMPLETED
        )

    def _may_be_unfinished(self) -> bool:
        """Return whether a resize has ended that began after a reset.

        If it has not completed, what the reset has interrupted may be left.
        """
        resize = self.world.get_resize(self.lb_id)
        return (
            self.was_reset is not None
            and resize is not None
            and (resize.id,) != self.was_reset
            and resize.state != constants.COMPLETED
        )

    def _heal(self) -> None:
        """Resize once more, which makes all good."""
        flavors = self.world.flavors[self.topology]
        present = self.world.get_load_balancer(self.lb_id)['flavor_id']
        resize = self.world.get_resize(self.lb_id)
        wanted = resize.new_flavor_id if resize else flavors[1]
        if wanted == present and self.world.get_status(self.lb_id) == 'ACTIVE':
            wanted = flavors[wanted == flavors[0]]
        response = self.world.resize(self.lb_id, wanted)
        if response.status_int != 202:
            self._check([f'the same call is refused: {response.text}'])
        self._settle()
        status = self.world.get_status(self.lb_id)
        if status != 'ACTIVE':
            self._check([f'the same call leaves {status}'])

    def _settle(self) -> None:
        """Let everything end that goes on, and take over what is left."""
        for process in self.dead:
            process.expire()
        for _ in range(_MAX_ROUNDS):
            for actor in self._get_busy():
                actor.finish()
            if not self.world.get_in_progress() and not self._is_waited_for():
                return
            for process in self.processes:
                process.check()
        self._check(['it never becomes quiet'])

    def _is_waited_for(self) -> bool:
        conductors = [process.conductor for process in self.processes]
        return bool(self.store.records) or any(
            actor not in conductors for actor in self._get_busy()
        )

    def _check(self, wrong: list[str]) -> None:
        if wrong:
            raise AssertionError('; '.join(wrong) + '\n' + self._describe())

    def _describe(self) -> str:
        resize = self.world.get_resize(self.lb_id)
        lines: list[Any] = [
            f'load balancer: {self.world.get_status(self.lb_id)}',
            f'amphorae: {self.world.get_amphorae(self.lb_id)}',
        ]
        if resize is not None:
            lines.append(
                f'resize: {resize.state} ({resize.phase}), {resize.reason}, '
                f'{resize.detail}, {resize.amphorae}, built {resize.built}, '
                f'replaced {resize.replaced}'
            )
        for process in (self.octavia, *self.processes, *self.dead):
            for actor in process.actors:
                if actor.log or actor.error:
                    lines.append(
                        f'{actor.name}: {actor.error!r}\n    '
                        + '\n    '.join(actor.log)
                    )
        return '\n'.join(map(str, lines))
