# SPDX-License-Identifier: Apache-2.0

"""A state machine that does to resizes what a cloud may do to them.

Each example is a load balancer, two workers, Octavia and what happens to
them, step by step.
"""

from hypothesis import stateful
from hypothesis import strategies as st

from octavia_resize import opts
from tests.machine import faults
from tests.machine import life
from tests.machine import scheduler
from tests.machine import workers

_WORKERS = 2

_numbers = st.integers(0, 7)


class Machine(life.Life):
    """What may happen, one rule for each."""

    @stateful.initialize(
        topology=st.sampled_from(('SINGLE', 'ACTIVE_STANDBY')),
        version=st.sampled_from(('4', '6', '46')),
        remembers=st.booleans(),
        drain_seconds=st.sampled_from((0, 2)),
        together=st.sampled_from((opts.TOGETHER, opts.ONE_BY_ONE, opts.AUTO)),
        jobboard=st.booleans(),
        count=st.integers(0, 110),
    )
    def begin(
        self,
        topology: str,
        version: str,
        remembers: bool,
        drain_seconds: int,
        together: str,
        jobboard: bool,
        count: int,
    ) -> None:
        """Create a load balancer, start workers, and run some of a resize."""
        self.world.set_option(
            'octavia_resize',
            build_together=together,
            drain_seconds=drain_seconds,
        )
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

    # What users do

    @stateful.precondition(lambda self: self._is_quiet())
    @stateful.rule(large=st.booleans())
    def resize(self, large: bool) -> None:
        flavor_id = self.world.flavors[self.topology][large]
        response = self.world.resize(self.lb_id, flavor_id)
        assert response.status_int in (202, 400, 404, 409), response.text
        if response.status_int == 202:
            self.messages.append(self.world.get_resize(self.lb_id).id)

    @stateful.precondition(lambda self: self._is_quiet())
    @stateful.rule()
    def rebuild(self) -> None:
        if self.world.rebuild(self.lb_id):
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
        self._delete()

    # What operators do

    @stateful.precondition(lambda self: not self.octavia.busy)
    @stateful.rule(status=st.sampled_from(('ERROR', 'ACTIVE')))
    def reset(self, status: str) -> None:
        if self.world.get_status(self.lb_id) in (None, 'DELETED'):
            return
        self.may_fail = True
        if not self._may_be_unfinished():
            self.was_reset = (self._get_resize_id(),)
        self.reset_status(status)

    @stateful.precondition(
        lambda self: self.world.get_in_progress() and not self.dead
    )
    @stateful.rule()
    def forget(self) -> None:
        """Delete the record in mid flow, and reset what then has none."""
        self.world.forget_resize(self.lb_id)
        self.is_forgotten = True
        self.harm()
        self.reset_status('ERROR')

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
            self._harm_if_resizing()
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
            self._harm_if_resizing()
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

    @stateful.precondition(lambda self: self.octavia.busy)
    @stateful.rule()
    def kill_octavia(self) -> None:
        """Kill Octavia's worker; an operator resets what it has left."""
        self.octavia.kill()
        self.harm()
        self.octavia_fails = True
        if not self._is_quiet():
            self.reset_status('ERROR')

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
        """Have an actor run some tasks; the others stand still."""
        self._choose_actor(number).advance(scheduler.TASK, count)

    @stateful.precondition(lambda self: self._get_busy())
    @stateful.rule(number=_numbers, count=st.integers(0, 10))
    def advance_little(self, number: int, count: int) -> None:
        """Have an actor run some transactions."""
        self._choose_actor(number).advance(scheduler.TRANSACTION, count)

    @stateful.precondition(lambda self: self._get_busy())
    @stateful.rule(number=_numbers)
    def finish(self, number: int) -> None:
        self._choose_actor(number).finish()

    @stateful.rule(number=_numbers, times=st.sampled_from((1, 3, 8)))
    def poll(self, number: int, times: int) -> None:
        """Have a watchdog poll, and perhaps take over."""
        for _ in range(times):
            self._choose_worker(number).check()
        # The worker of a resize may stand still, and lose it.
        self.may_fail = True

    # Nobody knows the build slots of a dead worker without a record.
    @stateful.precondition(lambda self: not self.is_forgotten)
    @stateful.rule(number=_numbers)
    def kill(self, number: int) -> None:
        self.may_fail = True
        process = self._choose_worker(number)
        self.processes.remove(process)
        self.dead.append(process)
        process.kill()
        self._start_worker()

    @stateful.precondition(lambda self: self.jobboard)
    @stateful.rule(number=_numbers)
    def expire(self, number: int) -> None:
        """Let a conductor lose its jobs: it is dead, or stands still."""
        self.may_fail = True
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
                faults.REFUSE,
            )
        ),
    )
    def disturb(self, number: int, fault: str) -> None:
        actor = self._choose_actor(number)
        is_octavia = actor in self.octavia.actors
        if fault == faults.REPEAT and (is_octavia or not self.jobboard):
            return
        if is_octavia:
            if fault == faults.FAIL_REVERT:
                # Octavia then leaves the load balancer PENDING for good.
                return
            self.harm()
            self.octavia_fails = True
        actor.faults.add(fault)
