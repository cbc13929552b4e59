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


"""The course of a resize: the one place that writes it down.

Each function works in the caller's transaction, and changes the record of
the resize and the load balancer together. Its first statement locks the row
of the load balancer, in every function, so that no two of them wait for each
other. The record says who may touch the load balancer: a caller that is not
its owner any more, or whose load balancer somebody else has changed, learns
so from what is returned, and must leave everything alone.
"""

from collections.abc import Iterable
from collections.abc import Sequence
from typing import NamedTuple

from octavia.common import constants as octavia_constants
from octavia.db import api as db_apis
from octavia.db import models as octavia_models
from oslo_utils import timeutils
from oslo_utils import uuidutils
import sqlalchemy as sa
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize import exceptions
from octavia_resize import reason as reasons
from octavia_resize.db import models
from octavia_resize.db import transaction


class Claim(NamedTuple):
    """What names a resize and tells that the caller may change it."""

    load_balancer_id: str
    resize_id: str
    #: Who runs the resize; None for the controllers of other providers.
    owner: str | None = None


class _LoadBalancer(NamedTuple):
    status: str
    flavor_id: str | None
    topology: str | None


def queue(
    session: orm.Session,
    load_balancer_id: str,
    new_flavor_id: str,
    request_id: str | None,
) -> models.Resize:
    """Claim a load balancer for a resize.

    Sets it PENDING_UPDATE and records a QUEUED resize.

    :raises LoadBalancerNotFound: It is gone.
    :raises LoadBalancerNotResizable: It is neither ACTIVE nor in ERROR.
    :raises SameFlavor: It has that flavor already, and is ACTIVE.
    :raises oslo_db.exception.DBReferenceError: The flavor is gone.
    :raises oslo_db.exception.DBDuplicateEntry: Another one has been
        recorded since this transaction has begun.
    """
    load_balancer = _lock(session, load_balancer_id)
    if load_balancer is None:
        raise exceptions.LoadBalancerNotFound(id=load_balancer_id)
    check_resizable(
        load_balancer_id,
        load_balancer.status,
        load_balancer.flavor_id,
        new_flavor_id,
    )
    _set_load_balancer(
        session,
        load_balancer_id,
        provisioning_status=octavia_constants.PENDING_UPDATE,
    )
    # To delete a row that is not there would lock the gap around it, in
    # which rows for other load balancers are to be inserted.
    previous = session.get(
        models.Resize, load_balancer_id, populate_existing=True
    )
    if previous is not None:
        session.delete(previous)
        session.flush()
    resize = models.Resize(
        load_balancer_id=load_balancer_id,
        id=uuidutils.generate_uuid(),
        state=constants.QUEUED,
        phase=constants.PHASE_QUEUED,
        previous_status=load_balancer.status,
        previous_flavor_id=load_balancer.flavor_id,
        new_flavor_id=new_flavor_id,
        pinned_flavor_id=new_flavor_id,
        amphorae=get_amphorae(session, load_balancer_id),
        built=[],
        replaced=[],
        amphorae_built=0,
        amphorae_to_build=0,
        heartbeat=0,
        request_id=request_id,
    )
    session.add(resize)
    session.flush()
    return resize


def check_resizable(
    load_balancer_id: str,
    status: str,
    flavor_id: str | None,
    new_flavor_id: str,
) -> None:
    """Check what a load balancer is at the moment.

    :raises LoadBalancerNotResizable: It is neither ACTIVE nor in ERROR.
    :raises SameFlavor: It has that flavor already, and is ACTIVE; from ERROR
        it is rebuilt.
    """
    if status not in octavia_constants.FAILOVERABLE_STATUSES:
        raise exceptions.LoadBalancerNotResizable(
            id=load_balancer_id, status=status
        )
    if flavor_id == new_flavor_id and status == octavia_constants.ACTIVE:
        raise exceptions.SameFlavor(
            id=load_balancer_id, flavor_id=new_flavor_id
        )


def get_amphorae(
    session: orm.Session, load_balancer_id: str
) -> dict[str, str]:
    """Return the status of each amphora of a load balancer, by ID."""
    amphora = octavia_models.Amphora
    rows = session.query(amphora.id, amphora.status).filter(
        amphora.load_balancer_id == load_balancer_id,
        amphora.status != octavia_constants.DELETED,
    )
    return {amphora_id: status for amphora_id, status in rows}


def start(session: orm.Session, claim: Claim) -> models.Resize | None:
    """Take a queued resize.

    :param claim: With the new owner.
    :returns: The resize if the caller has it now. Else it was cancelled, is
        in somebody else's hands, or has ended because somebody else has
        changed the load balancer.
    """
    load_balancer = _lock(session, claim.load_balancer_id)
    resize = _get(session, claim)
    if resize is None or resize.state != constants.QUEUED:
        return None
    present = get_amphorae(session, claim.load_balancer_id)
    if (
        load_balancer is None
        or load_balancer.status != octavia_constants.PENDING_UPDATE
        or (resize.amphorae or present) != present
    ):
        _end(resize, constants.CANCELLED, reason=reasons.CHANGED)
        return None
    is_single = load_balancer.topology == octavia_constants.TOPOLOGY_SINGLE
    resize.owner = claim.owner
    resize.state = constants.RUNNING
    resize.amphorae = present
    resize.amphorae_to_build = 1 if is_single else 2
    _enter(resize, constants.PHASE_BUILDING)
    return resize


def hold(session: orm.Session, claim: Claim) -> models.Resize | None:
    """Return a resize in progress to its owner, who may change it.

    Nobody else can change it, or the load balancer, before the transaction
    ends. If the load balancer is no longer PENDING_UPDATE, somebody else has
    it: then a resize that is building is on its way back, which deletes no
    more than what it has built, and any other has ended.
    """
    load_balancer = _lock(session, claim.load_balancer_id)
    resize = _get(session, claim)
    if (
        resize is None
        or resize.state not in constants.IN_PROGRESS_STATES
        or resize.owner != claim.owner
    ):
        return None
    if resize.reason != reasons.CHANGED and (
        load_balancer is None
        or load_balancer.status != octavia_constants.PENDING_UPDATE
    ):
        _abandon(resize)
        if resize.state not in constants.IN_PROGRESS_STATES:
            return None
    return resize


def begin_switch(session: orm.Session, claim: Claim) -> bool:
    """Let the new amphorae take over from the old ones.

    From here on the resize cannot be cancelled.

    :returns: Whether they shall; else the resize is on its way back, or not
        the caller's.
    """
    resize = hold(session, claim)
    if resize is None or resize.phase != constants.PHASE_BUILDING:
        return False
    if resize.state != constants.RUNNING:
        return False
    present = get_amphorae(session, claim.load_balancer_id)
    kept = resize.get_kept()
    if {i: present.get(i) for i in kept} != kept or set(present) != {
        *kept,
        *resize.built,
    }:
        _abandon(resize)
        return False
    _enter(resize, constants.PHASE_SWITCHING)
    return True


def replace(session: orm.Session, claim: Claim, amphora_id: str) -> bool:
    """Note that an old amphora is to be deleted before all new ones are built.

    :returns: Whether it may; else the resize is on its way back, or not the
        caller's.
    """
    resize = hold(session, claim)
    if resize is None or resize.state != constants.RUNNING:
        return False
    resize.replaced = [*resize.replaced, amphora_id]
    resize.updated_at = timeutils.utcnow()
    return True


def begin_clean_up(session: orm.Session, claim: Claim) -> bool:
    """Note that the new amphorae serve: the old ones are to be deleted.

    :returns: Whether the resize is the caller's.
    """
    resize = hold(session, claim)
    if resize is None or resize.phase != constants.PHASE_SWITCHING:
        return False
    resize.replaced = sorted(resize.amphorae)
    _enter(resize, constants.PHASE_CLEANING_UP)
    return True


def go_back(
    session: orm.Session,
    claim: Claim,
    reason: str | None = None,
    detail: str | None = None,
) -> bool:
    """Begin the way back of a resize that has failed or is cancelled.

    :param reason: Why, in words that any user may read; None for a cancel.
    :param detail: Why, for operators.
    :returns: Whether the resize is the caller's and on its way back.
    """
    resize = hold(session, claim)
    if resize is None or resize.phase == constants.PHASE_CLEANING_UP:
        return False
    if resize.phase != constants.PHASE_GOING_BACK:
        if resize.state == constants.RUNNING:
            resize.reason, resize.detail = reason, detail
        _enter(resize, constants.PHASE_GOING_BACK)
    return True


def end_way_back(session: orm.Session, claim: Claim) -> bool:
    """End a resize whose way back has been gone to its end.

    A cancelled one is CANCELLED: the load balancer gets the status that it
    had before. One that failed is FAILED: the load balancer is in ERROR, with
    its previous flavor.

    :returns: Whether the resize was the caller's.
    """
    resize = hold(session, claim)
    if resize is None:
        return False
    if resize.state == constants.RUNNING:
        _end(resize, constants.FAILED)
        status = octavia_constants.ERROR
    else:
        _end(resize, constants.CANCELLED)
        status = resize.previous_status
    if resize.reason != reasons.CHANGED:
        _set_load_balancer(
            session, claim.load_balancer_id, provisioning_status=status
        )
    return True


def complete(
    session: orm.Session,
    claim: Claim,
    reason: str | None = None,
    detail: str | None = None,
) -> bool:
    """Give the load balancer its new flavor and make it ACTIVE, at once.

    :param reason: What is left to be done, in words that any user may read.
    :param detail: The same for operators.
    :returns: Whether it did; else the resize was cancelled and the caller
        must go back to the previous flavor, or is not the caller's.
    """
    resize = hold(session, claim)
    if resize is None or resize.state == constants.CANCELLING:
        return False
    _end(resize, constants.COMPLETED, reason, detail)
    _set_load_balancer(
        session,
        claim.load_balancer_id,
        flavor_id=resize.new_flavor_id,
        provisioning_status=octavia_constants.ACTIVE,
    )
    return True


def mark_children_active(session: orm.Session, load_balancer_id: str) -> None:
    """Set all that belongs to a load balancer ACTIVE, as a failover does."""
    m = octavia_models
    listeners = sa.select(m.Listener.id).where(
        m.Listener.load_balancer_id == load_balancer_id
    )
    policies = sa.select(m.L7Policy.id).where(
        m.L7Policy.listener_id.in_(listeners)
    )
    pools = sa.select(m.Pool.id).where(
        m.Pool.load_balancer_id == load_balancer_id
    )
    for model, condition in (
        (m.Listener, m.Listener.load_balancer_id == load_balancer_id),
        (m.L7Policy, m.L7Policy.listener_id.in_(listeners)),
        (m.L7Rule, m.L7Rule.l7policy_id.in_(policies)),
        (m.Pool, m.Pool.load_balancer_id == load_balancer_id),
        (m.HealthMonitor, m.HealthMonitor.pool_id.in_(pools)),
        (m.Member, m.Member.pool_id.in_(pools)),
    ):
        session.query(model).filter(condition).update(
            {'provisioning_status': octavia_constants.ACTIVE},
            synchronize_session=False,
        )


def fail(
    claim: Claim,
    reason: str,
    detail: str | None = None,
    states: Sequence[str] = constants.IN_PROGRESS_STATES,
) -> bool:
    """Record a failure and set the load balancer to ERROR.

    It keeps its previous flavor. A database that is away for a while is
    waited for, as long as Octavia itself would.

    :param reason: Why, in words that any user may read.
    :param detail: Why, for operators.
    :param states: From which of them.
    :returns: Whether it did; else the resize is not the caller's, or in
        another state.
    """
    for attempt in transaction.retrying(reraise=True):
        with attempt, db_apis.session().begin() as session:
            resize = hold(session, claim)
            if resize is None or resize.state not in states:
                return False
            was_changed = resize.reason == reasons.CHANGED
            _end(resize, constants.FAILED, reason, detail)
            if not was_changed:
                _set_load_balancer(
                    session,
                    claim.load_balancer_id,
                    provisioning_status=octavia_constants.ERROR,
                )
    return True


def cancel(
    session: orm.Session, load_balancer_id: str, resize_id: str | None = None
) -> models.Resize:
    """Cancel the latest resize of a load balancer.

    A queued one is cancelled at once, and so is one that failed and replaced
    nothing, if the load balancer is as the failure has left it: the load
    balancer gets the status that it had before. One that runs is CANCELLING,
    and its owner goes back.

    :param resize_id: Of the resize that is meant; any if not given.
    :returns: The resize.
    :raises NoResizeToCancel: There is none, it has ended, or is another one.
    :raises TooLateToCancel: The new amphorae are taking over.
    """
    load_balancer = _lock(session, load_balancer_id)
    resize = session.get(
        models.Resize,
        load_balancer_id,
        populate_existing=True,
        with_for_update=True,
    )
    if resize is None:
        raise exceptions.NoResizeToCancel(
            id=load_balancer_id, detail=': it has never been resized'
        )
    if resize_id is not None and resize.id != resize_id:
        raise exceptions.NoResizeToCancel(
            id=load_balancer_id,
            detail=f' with ID {resize_id}: another one, to flavor '
            f'{resize.new_flavor_id}, has followed and is {resize.state}',
        )
    if resize.state == constants.CANCELLING:
        raise exceptions.NoResizeToCancel(
            id=load_balancer_id, detail=': it is being cancelled already'
        )
    if not can_cancel(
        session, resize, load_balancer.status if load_balancer else None
    ):
        if resize.state == constants.RUNNING:
            raise exceptions.TooLateToCancel(
                id=load_balancer_id,
                flavor_id=resize.new_flavor_id,
                previous_flavor_id=resize.previous_flavor_id,
            )
        raise exceptions.NoResizeToCancel(
            id=load_balancer_id,
            detail=f': the latest, to flavor {resize.new_flavor_id}, is '
            f'{resize.state}',
        )
    if resize.state == constants.RUNNING:
        resize.state = constants.CANCELLING
        resize.updated_at = timeutils.utcnow()
        return resize
    _end(resize, constants.CANCELLED)
    _set_load_balancer(
        session, load_balancer_id, provisioning_status=resize.previous_status
    )
    return resize


def can_cancel(
    session: orm.Session, resize: models.Resize, status: str | None
) -> bool:
    """Tell whether :func:`cancel` would accept a resize.

    :param status: Provisioning status of the load balancer.
    """
    if resize.state == constants.QUEUED:
        return status == octavia_constants.PENDING_UPDATE
    if resize.state == constants.RUNNING:
        return resize.phase in (
            constants.PHASE_BUILDING,
            constants.PHASE_GOING_BACK,
        )
    return (
        resize.state == constants.FAILED
        and not resize.replaced
        and status == octavia_constants.ERROR
        and get_amphorae(session, resize.load_balancer_id) == resize.amphorae
    )


def take_over(
    session: orm.Session, resize: models.Resize, owner: str
) -> Claim | None:
    """Give a resize that shows no sign of life to another owner.

    :param resize: The resize as it was last seen.
    :returns: What the new owner has; None if the resize has moved.
    """
    claim = Claim(resize.load_balancer_id, resize.id, owner)
    _lock(session, claim.load_balancer_id)
    found = _get(session, claim)
    if (
        found is None
        or found.state not in constants.IN_PROGRESS_STATES
        or (found.owner, found.heartbeat) != (resize.owner, resize.heartbeat)
    ):
        return None
    # A queued one has no owner before it is started.
    if found.state != constants.QUEUED:
        found.owner = owner
    found.heartbeat += 1
    return claim


def beat(session: orm.Session, owners: Iterable[str]) -> None:
    """Write a sign of life for each resize of some owners."""
    session.query(models.Resize).filter(
        models.Resize.owner.in_(list(owners))
    ).update(
        {
            models.Resize.heartbeat: models.Resize.heartbeat + 1,
            models.Resize.beaten_at: timeutils.utcnow(),
        },
        synchronize_session=False,
    )


def _lock(session: orm.Session, load_balancer_id: str) -> _LoadBalancer | None:
    model = octavia_models.LoadBalancer
    row = session.execute(
        sa.select(model.provisioning_status, model.flavor_id, model.topology)
        .where(model.id == load_balancer_id)
        .with_for_update()
    ).one_or_none()
    return None if row is None else _LoadBalancer(*row)


def _get(session: orm.Session, claim: Claim) -> models.Resize | None:
    return (
        session.query(models.Resize)
        .populate_existing()
        .with_for_update()
        .filter_by(id=claim.resize_id)
        .one_or_none()
    )


def _enter(resize: models.Resize, phase: str) -> None:
    resize.phase = phase
    resize.updated_at = timeutils.utcnow()


def _abandon(resize: models.Resize) -> None:
    """Leave a load balancer to those who have changed it.

    Amphorae that are still being built serve nobody: they are deleted. Once
    the switch has begun, the new ones may be those that serve.
    """
    if not resize.built or resize.phase in (
        constants.PHASE_SWITCHING,
        constants.PHASE_CLEANING_UP,
    ):
        _end(resize, constants.CANCELLED, reason=reasons.CHANGED)
        return
    resize.state = constants.CANCELLING
    resize.reason = reasons.CHANGED
    _enter(resize, constants.PHASE_GOING_BACK)


def _end(
    resize: models.Resize,
    state: str,
    reason: str | None = None,
    detail: str | None = None,
) -> None:
    resize.state = state
    resize.phase = None
    resize.pinned_flavor_id = None
    if reason is not None:
        resize.reason, resize.detail = reason, detail
    resize.updated_at = timeutils.utcnow()


def _set_load_balancer(
    session: orm.Session, load_balancer_id: str, **values: str | None
) -> None:
    session.query(octavia_models.LoadBalancer).filter_by(
        id=load_balancer_id
    ).update(values, synchronize_session=False)
