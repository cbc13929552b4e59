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

"""Takes old amphorae out of service, and has them serve again."""

from collections.abc import Iterable

from octavia.common import constants as octavia_constants
from octavia.db import models as octavia_models
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.worker import amphora


def retire(session: orm.Session, amphora_ids: Iterable[str]) -> None:
    """Mark amphorae PENDING_DELETE, and do not have them failed over."""
    _mark(
        session,
        dict.fromkeys(amphora_ids, octavia_constants.PENDING_DELETE),
        busy=True,
    )


def restore(claim: ownership.Claim, new_ids: list[str]) -> None:
    """Have the old amphorae serve again, as they did before the switch.

    The new ones lose their VIP ports first: from then on they answer nobody.
    Nothing is done for a resize that the caller does not own, or whose new
    amphorae serve.

    :param new_ids: IDs of the new amphorae.
    """
    before = transaction.make_persistently(_get_before, claim)
    if before is None:
        return
    load_balancer = amphora.load(claim.load_balancer_id, with_listeners=True)
    for new in amphora.select(load_balancer, new_ids):
        new.disable_port()
    if not transaction.make_persistently(_unmark, claim):
        return
    old_amphorae = amphora.select(load_balancer, before)
    for old in old_amphorae:
        old.enable_port()
    for old in old_amphorae:
        old.announce_vip()


def _get_before(
    session: orm.Session, claim: ownership.Claim
) -> dict[str, str] | None:
    """Return what is to be restored; None if nothing is the caller's."""
    resize = ownership.hold(session, claim)
    if resize is None or resize.phase == constants.PHASE_CLEANING_UP:
        return None
    return resize.get_kept()


def _unmark(session: orm.Session, claim: ownership.Claim) -> bool:
    resize = ownership.hold(session, claim)
    if resize is None:
        return False
    _mark(session, resize.get_kept(), busy=False)
    return True


def _mark(session: orm.Session, statuses: dict[str, str], busy: bool) -> None:
    """Set the status of some amphorae, and whether their health is watched.

    :param statuses: The status by amphora ID.
    :param busy: Whether Octavia's health manager leaves them alone.
    """
    model = octavia_models.Amphora
    for status in set(statuses.values()):
        ids = [i for i in statuses if statuses[i] == status]
        session.query(model).filter(model.id.in_(ids)).update(
            {'status': status}, synchronize_session=False
        )
    health = octavia_models.AmphoraHealth
    session.query(health).filter(health.amphora_id.in_(list(statuses))).update(
        {'busy': busy}, synchronize_session=False
    )
