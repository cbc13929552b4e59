# SPDX-License-Identifier: Apache-2.0


"""Reads and writes the record of a resize and its load balancer together."""

from typing import NamedTuple

from octavia.common import constants as octavia_constants
from octavia.db import models as octavia_models
from oslo_utils import timeutils
import sqlalchemy as sa
from sqlalchemy import orm

from octavia_resize import reasons
from octavia_resize.db import models
from octavia_resize.lifecycle import phases


class LoadBalancer(NamedTuple):
    """The columns of a load balancer that a resize depends on."""

    status: str
    flavor_id: str | None
    topology: str | None
    project_id: str | None

    @property
    def is_pending_update(self) -> bool:
        return self.status == octavia_constants.PENDING_UPDATE

    @property
    def is_deleted(self) -> bool:
        return self.status in (
            octavia_constants.PENDING_DELETE,
            octavia_constants.DELETED,
        )


def lock_load_balancer(
    session: orm.Session, load_balancer_id: str
) -> LoadBalancer | None:
    """Lock the row of a load balancer; None if it is gone."""
    model = octavia_models.LoadBalancer
    row = session.execute(
        sa.select(
            model.provisioning_status,
            model.flavor_id,
            model.topology,
            model.project_id,
        )
        .where(model.id == load_balancer_id)
        .with_for_update()
    ).one_or_none()
    return None if row is None else LoadBalancer(*row)


def lock_resize(session: orm.Session, resize_id: str) -> models.Resize | None:
    """Lock and return a resize; None if another resize has followed."""
    return (
        session.query(models.Resize)
        .populate_existing()
        .with_for_update()
        .filter_by(id=resize_id)
        .one_or_none()
    )


def get_amphora_statuses(
    session: orm.Session, load_balancer_id: str
) -> dict[str, str]:
    """Return the status of each amphora of a load balancer, by ID."""
    amphora = octavia_models.Amphora
    rows = session.query(amphora.id, amphora.status).filter(
        amphora.load_balancer_id == load_balancer_id,
        amphora.status != octavia_constants.DELETED,
    )
    return {amphora_id: status for amphora_id, status in rows}


def mark_amphorae(
    session: orm.Session, statuses: dict[str, str], busy: bool
) -> None:
    """Set the status of some amphorae.

    :param statuses: The status by amphora ID.
    :param busy: Whether Octavia's health manager ignores them. If not, their
        time of the last heartbeat becomes now: the heartbeats of amphorae
        that are PENDING_DELETE were not recorded.
    """
    model = octavia_models.Amphora
    for status in set(statuses.values()):
        ids = [i for i in statuses if statuses[i] == status]
        session.query(model).filter(model.id.in_(ids)).update(
            {'status': status}, synchronize_session=False
        )
    health = octavia_models.AmphoraHealth
    session.query(health).filter(health.amphora_id.in_(list(statuses))).update(
        {'busy': True}
        if busy
        else {'busy': False, 'last_update': timeutils.utcnow()},
        synchronize_session=False,
    )


def set_load_balancer(
    session: orm.Session, load_balancer_id: str, **values: str | None
) -> None:
    session.query(octavia_models.LoadBalancer).filter_by(
        id=load_balancer_id
    ).update(values, synchronize_session=False)


def get_step(resize: models.Resize) -> phases.Step:
    """Return the step of a resize in the table of :mod:`phases`."""
    return phases.Step(resize.state, resize.phase)


def get_rule(resize: models.Resize) -> phases.Rule:
    """Return what may happen to a resize in its present step."""
    return phases.TABLE[get_step(resize)]


def move(
    resize: models.Resize,
    step: phases.Step,
    reason: str | None = None,
    detail: str | None = None,
) -> None:
    """Enter the next phase of a resize, or end the resize.

    :param reason: Why: text that any user may read; None keeps the present
        reason.
    :param detail: Why: text for operators.
    :raises RuntimeError: The step does not follow the present one.
    """
    present = get_step(resize)
    if step != present and not may_move(resize, step):
        raise RuntimeError(f'A resize cannot go from {present} to {step}')
    resize.state, resize.phase = step
    if step.has_ended:
        resize.pinned_flavor_id = None
    if reason is not None:
        resize.reason, resize.detail = reason, detail
    resize.updated_at = timeutils.utcnow()


def may_move(resize: models.Resize, step: phases.Step) -> bool:
    """Return whether a step may follow the present one."""
    return step in get_rule(resize).following


class Situation(NamedTuple):
    """A resize and its load balancer, read at the same time."""

    resize: models.Resize
    #: None if the load balancer is gone.
    load_balancer: LoadBalancer | None
    #: Status of each amphora of the load balancer, by ID.
    amphorae: dict[str, str]

    @property
    def has_unknown_amphorae(self) -> bool:
        """Whether somebody else has built amphorae.

        The status of an amphora does not count: the health manager, the
        rotation of certificates and administrators change the status without
        the load balancer's lock.
        """
        known = {*self.resize.amphorae, *self.resize.new_amphorae}
        return not set(self.amphorae) <= known

    @property
    def is_taken(self) -> bool:
        """Whether somebody else rebuilds or deletes the load balancer."""
        return (
            self.load_balancer is None
            or self.load_balancer.is_deleted
            or self.has_unknown_amphorae
        )

    @property
    def is_at_rest(self) -> bool:
        """Whether nobody else works on the load balancer."""
        return (
            not self.is_taken
            and self.load_balancer is not None
            and self.load_balancer.status
            in octavia_constants.FAILOVERABLE_STATUSES
        )

    @property
    def is_changed(self) -> bool:
        """Whether somebody else has changed the load balancer.

        Once the new amphorae serve, another status of the load balancer does
        not count: no other amphorae are left to serve.
        """
        return self.is_taken or (
            self.load_balancer is not None
            and not self.load_balancer.is_pending_update
            and not get_rule(self.resize).new_serve
        )


def read(session: orm.Session, resize_id: str) -> Situation | None:
    """Return a resize and its load balancer, by one statement, unlocked."""
    resize, load_balancer, amphora = (
        models.Resize,
        octavia_models.LoadBalancer,
        octavia_models.Amphora,
    )
    rows = session.execute(
        sa.select(
            resize,
            load_balancer.provisioning_status,
            load_balancer.flavor_id,
            load_balancer.topology,
            load_balancer.project_id,
            amphora.id,
            amphora.status,
        )
        .join(load_balancer, load_balancer.id == resize.load_balancer_id)
        .outerjoin(
            amphora,
            sa.and_(
                amphora.load_balancer_id == load_balancer.id,
                amphora.status != octavia_constants.DELETED,
            ),
        )
        .where(resize.id == resize_id)
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        return None
    return Situation(
        rows[0][0],
        LoadBalancer(*rows[0][1:5]),
        {row[5]: row[6] for row in rows if row[5] is not None},
    )


def lock_all(
    session: orm.Session, load_balancer_id: str, resize_id: str
) -> Situation | None:
    """Return a resize and its load balancer, and lock both."""
    load_balancer = lock_load_balancer(session, load_balancer_id)
    resize = lock_resize(session, resize_id)
    if resize is None:
        return None
    return Situation(
        resize, load_balancer, get_amphora_statuses(session, load_balancer_id)
    )


def cancel_changed(resize: models.Resize) -> None:
    """Cancel a resize: somebody else has changed the load balancer.

    If the resize has built amphorae, a rollback deletes them first.
    """
    step = get_rule(resize).when_changed
    if step is None or not resize.new_amphorae:
        step = phases.CANCELLED
    move(resize, step, reasons.CHANGED)
