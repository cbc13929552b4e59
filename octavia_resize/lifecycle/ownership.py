# SPDX-License-Identifier: Apache-2.0


"""Which worker runs a resize, and that the worker is alive.

The owner of a resize is the worker that has received the message. The owner
runs one flow after the other. The runner is the one that runs the present
flow: with the jobboard, the conductor of any worker; between two flows, the
owner. Acquiring a resize makes the caller its runner, and the previous runner
can change nothing any more. A conductor acquires the resize only after the
runner that it knows.
"""

from collections.abc import Iterable
from typing import NamedTuple

from oslo_utils import timeutils
from oslo_utils import uuidutils
import sqlalchemy as sa
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize import reasons
from octavia_resize.db import models
from octavia_resize.lifecycle import phases
from octavia_resize.lifecycle import rows


class Claim(NamedTuple):
    """A resize, and the worker that may change the resize."""

    load_balancer_id: str
    resize_id: str
    #: None for the controllers of other providers.
    owner: str | None = None
    runner: str | None = None


def acquire(session: orm.Session, claim: Claim) -> Claim | None:
    """Become the runner of a resize.

    :param claim: The claim of the owner.
    :returns: The claim of the new runner; None if the resize has ended or has
        another owner.
    """
    resize = _lock_owned(session, claim)
    if resize is None:
        return None
    resize.runner = uuidutils.generate_uuid()
    return claim._replace(runner=resize.runner)


def get_runner(session: orm.Session, claim: Claim) -> str | None:
    """Return the runner of a resize, if there is one; nothing is locked."""
    found = rows.read(session, claim.resize_id)
    return None if found is None else found.resize.runner


def follow(
    session: orm.Session, claim: Claim, previous: str | None, runner: str
) -> Claim | None:
    """Become the runner of a resize, unless there is another new one.

    A conductor that stands still before its first task must not take the
    resize from the conductor that has continued the job. A caller that did
    not get the answer may call again.

    :param claim: The claim of the owner.
    :param previous: The runner when the caller was given the flow.
    :param runner: The new runner.
    :returns: The claim of the new runner; None if the resize has ended, or
        has another owner or runner.
    """
    resize = _lock_owned(session, claim)
    if resize is None or resize.runner not in (previous, runner):
        return None
    resize.runner = runner
    return claim._replace(runner=runner)


def may_run(
    session: orm.Session,
    claim: Claim,
    flow: phases.Flow,
    stops_on_change: bool = False,
) -> bool:
    """Return whether a flow may continue; nothing is locked or changed.

    :param flow: The flow, which must be in the present row of
        :data:`phases.TABLE`.
    :param stops_on_change: Whether the flow ends when somebody else has
        changed the load balancer. A flow that deletes new amphorae does not.
    :returns: False also if somebody else has changed the load balancer, and
        the resize is not cancelled yet.
    """
    found = rows.read(session, claim.resize_id)
    return (
        found is not None
        and _is_runners(found.resize, claim)
        and flow in rows.get_rule(found.resize).flows
        and (
            not stops_on_change
            if found.resize.reason == reasons.CHANGED
            else not found.is_changed
        )
    )


def is_runner(session: orm.Session, claim: Claim) -> bool:
    """Return whether the caller runs a resize; nothing is locked."""
    found = rows.read(session, claim.resize_id)
    return found is not None and _is_runners(found.resize, claim)


def is_run_by(claim: Claim) -> sa.ColumnElement[bool]:
    """Return an SQL condition: the caller runs a resize."""
    resize = models.Resize
    return sa.exists().where(
        resize.id == claim.resize_id,
        resize.state.in_(constants.IN_PROGRESS_STATES),
        resize.owner == claim.owner,
        resize.runner == claim.runner,
    )


def lock_for_runner(session: orm.Session, claim: Claim) -> bool:
    """Return whether the caller runs a resize, and lock the resize."""
    resize = rows.lock_resize(session, claim.resize_id)
    return resize is not None and _is_runners(resize, claim)


def lock_unless_changed(
    session: orm.Session, claim: Claim
) -> models.Resize | None:
    """Lock a resize in progress for its runner, or cancel the resize.

    Nobody else can change the resize or the load balancer before the
    transaction ends. If somebody else has changed the load balancer, the
    resize is cancelled: its new amphorae are deleted, and the load balancer
    is not changed any more.

    :returns: The resize; None if the resize has ended, or the caller is not
        its runner.
    """
    situation = lock_all_unless_changed(session, claim)
    return None if situation is None else situation.resize


def lock_all_unless_changed(
    session: orm.Session, claim: Claim
) -> rows.Situation | None:
    """As :func:`lock_unless_changed`, but return the load balancer, too."""
    found = rows.lock_all(session, claim.load_balancer_id, claim.resize_id)
    if found is None or not _is_runners(found.resize, claim):
        return None
    if found.resize.reason != reasons.CHANGED and found.is_changed:
        rows.cancel_changed(found.resize)
        if found.resize.state not in constants.IN_PROGRESS_STATES:
            return None
    return found


def is_owned(resize: models.Resize | None, owner: str | None) -> bool:
    """Return whether a resize is in progress, and of an owner."""
    return (
        resize is not None
        and resize.state in constants.IN_PROGRESS_STATES
        and resize.owner == owner
    )


def _lock_owned(session: orm.Session, claim: Claim) -> models.Resize | None:
    """Lock a resize; None if it has ended, or has another owner."""
    rows.lock_load_balancer(session, claim.load_balancer_id)
    resize = rows.lock_resize(session, claim.resize_id)
    return resize if is_owned(resize, claim.owner) else None


def _is_runners(resize: models.Resize, claim: Claim) -> bool:
    return is_owned(resize, claim.owner) and resize.runner == claim.runner


def take_over(
    session: orm.Session, resize: models.Resize, owner: str
) -> Claim | None:
    """Give a resize whose heartbeat has stopped to a new owner.

    :param resize: The resize as it was last read.
    :returns: The new owner's claim; None if the resize has changed since it
        was read.
    """
    claim = Claim(resize.load_balancer_id, resize.id, owner)
    rows.lock_load_balancer(session, claim.load_balancer_id)
    found = rows.lock_resize(session, claim.resize_id)
    if (
        found is None
        or found.state not in constants.IN_PROGRESS_STATES
        or (found.owner, found.heartbeat) != (resize.owner, resize.heartbeat)
    ):
        return None
    # A queued one gets its owner when it is started.
    if found.owner is not None:
        found.owner = owner
    found.heartbeat += 1
    return claim


def change_owner(session: orm.Session, claim: Claim, owner: str) -> None:
    """Give a resize to another owner, if it is the caller's."""
    resize = _lock_owned(session, claim)
    if resize is not None:
        resize.owner, resize.runner = owner, None


def beat(session: orm.Session, owners: Iterable[str]) -> None:
    """Count up the heartbeat of each resize of some owners."""
    session.query(models.Resize).filter(
        models.Resize.owner.in_(list(owners))
    ).update(
        {
            models.Resize.heartbeat: models.Resize.heartbeat + 1,
            models.Resize.beaten_at: timeutils.utcnow(),
        },
        synchronize_session=False,
    )
