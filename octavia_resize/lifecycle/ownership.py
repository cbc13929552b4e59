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

"""Who runs a resize, and shows that it is alive."""

from collections.abc import Iterable
from typing import NamedTuple

from oslo_utils import timeutils
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize import reason as reasons
from octavia_resize.db import models
from octavia_resize.lifecycle import rows


class Claim(NamedTuple):
    """What names a resize and tells that the caller may change it."""

    load_balancer_id: str
    resize_id: str
    #: Who runs the resize; None for the controllers of other providers.
    owner: str | None = None


def hold(session: orm.Session, claim: Claim) -> models.Resize | None:
    """Return a resize in progress to its owner, who may change it.

    Nobody else can change it, or the load balancer, before the transaction
    ends. If the load balancer is no longer PENDING_UPDATE, somebody else has
    it: then a resize that is building is rolled back, which deletes no more
    than what the resize has built, and any other has ended.
    """
    load_balancer = rows.lock(session, claim.load_balancer_id)
    resize = rows.get(session, claim.resize_id)
    if (
        resize is None
        or resize.state not in constants.IN_PROGRESS_STATES
        or resize.owner != claim.owner
    ):
        return None
    if resize.reason != reasons.CHANGED and (
        load_balancer is None or not load_balancer.is_pending_update
    ):
        rows.abandon(resize)
        if resize.state not in constants.IN_PROGRESS_STATES:
            return None
    return resize


def take_over(
    session: orm.Session, resize: models.Resize, owner: str
) -> Claim | None:
    """Give a resize that shows no sign of life to a new owner.

    :param resize: The resize as it was last seen.
    :returns: What the new owner has; None if the resize has moved.
    """
    claim = Claim(resize.load_balancer_id, resize.id, owner)
    rows.lock(session, claim.load_balancer_id)
    found = rows.get(session, claim.resize_id)
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


def hand_over(session: orm.Session, claim: Claim, owner: str) -> None:
    """Give a resize to another owner, if it is the caller's."""
    resize = hold(session, claim)
    if resize is not None:
        resize.owner = owner


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
