# SPDX-License-Identifier: Apache-2.0


"""Load balancers that stay PENDING_UPDATE though their resize has ended.

No resize ends so. If anything else causes it, only an operator can free the
load balancer.
"""

import datetime

from octavia.common import constants as octavia_constants
from octavia.db import models as octavia_models
from oslo_utils import timeutils
import sqlalchemy as sa
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize.db import models
from octavia_resize.lifecycle import rows

#: Statuses of an amphora that is being built or deleted.
_IN_WORK = (
    octavia_constants.PENDING_CREATE,
    octavia_constants.PENDING_DELETE,
    octavia_constants.AMPHORA_BOOTING,
)


def find(session: orm.Session, seconds: int) -> list[models.Resize]:
    """Return the last resizes of load balancers that are stuck.

    :param seconds: For how long nothing must have changed.
    """
    load_balancer = octavia_models.LoadBalancer
    before = timeutils.utcnow() - datetime.timedelta(seconds=seconds)
    ended = (
        session.query(models.Resize)
        .join(
            load_balancer, load_balancer.id == models.Resize.load_balancer_id
        )
        .filter(
            load_balancer.provisioning_status
            == octavia_constants.PENDING_UPDATE,
            models.Resize.state.not_in(constants.IN_PROGRESS_STATES),
            models.Resize.updated_at < before,
            sa.func.coalesce(load_balancer.updated_at, before) <= before,
        )
    )
    return [resize for resize in ended if not _is_in_work(session, resize)]


def free(session: orm.Session, load_balancer_id: str, seconds: int) -> bool:
    """Set a load balancer that is stuck to ERROR, as a failed resize does.

    :param seconds: As for :func:`find`.
    :returns: Whether the load balancer was stuck.
    """
    rows.lock_load_balancer(session, load_balancer_id)
    if not any(
        resize.load_balancer_id == load_balancer_id
        for resize in find(session, seconds)
    ):
        return False
    rows.set_load_balancer(
        session,
        load_balancer_id,
        provisioning_status=octavia_constants.ERROR,
    )
    return True


def _is_in_work(session: orm.Session, resize: models.Resize) -> bool:
    """Return whether another operation seems to change a load balancer."""
    amphorae = rows.get_amphora_statuses(session, resize.load_balancer_id)
    if any(
        amphora_id not in {*resize.amphorae, *resize.new_amphorae}
        or status in _IN_WORK
        and resize.amphorae.get(amphora_id) != status
        for amphora_id, status in amphorae.items()
    ):
        return True
    listener, pool = octavia_models.Listener, octavia_models.Pool
    return any(
        session.query(model.id)
        .filter(
            model.load_balancer_id == resize.load_balancer_id,
            model.provisioning_status.startswith('PENDING'),
        )
        .first()
        for model in (listener, pool)
    )
