# SPDX-License-Identifier: Apache-2.0

"""What users request: a resize, a rebuild, and the cancel of both."""

from octavia.common import constants as octavia_constants
from oslo_utils import uuidutils
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize import exceptions
from octavia_resize.db import models
from octavia_resize.lifecycle import phases
from octavia_resize.lifecycle import rows


def queue(
    session: orm.Session,
    load_balancer_id: str,
    new_flavor_id: str | None,
    request_id: str | None,
    operation: str = constants.RESIZE,
    drain_seconds: int = 0,
) -> models.Resize:
    """Set a load balancer PENDING_UPDATE, and record a QUEUED resize.

    :param new_flavor_id: UUID of the new flavor; in a rebuild that of the
        present flavor, or None if the load balancer has none.
    :param operation: One of the operations in octavia_resize.constants.
    :param drain_seconds: For how long the old amphorae close connections that
        clients keep, before the VIPs move.
    :raises LoadBalancerNotFound: The load balancer is gone.
    :raises LoadBalancerNotResizable: The load balancer is neither ACTIVE nor
        in ERROR.
    :raises SameFlavor: The load balancer has the flavor already, and is
        ACTIVE.
    :raises oslo_db.exception.DBReferenceError: The flavor is gone.
    :raises oslo_db.exception.DBDuplicateEntry: Another resize has been
        recorded since this transaction has begun.
    """
    load_balancer = rows.lock_load_balancer(session, load_balancer_id)
    if load_balancer is None:
        raise exceptions.LoadBalancerNotFound(id=load_balancer_id)
    check_status(load_balancer_id, load_balancer.status)
    if operation == constants.RESIZE:
        check_flavor(
            load_balancer_id,
            load_balancer.status,
            load_balancer.flavor_id,
            new_flavor_id,
        )
    elif load_balancer.flavor_id != new_flavor_id:
        raise exceptions.FlavorChanged(id=load_balancer_id)
    rows.set_load_balancer(
        session,
        load_balancer_id,
        provisioning_status=octavia_constants.PENDING_UPDATE,
    )
    # Deleting a row that does not exist would lock a gap of the table, and
    # block the rows of other load balancers.
    previous = session.get(
        models.Resize, load_balancer_id, populate_existing=True
    )
    if previous is not None:
        session.delete(previous)
        session.flush()
    resize = models.Resize(
        load_balancer_id=load_balancer_id,
        id=uuidutils.generate_uuid(),
        operation=operation,
        project_id=load_balancer.project_id,
        **phases.QUEUED._asdict(),
        previous_status=load_balancer.status,
        previous_flavor_id=load_balancer.flavor_id,
        new_flavor_id=new_flavor_id,
        pinned_flavor_id=new_flavor_id,
        amphorae=rows.get_amphora_statuses(session, load_balancer_id),
        new_amphorae=[],
        ready=[],
        replaced=[],
        retired=[],
        amphorae_to_build=0,
        drain_seconds=drain_seconds,
        heartbeat=0,
        request_id=request_id,
    )
    session.add(resize)
    session.flush()
    return resize


def check_status(load_balancer_id: str, status: str) -> None:
    """Check the provisioning status of a load balancer.

    :raises LoadBalancerNotResizable: The status is neither ACTIVE nor ERROR.
    """
    if status not in octavia_constants.FAILOVERABLE_STATUSES:
        raise exceptions.LoadBalancerNotResizable(
            id=load_balancer_id, status=status
        )


def check_flavor(
    load_balancer_id: str,
    status: str,
    flavor_id: str | None,
    new_flavor_id: str | None,
) -> None:
    """Check whether a resize would change the flavor.

    :raises SameFlavor: The load balancer has that flavor already, and is
        ACTIVE. In ERROR, a resize to the same flavor rebuilds it.
    """
    if flavor_id == new_flavor_id and status == octavia_constants.ACTIVE:
        raise exceptions.SameFlavor(
            id=load_balancer_id, flavor_id=new_flavor_id
        )


def cancel(
    session: orm.Session, load_balancer_id: str, resize_id: str | None = None
) -> models.Resize:
    """Cancel the latest resize of a load balancer.

    A queued resize becomes CANCELLED at once. So does a failed resize that has
    replaced no amphora, if the load balancer is still in ERROR. The load
    balancer then gets its previous status. A running resize becomes
    CANCELLING, and its owner rolls it back. A queued resize whose load
    balancer somebody else has changed is cancelled, too: the status stays.

    :param resize_id: ID of the resize to cancel; None for the latest.
    :returns: The resize.
    :raises NoResizeToCancel: There is no resize, it has ended, or it has
        another ID.
    :raises TooLateToCancel: The VIP is moving to the new amphorae, or they
        have it.
    """
    load_balancer = rows.lock_load_balancer(session, load_balancer_id)
    resize = session.get(
        models.Resize,
        load_balancer_id,
        populate_existing=True,
        with_for_update=True,
    )
    if resize is None:
        raise exceptions.NeverResized(id=load_balancer_id)
    if resize_id is not None and resize.id != resize_id:
        raise exceptions.OtherResize(
            id=load_balancer_id,
            resize_id=resize_id,
            flavor_id=resize.new_flavor_id,
            state=resize.state,
        )
    if rows.get_step(resize).is_cancelling:
        raise exceptions.AlreadyCancelling(id=load_balancer_id)
    if not can_cancel(
        session, resize, load_balancer.status if load_balancer else None
    ):
        if rows.get_rule(resize).flows:
            raise _too_late(resize)
        raise exceptions.ResizeEnded(
            id=load_balancer_id,
            flavor_id=resize.new_flavor_id,
            state=resize.state,
        )
    step = rows.get_rule(resize).cancel
    assert step is not None
    if rows.get_step(resize) == phases.QUEUED:
        amphorae = rows.get_amphora_statuses(session, load_balancer_id)
        if rows.Situation(resize, load_balancer, amphorae).is_changed:
            rows.cancel_changed(resize)
            return resize
    rows.move(resize, step)
    if step.has_ended:
        rows.set_load_balancer(
            session,
            load_balancer_id,
            provisioning_status=resize.previous_status,
        )
    return resize


def _too_late(resize: models.Resize) -> exceptions.TooLateToCancel:
    changes_flavor = resize.previous_flavor_id != resize.new_flavor_id
    return exceptions.TooLateToCancel(
        operation=resize.operation,
        id=resize.load_balancer_id,
        why='its new amphorae have the VIP, and the old ones are being deleted'
        if rows.get_rule(resize).new_serve
        else 'its new amphorae are getting the VIP, which takes seconds',
        previous_flavor_id=resize.previous_flavor_id
        if changes_flavor
        else None,
    )


def can_cancel(
    session: orm.Session, resize: models.Resize, status: str | None
) -> bool:
    """Return whether :func:`cancel` would accept a resize.

    :param status: Provisioning status of the load balancer.
    """
    rule = rows.get_rule(resize)
    if not rows.get_step(resize).has_ended:
        return rule.cancel is not None
    # The load balancer gets its previous status at once.
    return (
        rule.cancel is not None
        and status == rule.status
        and _is_untouched(session, resize)
    )


def _is_untouched(session: orm.Session, resize: models.Resize) -> bool:
    """Return whether the old amphorae exist and serve as before."""
    present = rows.get_amphora_statuses(session, resize.load_balancer_id)
    return (
        not resize.replaced
        and not resize.retired
        and set(present) == set(resize.amphorae)
        and not any(
            status == octavia_constants.PENDING_DELETE
            and resize.amphorae[amphora_id] != status
            for amphora_id, status in present.items()
        )
    )
