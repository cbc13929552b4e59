# SPDX-License-Identifier: Apache-2.0

"""The state machine of a resize, as one table.

Whatever depends on the state or phase of a resize is a column of
:data:`TABLE`.
"""

import enum
from typing import NamedTuple

from octavia.common import constants as octavia_constants

from octavia_resize import constants as c


class Step(NamedTuple):
    """State and phase of a resize; the phase is None once it has ended."""

    state: str
    phase: str | None

    @property
    def has_ended(self) -> bool:
        return self.phase is None

    @property
    def is_cancelling(self) -> bool:
        return self.state == c.CANCELLING


QUEUED = Step(c.QUEUED, c.PHASE_QUEUED)
BUILDING = Step(c.RUNNING, c.PHASE_BUILDING)
DRAINING = Step(c.RUNNING, c.PHASE_DRAINING)
SWITCHING = Step(c.RUNNING, c.PHASE_SWITCHING)
CLEANING_UP = Step(c.RUNNING, c.PHASE_CLEANING_UP)
ROLLING_BACK = Step(c.RUNNING, c.PHASE_ROLLING_BACK)
#: A cancel was accepted, and the build has not stopped yet.
CANCELLING_BUILDING = Step(c.CANCELLING, c.PHASE_BUILDING)
#: A cancelled resize is rolled back, or one whose load balancer was changed.
CANCELLING_ROLLING_BACK = Step(c.CANCELLING, c.PHASE_ROLLING_BACK)
COMPLETED = Step(c.COMPLETED, None)
CANCELLED = Step(c.CANCELLED, None)
FAILED = Step(c.FAILED, None)


class Flow(enum.Enum):
    """A flow of a resize, by what it does to amphorae."""

    BUILD_NEW = enum.auto()
    #: No tasks, but a wait.
    DRAIN = enum.auto()
    SWITCH = enum.auto()
    DELETE_OLD = enum.auto()
    ROLL_BACK = enum.auto()


class Rule(NamedTuple):
    """What may happen to a resize in one step."""

    #: Provisioning status of the load balancer; None: as before the resize.
    status: str | None
    #: The flows whose tasks may begin.
    flows: tuple[Flow, ...] = ()
    #: The steps to which its worker moves the resize.
    next: tuple[Step, ...] = ()
    #: The steps to which the controller of another provider moves it, too.
    next_of_provider: tuple[Step, ...] = ()
    #: The step that a cancel by a user leads to; None: it is refused.
    cancel: Step | None = None
    #: The step that a failure or the end of a cancelled build leads to; None:
    #: there is nothing to roll back, or the new amphorae serve.
    rollback: Step | None = None
    #: The step of a resize whose load balancer somebody else has changed.
    when_changed: Step | None = None
    #: Whether the new amphorae serve: no failure leads back to the old ones.
    new_serve: bool = False

    @property
    def following(self) -> set[Step | None]:
        """All steps that may follow. Each resize in progress may fail."""
        return {
            *(*self.next, *self.next_of_provider),
            *(self.cancel, self.rollback, self.when_changed),
            *(() if self.when_changed is None else (CANCELLED, FAILED)),
        }


_PENDING = octavia_constants.PENDING_UPDATE

TABLE = {
    QUEUED: Rule(
        _PENDING,
        next=(BUILDING,),
        next_of_provider=(COMPLETED,),
        cancel=CANCELLED,
        when_changed=CANCELLED,
    ),
    BUILDING: Rule(
        _PENDING,
        # Room for the second new amphora of a pair is made by a deletion.
        flows=(Flow.BUILD_NEW, Flow.DELETE_OLD),
        next=(DRAINING, SWITCHING),
        next_of_provider=(COMPLETED,),
        cancel=CANCELLING_BUILDING,
        rollback=ROLLING_BACK,
        when_changed=CANCELLING_ROLLING_BACK,
    ),
    DRAINING: Rule(
        _PENDING,
        flows=(Flow.DRAIN,),
        next=(SWITCHING,),
        cancel=CANCELLING_ROLLING_BACK,
        rollback=ROLLING_BACK,
        when_changed=CANCELLING_ROLLING_BACK,
    ),
    SWITCHING: Rule(
        _PENDING,
        flows=(Flow.SWITCH,),
        next=(CLEANING_UP,),
        rollback=ROLLING_BACK,
        when_changed=CANCELLING_ROLLING_BACK,
    ),
    CLEANING_UP: Rule(
        _PENDING,
        # The last tasks of the switch come after the new amphorae serve.
        flows=(Flow.SWITCH, Flow.DELETE_OLD),
        next=(COMPLETED,),
        when_changed=CANCELLED,
        new_serve=True,
    ),
    ROLLING_BACK: Rule(
        _PENDING,
        flows=(Flow.ROLL_BACK,),
        # It is built again, one amphora after the other.
        next=(BUILDING, FAILED),
        cancel=CANCELLING_ROLLING_BACK,
        rollback=ROLLING_BACK,
        when_changed=CANCELLING_ROLLING_BACK,
    ),
    CANCELLING_BUILDING: Rule(
        _PENDING,
        flows=(Flow.DELETE_OLD,),
        next_of_provider=(CANCELLED, FAILED),
        rollback=CANCELLING_ROLLING_BACK,
        when_changed=CANCELLING_ROLLING_BACK,
    ),
    CANCELLING_ROLLING_BACK: Rule(
        _PENDING,
        flows=(Flow.ROLL_BACK,),
        next=(CANCELLED, FAILED),
        rollback=CANCELLING_ROLLING_BACK,
        when_changed=CANCELLING_ROLLING_BACK,
    ),
    COMPLETED: Rule(octavia_constants.ACTIVE),
    CANCELLED: Rule(None),
    FAILED: Rule(octavia_constants.ERROR, cancel=CANCELLED),
}
