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

"""How a resize goes on and ends: the one place that writes it down.

Each function changes the record of the resize and the load balancer in one
transaction, and only if the resize is in the state that the change starts
from. So it never ends twice, and a cancel is never lost.
"""

from collections.abc import Sequence
from typing import Any

from octavia.common import constants as octavia_constants
from octavia.db import api as db_apis
from octavia.db import repositories
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize.db import models
from octavia_resize.db import repository
from octavia_resize.db import transaction

_resizes = repository.ResizeRepository()
_load_balancers = repositories.LoadBalancerRepository()


def start(session: orm.Session, resize_id: str) -> bool:
    """Take a queued resize.

    :returns: Whether the caller has it now; else it was cancelled or is in
        somebody else's hands, and the caller must leave it alone.
    """
    return _resizes.transition(
        session, resize_id, (constants.QUEUED,), constants.RUNNING
    )


def complete(session: orm.Session, resize_id: str) -> bool:
    """Give the load balancer its new flavor and make it ACTIVE, at once.

    :returns: Whether it did; else the resize was cancelled and the caller
        must go back to the previous flavor.
    """
    resize = _transition(
        session,
        resize_id,
        (constants.QUEUED, constants.RUNNING),
        constants.COMPLETED,
    )
    if resize is None:
        return False
    _load_balancers.update(
        session,
        resize.load_balancer_id,
        flavor_id=resize.new_flavor_id,
        provisioning_status=octavia_constants.ACTIVE,
    )
    return True


def cancel(session: orm.Session, resize_id: str) -> str | None:
    """Ask for the way back.

    A queued resize is cancelled at once, and the load balancer gets the
    status that it had before.

    :returns: CANCELLED or CANCELLING; None if the resize has ended or is
        cancelled already.
    """
    resize = _transition(
        session, resize_id, (constants.QUEUED,), constants.CANCELLED
    )
    if resize is not None:
        _load_balancers.update(
            session,
            resize.load_balancer_id,
            provisioning_status=resize.previous_status,
        )
        return constants.CANCELLED
    if _resizes.transition(
        session, resize_id, (constants.RUNNING,), constants.CANCELLING
    ):
        return constants.CANCELLING
    return None


def complete_cancel(
    session: orm.Session, resize_id: str, final_status: str
) -> bool:
    """End the way back.

    :param final_status: Provisioning status of the load balancer, ACTIVE or
        ERROR.
    :returns: Whether it did; else the resize was not being cancelled.
    """
    resize = _transition(
        session, resize_id, (constants.CANCELLING,), constants.CANCELLED
    )
    if resize is None:
        return False
    _load_balancers.update(
        session, resize.load_balancer_id, provisioning_status=final_status
    )
    return True


def fail(
    resize_id: str, from_state: str, reason: str, detail: str | None = None
) -> bool:
    """Record a failure and set the load balancer to ERROR.

    It keeps its previous flavor_id. A database that is away for a while is
    waited for, as long as Octavia itself would.

    :param from_state: RUNNING or CANCELLING: what failed.
    :param reason: Why, in words that any user may read.
    :param detail: Why, for operators.
    :returns: Whether it did; else the resize was not in that state.
    """
    for attempt in transaction.retrying(reraise=True):
        with attempt, db_apis.session().begin() as session:
            resize = _transition(
                session,
                resize_id,
                (from_state,),
                constants.FAILED,
                reason=reason,
                detail=detail,
            )
            if resize is None:
                return False
            _load_balancers.update(
                session,
                resize.load_balancer_id,
                provisioning_status=octavia_constants.ERROR,
            )
    return True


def _transition(
    session: orm.Session,
    resize_id: str,
    from_states: Sequence[str],
    to_state: str,
    **values: Any,
) -> models.Resize | None:
    """Change the state, and return the resize if this call did it."""
    if not _resizes.transition(
        session, resize_id, from_states, to_state, **values
    ):
        return None
    return _resizes.get_by_id(session, resize_id)
