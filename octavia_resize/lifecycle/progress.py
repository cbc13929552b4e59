# SPDX-License-Identifier: Apache-2.0


"""What the owner of a resize reports, from its start to its end."""

from collections.abc import Sequence

from octavia.common import constants as octavia_constants
from octavia.db import models as octavia_models
from oslo_utils import timeutils
import sqlalchemy as sa
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize import reasons
from octavia_resize.db import models
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import phases
from octavia_resize.lifecycle import rollback
from octavia_resize.lifecycle import rows


def start(
    session: orm.Session, claim: ownership.Claim
) -> models.Resize | None:
    """Start a queued resize, and make the caller its owner.

    A caller that did not get the answer may call again.

    :param claim: The claim of the new owner.
    :returns: The resize; None if the resize was cancelled, is owned by
        another worker, or is cancelled because somebody else has changed the
        load balancer.
    """
    found = rows.lock_all(session, claim.load_balancer_id, claim.resize_id)
    if found is None:
        return None
    resize = found.resize
    if claim.owner and ownership.is_owned(resize, claim.owner):
        return resize
    if rows.get_step(resize) != phases.QUEUED:
        return None
    if found.is_changed:
        rows.cancel_changed(resize)
        return None
    assert found.load_balancer is not None
    is_single = (
        found.load_balancer.topology == octavia_constants.TOPOLOGY_SINGLE
    )
    resize.owner = claim.owner
    resize.amphorae_to_build = 1 if is_single else 2
    rows.move(resize, phases.BUILDING)
    return resize


def resume(session: orm.Session, claim: ownership.Claim) -> None:
    """Continue a resize that was taken over from another worker.

    If its new amphorae are not all built, the resize is rolled back.
    """
    resize = ownership.lock_unless_changed(session, claim)
    if (
        resize is not None
        and phases.Flow.BUILD_NEW in rows.get_rule(resize).flows
        and not resize.is_built
    ):
        rollback.enter(resize, reasons.WORKER_STOPPED)


def add_amphora(
    session: orm.Session, claim: ownership.Claim, amphora_id: str
) -> bool:
    """Create the row of a new amphora, and note its ID in the resize.

    If the row exists already, nothing is changed.

    :returns: Whether the row exists, and the caller runs the resize.
    """
    resize = ownership.lock_unless_changed(session, claim)
    if resize is None or resize.reason == reasons.CHANGED:
        return False
    if amphora_id in resize.new_amphorae:
        return True
    resize.new_amphorae = [*resize.new_amphorae, amphora_id]
    session.add(
        octavia_models.Amphora(
            id=amphora_id,
            load_balancer_id=claim.load_balancer_id,
            status=octavia_constants.PENDING_CREATE,
            cert_busy=False,
        )
    )
    return True


def note_ready(
    session: orm.Session, claim: ownership.Claim, amphora_id: str
) -> bool:
    """Note that a new amphora is ready to get the VIP.

    :returns: Whether the caller runs the resize, and the resize is building.
    """
    resize = ownership.lock_unless_changed(session, claim)
    if (
        resize is None
        or phases.Flow.BUILD_NEW not in rows.get_rule(resize).flows
    ):
        return False
    if amphora_id not in resize.ready:
        resize.ready = [*resize.ready, amphora_id]
    return True


def begin_drain(session: orm.Session, claim: ownership.Claim) -> bool:
    """Begin to close the connections that clients keep.

    :returns: Whether the drain begins; False if the resize is rolled back, or
        the caller does not run the resize.
    """
    return _use_new_amphorae(session, claim, phases.DRAINING)


def begin_switch(session: orm.Session, claim: ownership.Claim) -> bool:
    """Begin to move the VIP to the new amphorae.

    From then on the resize cannot be cancelled.

    :returns: Whether the switch begins; False if the resize is rolled back,
        or the caller does not run the resize.
    """
    return _use_new_amphorae(session, claim, phases.SWITCHING)


def _use_new_amphorae(
    session: orm.Session, claim: ownership.Claim, step: phases.Step
) -> bool:
    found = ownership.lock_all_unless_changed(session, claim)
    if found is None or not rows.may_move(found.resize, step):
        return False
    resize = found.resize
    if not set(resize.ready) <= set(found.amphorae):
        rollback.enter(resize, reasons.AMPHORA_GONE)
        return False
    rows.move(resize, step)
    return True


def note_replaced(
    session: orm.Session, claim: ownership.Claim, amphora_id: str
) -> bool:
    """Note that an old amphora is deleted before all new ones are built.

    :returns: Whether the caller may delete the amphora; False if the resize
        is rolled back, or the caller does not run the resize.
    """
    resize = ownership.lock_unless_changed(session, claim)
    if resize is None or not rows.may_move(resize, phases.SWITCHING):
        return False
    if amphora_id not in resize.replaced:
        resize.replaced = [*resize.replaced, amphora_id]
    resize.updated_at = timeutils.utcnow()
    return True


def retire(session: orm.Session, claim: ownership.Claim) -> bool:
    """Mark the old amphorae PENDING_DELETE.

    Octavia no longer takes them for peers of other amphorae, and its health
    manager ignores them.

    :returns: Whether the caller runs the resize, and the resize is switching.
    """
    found = ownership.lock_all_unless_changed(session, claim)
    if found is None or not rows.may_move(found.resize, phases.CLEANING_UP):
        return False
    resize = found.resize
    in_service = {
        amphora_id: status
        for amphora_id, status in found.amphorae.items()
        if amphora_id in resize.get_kept()
        and status != octavia_constants.PENDING_DELETE
    }
    # Others may have changed a status since the resize was requested.
    resize.amphorae = resize.amphorae | in_service
    resize.retired = sorted({*resize.retired, *in_service})
    rows.mark_amphorae(
        session,
        dict.fromkeys(in_service, octavia_constants.PENDING_DELETE),
        busy=True,
    )
    return True


def begin_clean_up(session: orm.Session, claim: ownership.Claim) -> bool:
    """Note that the new amphorae serve: the old ones can be deleted.

    :returns: Whether the caller runs the resize, and it is not rolled back.
    """
    resize = ownership.lock_unless_changed(session, claim)
    if resize is None or phases.Flow.SWITCH not in rows.get_rule(resize).flows:
        return False
    resize.replaced = sorted(resize.amphorae)
    rows.move(resize, phases.CLEANING_UP)
    return True


def complete(
    session: orm.Session,
    claim: ownership.Claim,
    reason: str | None = None,
    detail: str | None = None,
) -> bool:
    """Set the new flavor and ACTIVE in the load balancer, and COMPLETED.

    A status that somebody else has set meanwhile stays.

    :param reason: What remains to be done: text that any user may read.
    :param detail: The same: text for operators.
    :returns: False if the resize was cancelled, so that the caller must
        restore the previous flavor, or if the caller does not run it.
    """
    found = ownership.lock_all_unless_changed(session, claim)
    if found is None or not rows.may_move(found.resize, phases.COMPLETED):
        return False
    resize = found.resize
    missing = set(resize.ready) - set(found.amphorae)
    if missing:
        explained = reasons.join(
            (
                reasons.AMPHORA_GONE,
                f'Missing: {", ".join(sorted(missing))}',
            ),
            (None, detail),
        )
        fail(session, claim, *explained)
        return False
    rows.move(resize, phases.COMPLETED, reason, detail)
    values = {'flavor_id': resize.new_flavor_id}
    assert found.load_balancer is not None
    if found.load_balancer.is_pending_update:
        values['provisioning_status'] = octavia_constants.ACTIVE
    rows.set_load_balancer(session, claim.load_balancer_id, **values)
    return True


def mark_children_active(session: orm.Session, load_balancer_id: str) -> None:
    """Set the children of a load balancer ACTIVE, as a failover does."""
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
    session: orm.Session,
    claim: ownership.Claim,
    reason: str,
    detail: str | None = None,
    states: Sequence[str] = constants.IN_PROGRESS_STATES,
) -> bool:
    """Record a failure and set the load balancer to ERROR.

    The load balancer keeps its previous flavor.

    :param reason: Why: text that any user may read.
    :param detail: Why: text for operators.
    :param states: The states in which the resize may fail.
    :returns: False if the caller does not run the resize, or the resize is in
        another state.
    """
    resize = ownership.lock_unless_changed(session, claim)
    if resize is None or resize.state not in states:
        return False
    was_changed = resize.reason == reasons.CHANGED
    rows.move(resize, phases.FAILED, reason, detail)
    if not was_changed:
        rows.set_load_balancer(
            session,
            claim.load_balancer_id,
            provisioning_status=octavia_constants.ERROR,
        )
    return True
