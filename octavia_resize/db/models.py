# SPDX-License-Identifier: Apache-2.0

"""The one table that octavia_resize adds beside Octavia's.

It has metadata of its own: Octavia's models, tables and migrations know
nothing of it, and a plain Octavia runs on the same database.
"""

import datetime

from octavia.db import models
from oslo_utils import timeutils
import sqlalchemy as sa
from sqlalchemy import orm

from octavia_resize import constants


class Base(orm.DeclarativeBase):
    """Declarative base with its own metadata."""


class Resize(Base):
    """The latest resize or rebuild of a load balancer."""

    __tablename__ = 'load_balancer_resize'
    #: Pages of a list, of one project and of all.
    __table_args__ = (
        sa.Index(
            'ix_load_balancer_resize_project', 'project_id', 'created_at', 'id'
        ),
        sa.Index('ix_load_balancer_resize_created', 'created_at', 'id'),
    )

    load_balancer_id: orm.Mapped[str] = orm.mapped_column(
        sa.String(36),
        sa.ForeignKey(
            models.LoadBalancer.__table__.c.id,
            name='fk_load_balancer_resize_load_balancer_id',
            ondelete='CASCADE',
        ),
        primary_key=True,
    )
    #: Each resize has its own: a message about an earlier one is ignored.
    id: orm.Mapped[str] = orm.mapped_column(sa.String(36), unique=True)
    #: One of the operations in octavia_resize.constants.
    operation: orm.Mapped[str] = orm.mapped_column(
        sa.String(16), default=constants.RESIZE
    )
    #: Project of the load balancer, which never changes.
    project_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(36))
    #: One of the states in octavia_resize.constants.
    state: orm.Mapped[str] = orm.mapped_column(sa.String(16), index=True)
    #: One of the phases there; None once the resize has ended.
    phase: orm.Mapped[str | None] = orm.mapped_column(sa.String(16))
    #: The worker that runs the resize, or has ended it. None while the resize
    #: is queued, and if the controller of another provider runs it.
    owner: orm.Mapped[str | None] = orm.mapped_column(
        sa.String(255), index=True
    )
    #: The one that may change the resize at the moment, on behalf of the
    #: owner: see octavia_resize.lifecycle.ownership.
    runner: orm.Mapped[str | None] = orm.mapped_column(sa.String(36))
    #: Provisioning status that the load balancer had before.
    previous_status: orm.Mapped[str] = orm.mapped_column(sa.String(16))
    previous_flavor_id: orm.Mapped[str | None] = orm.mapped_column(
        sa.String(36)
    )
    #: None in a rebuild of a load balancer without a flavor.
    new_flavor_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(36))
    #: The new flavor, while the resize is in progress: the foreign key keeps
    #: it from being deleted.
    pinned_flavor_id: orm.Mapped[str | None] = orm.mapped_column(
        sa.String(36),
        sa.ForeignKey(
            models.Flavor.__table__.c.id,
            name='fk_load_balancer_resize_flavor_id',
        ),
    )
    #: Status of each amphora before the resize, by its ID.
    amphorae: orm.Mapped[dict[str, str]] = orm.mapped_column(sa.JSON)
    #: IDs of the amphorae that the resize has begun to build.
    new_amphorae: orm.Mapped[list[str]] = orm.mapped_column(sa.JSON)
    #: IDs of those of them that are ready to get the VIP.
    ready: orm.Mapped[list[str]] = orm.mapped_column(sa.JSON)
    amphorae_to_build: orm.Mapped[int] = orm.mapped_column(
        sa.Integer, default=0
    )
    #: How long the old amphorae close connections that clients keep before
    #: the new ones take over.
    drain_seconds: orm.Mapped[int] = orm.mapped_column(sa.Integer, default=0)
    #: Whether the new amphorae are built one after the other, because there
    #: was no room for both at once.
    one_by_one: orm.Mapped[bool] = orm.mapped_column(sa.Boolean, default=False)
    #: IDs of the old amphorae that the resize has begun to delete.
    replaced: orm.Mapped[list[str]] = orm.mapped_column(sa.JSON)
    #: IDs of the old amphorae that the resize has taken out of service and not
    #: restored, and of those that it has drained and could not restore.
    retired: orm.Mapped[list[str]] = orm.mapped_column(sa.JSON)
    #: ID of the amphora that a rollback has built in place of the old standby.
    standby_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(36))
    #: Counted up by the owner as long as the owner is alive.
    heartbeat: orm.Mapped[int] = orm.mapped_column(sa.Integer, default=0)
    #: When the owner has last done so, by the owner's clock.
    beaten_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        sa.DateTime
    )
    #: Why the resize failed: text that any user may read.
    reason: orm.Mapped[str | None] = orm.mapped_column(sa.Text)
    #: Why: text for operators.
    detail: orm.Mapped[str | None] = orm.mapped_column(sa.Text)
    request_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    created_at: orm.Mapped[datetime.datetime] = orm.mapped_column(
        sa.DateTime, default=timeutils.utcnow
    )
    updated_at: orm.Mapped[datetime.datetime] = orm.mapped_column(
        sa.DateTime, default=timeutils.utcnow
    )

    @property
    def is_built(self) -> bool:
        """Whether all new amphorae are ready to get the VIP."""
        return len(self.ready) >= self.amphorae_to_build

    def get_kept(self) -> dict[str, str]:
        """Return the status before the resize of each amphora not replaced."""
        return {
            amphora_id: status
            for amphora_id, status in self.amphorae.items()
            if amphora_id not in self.replaced
        }
