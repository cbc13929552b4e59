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

"""What the owner of a resize reports, from its start to its end."""

from collections.abc import Sequence

from octavia.common import constants as octavia_constants
from octavia.db import models as octavia_models
from oslo_utils import timeutils
import sqlalchemy as sa
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize import reason as reasons
from octavia_resize.db import models
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import rows


def start(
    session: orm.Session, claim: ownership.Claim
) -> models.Resize | None:
    """Take a queued resize.

    :param claim: With the new owner.
    :returns: The resize if the caller has it now. Else it was cancelled, is
        in somebody else's hands, or has ended because somebody else has
        changed the load balancer.
    """
    load_balancer = rows.lock(session, claim.load_balancer_id)
    resize = rows.get(session, claim.resize_id)
    if resize is None or resize.state != constants.QUEUED:
        return None
    present = rows.get_amphorae(session, claim.load_balancer_id)
    if (
        load_balancer is None
        or not load_balancer.is_pending_update
        or (resize.amphorae or present) != present
    ):
        rows.end(resize, constants.CANCELLED, reason=reasons.CHANGED)
        return None
    is_single = load_balancer.topology == octavia_constants.TOPOLOGY_SINGLE
    resize.owner = claim.owner
    resize.state = constants.RUNNING
    resize.amphorae = present
    resize.amphorae_to_build = 1 if is_single else 2
    rows.enter(resize, constants.PHASE_BUILDING)
    return resize


def resume(session: orm.Session, claim: ownership.Claim) -> None:
    """Go on with a resize that another worker has left.

    One whose new amphorae were still being built is rolled back.
    """
    resize = ownership.hold(session, claim)
    if (
        resize is not None
        and resize.phase == constants.PHASE_BUILDING
        and resize.amphorae_built < resize.amphorae_to_build
    ):
        _roll_back(resize, reasons.WORKER_STOPPED)


def begin_switch(session: orm.Session, claim: ownership.Claim) -> bool:
    """Let the new amphorae take over from the old ones.

    From here on the resize cannot be cancelled.

    :returns: Whether they shall; else the resize is rolled back, or not the
        caller's.
    """
    resize = ownership.hold(session, claim)
    if resize is None or resize.phase != constants.PHASE_BUILDING:
        return False
    if resize.state != constants.RUNNING:
        return False
    present = rows.get_amphorae(session, claim.load_balancer_id)
    kept = resize.get_kept()
    if {i: present.get(i) for i in kept} != kept or set(present) != {
        *kept,
        *resize.built,
    }:
        rows.abandon(resize)
        return False
    rows.enter(resize, constants.PHASE_SWITCHING)
    return True


def replace(
    session: orm.Session, claim: ownership.Claim, amphora_id: str
) -> bool:
    """Note that an old amphora is to be deleted before all new ones are built.

    :returns: Whether it may; else the resize is rolled back, or not the
        caller's.
    """
    resize = ownership.hold(session, claim)
    if resize is None or resize.state != constants.RUNNING:
        return False
    resize.replaced = [*resize.replaced, amphora_id]
    resize.updated_at = timeutils.utcnow()
    return True


def begin_clean_up(session: orm.Session, claim: ownership.Claim) -> bool:
    """Note that the new amphorae serve: the old ones are to be deleted.

    :returns: Whether the resize is the caller's.
    """
    resize = ownership.hold(session, claim)
    if resize is None or resize.phase != constants.PHASE_SWITCHING:
        return False
    resize.replaced = sorted(resize.amphorae)
    rows.enter(resize, constants.PHASE_CLEANING_UP)
    return True


def begin_rollback(
    session: orm.Session,
    claim: ownership.Claim,
    reason: str | None = None,
    detail: str | None = None,
) -> bool:
    """Begin the rollback of a resize that has failed or is cancelled.

    :param reason: Why, in words that any user may read; None for a cancel.
    :param detail: Why, for operators.
    :returns: Whether the resize is the caller's, and rolled back.
    """
    resize = ownership.hold(session, claim)
    if resize is None or resize.phase == constants.PHASE_CLEANING_UP:
        return False
    _roll_back(resize, reason, detail)
    return True


def _roll_back(
    resize: models.Resize, reason: str | None, detail: str | None = None
) -> None:
    if resize.phase == constants.PHASE_GOING_BACK:
        return
    if resize.state == constants.RUNNING:
        resize.reason, resize.detail = reason, detail
    rows.enter(resize, constants.PHASE_GOING_BACK)


def end_rollback(session: orm.Session, claim: ownership.Claim) -> bool:
    """End a resize that is rolled back.

    A cancelled one is CANCELLED, and the load balancer gets its previous
    status. One that failed is FAILED, and the load balancer is in ERROR, with
    its previous flavor.

    :returns: Whether the resize was the caller's.
    """
    resize = ownership.hold(session, claim)
    if resize is None:
        return False
    if resize.state == constants.RUNNING:
        rows.end(resize, constants.FAILED)
        status = octavia_constants.ERROR
    else:
        rows.end(resize, constants.CANCELLED)
        status = resize.previous_status
    if resize.reason != reasons.CHANGED:
        rows.set_load_balancer(
            session, claim.load_balancer_id, provisioning_status=status
        )
    return True


def complete(
    session: orm.Session,
    claim: ownership.Claim,
    reason: str | None = None,
    detail: str | None = None,
) -> bool:
    """Give the load balancer its new flavor and make it ACTIVE, at once.

    :param reason: What is left to be done, in words that any user may read.
    :param detail: The same for operators.
    :returns: Whether it did; else the resize was cancelled and the caller
        must go back to the previous flavor, or is not the caller's.
    """
    resize = ownership.hold(session, claim)
    if resize is None or resize.state == constants.CANCELLING:
        return False
    rows.end(resize, constants.COMPLETED, reason, detail)
    rows.set_load_balancer(
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
    session: orm.Session,
    claim: ownership.Claim,
    reason: str,
    detail: str | None = None,
    states: Sequence[str] = constants.IN_PROGRESS_STATES,
) -> bool:
    """Record a failure and set the load balancer to ERROR.

    The load balancer keeps its previous flavor.

    :param reason: Why, in words that any user may read.
    :param detail: Why, for operators.
    :param states: From which of them.
    :returns: Whether it did; else the resize is not the caller's, or in
        another state.
    """
    resize = ownership.hold(session, claim)
    if resize is None or resize.state not in states:
        return False
    was_changed = resize.reason == reasons.CHANGED
    rows.end(resize, constants.FAILED, reason, detail)
    if not was_changed:
        rows.set_load_balancer(
            session,
            claim.load_balancer_id,
            provisioning_status=octavia_constants.ERROR,
        )
    return True
