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

"""What is read and written together: the record and its load balancer."""

from typing import NamedTuple

from octavia.common import constants as octavia_constants
from octavia.db import models as octavia_models
from oslo_utils import timeutils
import sqlalchemy as sa
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize import reason as reasons
from octavia_resize.db import models


class LoadBalancer(NamedTuple):
    """What a resize depends on, as it is while the row is locked."""

    status: str
    flavor_id: str | None
    topology: str | None

    @property
    def is_pending_update(self) -> bool:
        return self.status == octavia_constants.PENDING_UPDATE


def lock(session: orm.Session, load_balancer_id: str) -> LoadBalancer | None:
    """Lock the row of a load balancer; None if it is gone."""
    model = octavia_models.LoadBalancer
    row = session.execute(
        sa.select(model.provisioning_status, model.flavor_id, model.topology)
        .where(model.id == load_balancer_id)
        .with_for_update()
    ).one_or_none()
    return None if row is None else LoadBalancer(*row)


def get(session: orm.Session, resize_id: str) -> models.Resize | None:
    """Return a resize as the latest transaction has left it."""
    return (
        session.query(models.Resize)
        .populate_existing()
        .with_for_update()
        .filter_by(id=resize_id)
        .one_or_none()
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


def set_load_balancer(
    session: orm.Session, load_balancer_id: str, **values: str | None
) -> None:
    session.query(octavia_models.LoadBalancer).filter_by(
        id=load_balancer_id
    ).update(values, synchronize_session=False)


def enter(resize: models.Resize, phase: str) -> None:
    """Begin a phase of a resize."""
    resize.phase = phase
    resize.updated_at = timeutils.utcnow()


def end(
    resize: models.Resize,
    state: str,
    reason: str | None = None,
    detail: str | None = None,
) -> None:
    """End a resize; a reason that it has already stays unless given one."""
    resize.state = state
    resize.phase = None
    resize.pinned_flavor_id = None
    if reason is not None:
        resize.reason, resize.detail = reason, detail
    resize.updated_at = timeutils.utcnow()


def abandon(resize: models.Resize) -> None:
    """Leave a load balancer to those who have changed it.

    Amphorae that are still being built serve nobody: they are deleted. Once
    the switch has begun, the new ones may be those that serve.
    """
    if not resize.built or resize.phase in (
        constants.PHASE_SWITCHING,
        constants.PHASE_CLEANING_UP,
    ):
        end(resize, constants.CANCELLED, reason=reasons.CHANGED)
        return
    resize.state = constants.CANCELLING
    resize.reason = reasons.CHANGED
    enter(resize, constants.PHASE_GOING_BACK)
