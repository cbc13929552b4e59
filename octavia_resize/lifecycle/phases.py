# SPDX-License-Identifier: Apache-2.0


"""Which state and phase of a resize may follow which."""

from typing import NamedTuple

from octavia_resize import constants as c


class Step(NamedTuple):
    """State and phase of a resize; the phase is None once it has ended."""

    state: str
    phase: str | None


QUEUED = Step(c.QUEUED, c.PHASE_QUEUED)
BUILDING = Step(c.RUNNING, c.PHASE_BUILDING)
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

#: The controller of another provider has no phases but the first.
NEXT = {
    QUEUED: {BUILDING, COMPLETED, CANCELLED, FAILED},
    BUILDING: {
        SWITCHING,
        ROLLING_BACK,
        CANCELLING_BUILDING,
        CANCELLING_ROLLING_BACK,
        COMPLETED,
        CANCELLED,
        FAILED,
    },
    SWITCHING: {CLEANING_UP, ROLLING_BACK, CANCELLING_ROLLING_BACK, FAILED},
    CLEANING_UP: {COMPLETED, CANCELLED, FAILED},
    ROLLING_BACK: {BUILDING, CANCELLING_ROLLING_BACK, CANCELLED, FAILED},
    CANCELLING_BUILDING: {CANCELLING_ROLLING_BACK, CANCELLED, FAILED},
    CANCELLING_ROLLING_BACK: {CANCELLED, FAILED},
    COMPLETED: set(),
    CANCELLED: set(),
    FAILED: {CANCELLED},
}

#: What a cancel by a user makes of a resize.
CANCEL = {
    QUEUED: CANCELLED,
    BUILDING: CANCELLING_BUILDING,
    ROLLING_BACK: CANCELLING_ROLLING_BACK,
    FAILED: CANCELLED,
}

#: Where a resize goes whose load balancer somebody else has changed. While
#: the old amphorae are deleted, the new ones serve: there is no rollback.
ABANDON = {
    QUEUED: CANCELLED,
    BUILDING: CANCELLING_ROLLING_BACK,
    CANCELLING_BUILDING: CANCELLING_ROLLING_BACK,
    SWITCHING: CANCELLING_ROLLING_BACK,
    CLEANING_UP: CANCELLED,
    ROLLING_BACK: CANCELLING_ROLLING_BACK,
    CANCELLING_ROLLING_BACK: CANCELLING_ROLLING_BACK,
}
