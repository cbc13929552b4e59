# SPDX-License-Identifier: Apache-2.0

"""What the machine has found, or would have, as cases."""

from octavia_resize import opts
from tests.machine import base
from tests.machine import faults
from tests.machine import machine
from tests.machine import scheduler


class TestCases(base.TestCase):
    """Each is a life of a load balancer that has once ended badly."""

    def _advance_to(
        self, actor: scheduler.Actor, task: str, *others: scheduler.Actor
    ) -> None:
        """Have an actor continue until a task is about to begin.

        :param others: Actors for which it waits meanwhile.
        """
        for _ in range(500):
            actor.advance(scheduler.TASK, 0)
            if actor.log and task in actor.log[-1]:
                return
            if actor.is_idle:
                for other in others:
                    other.finish()
        self.fail(f'{actor.name} does not get to {task}: {actor.log}')

    def _disturb(self, actor: scheduler.Actor, fault: str) -> None:
        """Have something happen to what the actor stands before."""
        actor.faults.add(fault)
        actor.advance(scheduler.TASK, 0)
        if actor.faults:
            self.fail(f'{fault} has not happened: {actor.log}')

    def _refuse_certificate(
        self, played: machine.Machine, number: int = 0
    ) -> None:
        """Have an amphora that refuses its new certificate be in ERROR."""
        played.rotate_certificate(number, works=False)
        played.octavia.actors[-1].finish()

    def _receive_job(self, played: machine.Machine) -> scheduler.Actor:
        """Have a worker receive the message; return its conductor."""
        self.receive(played).finish()
        return played.processes[0].actors[0]

    def test_certificate_while_queued(self) -> None:
        """A status says nothing about who owns a load balancer."""
        with self.play() as played:
            self._refuse_certificate(played)

    def test_certificate_while_building(self) -> None:
        for topology in ('SINGLE', 'ACTIVE_STANDBY'):
            with self.play(topology=topology) as played:
                (old, *_) = played.world.get_amphora_ids(played.lb_id)
                self._advance_to(self.receive(played), 'compute-wait')
                ids = played.world.get_amphora_ids(played.lb_id)
                self._refuse_certificate(played, ids.index(old))

    def test_failovers_stopped_while_building(self) -> None:
        with self.play() as played:
            self._advance_to(self.receive(played), 'compute-wait')
            for number in range(2):
                played.beat(number, is_alive=False)
                played.check_health(threshold=1)

    def test_failovers_allowed_again_while_queued(self) -> None:
        with self.play() as played:
            played.cancel()
            played.beat(0, is_alive=False)
            played.check_health(threshold=1)
            played.resize(large=True)
            played.beat(0, is_alive=True)
            played.check_health(threshold=None)

    def test_old_amphora_deleted_by_administrator(self) -> None:
        with self.play() as played:
            played.cancel()
            self._refuse_certificate(played)
            played.reset('ERROR')
            played.resize(large=True)
            actor = self.receive(played)
            self._advance_to(actor, 'compute-wait')
            for number in range(2):
                played.delete_amphora(number)
            played.octavia.actors[-1].finish()

    def _fail_over_in_between(
        self, played: machine.Machine, task: str = 'compute-wait'
    ) -> scheduler.Actor:
        """Have an operator fail a load balancer over that is resized.

        :returns: The actor that resizes; Octavia's has built an amphora.
        """
        actor = self.receive(played)
        self._advance_to(actor, task)
        played.reset('ERROR')
        played.fail_over()
        self._advance_to(played.octavia.actors[-1], 'amphora-finalize')
        return actor

    def test_forgotten_before_a_note(self) -> None:
        """Nobody else knows a port that is in no row."""
        with self.play() as played:
            actor = self.receive(played)
            self._advance_to(actor, 'attach-port')
            played.forget()
            actor.finish()

    def test_reset_before_a_port_is_attached(self) -> None:
        """The next resize that is not cancelled deletes the port."""
        with self.play() as played:
            self._advance_to(self.receive(played), 'attach-port')
            played.reset('ERROR')
            played.resize(large=False)
            played.kill(0)
            played.cancel()

    def test_reset_before_a_port_is_noted(self) -> None:
        """Octavia does not know the port, and leaves it."""
        for delete in (
            machine.Machine.delete,
            machine.Machine.fail_over,
            lambda played: played.fail_over_amphora(number=0),
            lambda played: played.fail_over_amphora(number=1),
        ):
            with self.play() as played:
                self._advance_to(self.receive(played), 'attach-port')
                played.kill(0)
                played.reset('ERROR')
                played.resize(large=False)
                played.cancel()
                delete(played)

    def test_foreign_failover_and_cancel(self) -> None:
        with self.play() as played:
            actor = self._fail_over_in_between(played)
            played.cancel()
            actor.finish()

    def test_foreign_failover_and_failure(self) -> None:
        with self.play() as played:
            actor = self._fail_over_in_between(played)
            self._disturb(actor, faults.FAIL)
            actor.finish()

    def test_foreign_failover_in_the_switch(self) -> None:
        for topology in ('SINGLE', 'ACTIVE_STANDBY'):
            with self.play(topology=topology) as played:
                self._fail_over_in_between(played, 'BeginCleanUp').finish()

    def test_count_amphora_twice(self) -> None:
        """A conductor dies before it has saved that a task is done."""
        for topology in ('SINGLE', 'ACTIVE_STANDBY'):
            with self.play(
                topology=topology, jobboard=True, together=opts.ONE_BY_ONE
            ) as played:
                conductor = self._receive_job(played)
                self._advance_to(conductor, 'resize-resize-')
                self._disturb(conductor, faults.REPEAT)

    def test_create_amphora_twice(self) -> None:
        with self.play(jobboard=True) as played:
            conductor = self._receive_job(played)
            self._advance_to(conductor, 'create-amphora-indb')
            self._disturb(conductor, faults.REPEAT)

    def test_two_conductors(self) -> None:
        """One loses its job while it stands still."""
        for task in ('cert-compute-create', 'compute-wait', 'network-plug'):
            with self.play(jobboard=True) as played:
                self._receive_job(played)
                first, second = played.processes
                self._advance_to(first.actors[0], task)
                first.expire()
                second.actors[0].advance(scheduler.TASK, 9)

    def test_rollback_that_fails(self) -> None:
        """With the jobboard the poster of a flow does not learn so."""
        for jobboard in (False, True):
            with self.play(
                topology='ACTIVE_STANDBY',
                jobboard=jobboard,
                together=opts.ONE_BY_ONE,
            ) as played:
                actor = (
                    self._receive_job(played)
                    if jobboard
                    else self.receive(played)
                )
                others = [a for a in played.processes[0].busy if a != actor]
                for task in ('resize-resize-BACKUP', 'cert-compute-create'):
                    self._advance_to(actor, task, *others)
                played.cancel()
                self._advance_to(actor, 'delete-amphora-', *others)
                self._disturb(actor, faults.FAIL)

    def test_deadlocks(self) -> None:
        """One deadlock between two flows does not fail a resize."""
        for topology in ('SINGLE', 'ACTIVE_STANDBY'):
            with self.play(
                topology=topology, together=opts.ONE_BY_ONE
            ) as played:
                actor = self.receive(played)
                self._advance_to(actor, 'resize-resize-')
                actor.advance(scheduler.TASK, 0)
                self._disturb(actor, faults.DEADLOCK)
                while not actor.is_done:
                    actor.finish()
                resize = played.world.get_resize(played.lb_id)
                self.assertEqual('COMPLETED', resize.state)
