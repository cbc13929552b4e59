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
) -> models.Resize:
    """Claim a load balancer for a resize or a rebuild.

    Sets it PENDING_UPDATE and records a QUEUED resize.

    :param new_flavor_id: UUID of the flavor to change to; in a rebuild that
        of the present one, or None if the load balancer has none.
    :param operation: One of the operations in octavia_resize.constants.
    :raises LoadBalancerNotFound: It is gone.
    :raises LoadBalancerNotResizable: It is neither ACTIVE nor in ERROR.
    :raises SameFlavor: It has that flavor already, and is ACTIVE.
    :raises oslo_db.exception.DBReferenceError: The flavor is gone.
    :raises oslo_db.exception.DBDuplicateEntry: Another one has been
        recorded since this transaction has begun.
    """
    load_balancer = rows.lock(session, load_balancer_id)
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
        operation=operation,
        project_id=load_balancer.project_id,
        **phases.QUEUED._asdict(),
        previous_status=load_balancer.status,
        previous_flavor_id=load_balancer.flavor_id,
        new_flavor_id=new_flavor_id,
        pinned_flavor_id=new_flavor_id,
        amphorae=rows.get_amphora_statuses(session, load_balancer_id),
        built=[],
        ready=[],
        replaced=[],
        amphorae_to_build=0,
        heartbeat=0,
        request_id=request_id,
    )
    session.add(resize)
    session.flush()
    return resize


def check_status(load_balancer_id: str, status: str) -> None:
    """Check what a load balancer is at the moment.

    :raises LoadBalancerNotResizable: It is neither ACTIVE nor in ERROR.
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
        ACTIVE; from ERROR it is rebuilt.
    """
    if flavor_id == new_flavor_id and status == octavia_constants.ACTIVE:
        raise exceptions.SameFlavor(
            id=load_balancer_id, flavor_id=new_flavor_id
        )


def cancel(
    session: orm.Session, load_balancer_id: str, resize_id: str | None = None
) -> models.Resize:
    """Cancel the latest resize of a load balancer.

    A queued one is cancelled at once, and so is one that failed and replaced
    nothing, if the load balancer is as the failure has left it: the load
    balancer gets the status that it had before. One that runs is CANCELLING,
    and its owner rolls it back.

    :param resize_id: Of the resize that is meant; any if not given.
    :returns: The resize.
    :raises NoResizeToCancel: There is none, it has ended, or is another one.
    :raises TooLateToCancel: The new amphorae are taking over.
    """
    load_balancer = rows.lock(session, load_balancer_id)
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
        if rows.get_row(resize).flows:
            raise exceptions.TooLateToCancel(
                id=load_balancer_id,
                flavor_id=resize.new_flavor_id,
                previous_flavor_id=resize.previous_flavor_id,
            )
        raise exceptions.ResizeEnded(
            id=load_balancer_id,
            flavor_id=resize.new_flavor_id,
            state=resize.state,
        )
    step = rows.get_row(resize).cancel
    assert step is not None
    rows.move(resize, step)
    if step.has_ended:
        rows.set_load_balancer(
            session,
            load_balancer_id,
            provisioning_status=resize.previous_status,
        )
    return resize


def can_cancel(
    session: orm.Session, resize: models.Resize, status: str | None
) -> bool:
    """Tell whether :func:`cancel` would accept a resize.

    :param status: Provisioning status of the load balancer.
    """
    row = rows.get_row(resize)
    if row.cancel is None or not row.cancel.has_ended:
        return row.cancel is not None
    # The load balancer gets its previous status at once.
    return status == row.status and (
        not rows.get_step(resize).has_ended or _is_untouched(session, resize)
    )


def _is_untouched(session: orm.Session, resize: models.Resize) -> bool:
    """Tell whether the old amphorae are there, and serve as before."""
    present = rows.get_amphora_statuses(session, resize.load_balancer_id)
    return (
        not resize.replaced
        and set(present) == set(resize.amphorae)
        and not any(
            status == octavia_constants.PENDING_DELETE
            and resize.amphorae[amphora_id] != status
            for amphora_id, status in present.items()
        )
    )
