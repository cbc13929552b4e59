# SPDX-License-Identifier: Apache-2.0

"""What is there in the life of a load balancer, and how it ends."""

import logging
from typing import Any

from hypothesis import stateful

from octavia_resize import constants
from tests.machine import board
from tests.machine import checks
from tests.machine import faults
from tests.machine import scheduler
from tests.machine import workers
from tests.machine import world

#: The faults that each resize survives.
_SURVIVED = {faults.DEADLOCK, faults.REPEAT}

#: So often everybody may run before all must be quiet.
_MAX_ROUNDS = 300


class Life(stateful.RuleBasedStateMachine):
    """A load balancer, workers, and Octavia.

    At the end all that stands still continues, and workers take over what is
    left. Then :mod:`checks` says what is not as it should be.
    """

    topology: str
    lb_id: str
    octavia: workers.Octavia

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
        #: The amphorae of that time, and of other resets.
        self.interrupted: set[str] = set()
        self.is_deleted = False
        self.is_forgotten = False
        #: Whether something else than a fault of an actor may fail a resize.
        self.may_fail = False
        #: Whether Octavia's own flows, which have leaks, were disturbed.
        self.octavia_fails = False

    def _start_worker(self) -> workers.ResizeWorker:
        number = len(self.processes) + len(self.dead)
        process = workers.ResizeWorker(f'worker-{number}', self.store)
        self.processes.append(process)
        return process

    def _delete(self) -> None:
        message = self.world.delete(self.lb_id)
        if message is not None:
            self.is_deleted = True
            self.octavia.call('delete_load_balancer', message, cascade=True)

    # What happens

    def reset_status(self, status: str) -> None:
        """Set the status as an operator does with SQL."""
        self.interrupted |= {*self.world.get_amphora_ids(self.lb_id)}
        self.world.reset(self.lb_id, status)

    def _is_quiet(self) -> bool:
        """Return whether the API accepts requests for the load balancer."""
        return self.world.get_status(self.lb_id) in ('ACTIVE', 'ERROR')

    def harm(self) -> None:
        self.may_fail = True
        self.harmed = (self._get_resize_id(),)

    def _harm_if_resizing(self) -> None:
        """Note that one amphora is replaced while a reset resize ends.

        Octavia then counts on amphorae that the resize deletes.
        """
        if self.world.get_in_progress():
            self.harm()

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
            self._delete()
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
        resize = self.world.get_resize(self.lb_id)
        if resize and resize.state == constants.FAILED and self._must_end():
            self._check(['the resize has failed, and nothing has gone wrong'])
        self._check(checks.check_quiet(self.world, self.lb_id))
        if not self.octavia_fails:
            self._check(
                checks.check_cloud(self.world, left + self._get_deleted())
            )

    def _get_deleted(self) -> str:
        """Return text that names amphorae that Octavia may have deleted.

        It deletes what is in their rows: a port or server that a worker had
        not noted there when it was killed, before the status was reset, is
        left.
        """
        resize = self.world.get_resize(self.lb_id)
        present = self.world.get_amphora_ids(self.lb_id)
        deleted = self.interrupted - {*present}
        if resize is not None and resize.state == constants.COMPLETED:
            deleted -= {*resize.amphorae}
        return ' '.join(deleted)

    def _must_end(self) -> bool:
        """Return whether nothing has happened that may fail a resize."""
        met = {
            fault
            for process in (*self.processes, *self.dead)
            for actor in process.actors
            for fault in actor.met
        }
        return not self.may_fail and met <= _SURVIVED

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
        """Let all that is in progress end, and take over what is left."""
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
                f'{resize.detail}, {resize.amphorae}, '
                f'new {resize.new_amphorae}, replaced {resize.replaced}'
            )
        for process in (self.octavia, *self.processes, *self.dead):
            for actor in process.actors:
                if actor.log or actor.error:
                    lines.append(
                        f'{actor.name}: {actor.error!r}\n    '
                        + '\n    '.join(actor.log)
                    )
        return '\n'.join(map(str, lines))
