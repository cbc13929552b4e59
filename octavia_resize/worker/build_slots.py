# SPDX-License-Identifier: Apache-2.0

"""The slots of [haproxy_amphora] build_rate_limit, which all builds share.

Octavia itself releases a slot only when the server of an amphora is ACTIVE.
A build of Octavia that has waited for too long frees all slots and deletes the
queue, though others still build, and two of them may take one slot.
"""

from collections.abc import Callable
from collections.abc import Iterable
import time

from octavia.common import exceptions
from octavia.controller.worker import amphora_rate_limit
from octavia.db import models as octavia_models
from oslo_config import cfg
from sqlalchemy import orm

from octavia_resize.db import transaction

CONF = cfg.CONF

#: Status of the request of an amphora that has a slot.
_BUILDING = 'BUILDING'
#: Status of one that has none yet.
_WAITING = 'WAITING'


class BuildSlots(amphora_rate_limit.AmphoraBuildRateLimit):
    """As Octavia's, but an amphora releases only a slot that it has."""

    def __init__(self, check: Callable[[], None] = lambda: None) -> None:
        """Create the slots.

        :param check: Called while an amphora waits; ends the wait with what
            it raises.
        """
        super().__init__()
        self._check = check

    def add_to_build_request_queue(
        self, amphora_id: str, build_priority: int
    ) -> None:
        """Wait until an amphora has a slot, as long as others get slots.

        :raises ComputeBuildQueueTimeoutException: No build has begun or ended
            for ``build_active_retries`` times ``build_retry_interval``
            seconds.
        """
        # A task that is repeated has a request already.
        self.remove_from_build_req_queue(amphora_id)
        options = CONF.haproxy_amphora
        building: set[str] = set()
        polls = 0
        while not transaction.run(_take, amphora_id, build_priority):
            self._check()
            before, building = building, transaction.run(_get_building)
            polls = polls + 1 if building == before else 0
            if polls >= options.build_active_retries:
                raise exceptions.ComputeBuildQueueTimeoutException()
            time.sleep(options.build_retry_interval)

    def remove_from_build_req_queue(self, amphora_id: str) -> None:
        """Release the slot of an amphora, or its place in the queue."""
        transaction.run(release, amphora_id)


def _take(session: orm.Session, amphora_id: str, priority: int) -> bool:
    """Give a free slot to an amphora whose turn it is.

    The amphora gets a place in the queue, if it has none: a build of Octavia's
    that has waited for too long deletes all.
    """
    request = octavia_models.AmphoraBuildRequest
    slots = (
        session.query(octavia_models.AmphoraBuildSlots)
        .populate_existing()
        .with_for_update()
        .one()
    )
    requests = session.query(request)
    if not requests.filter_by(amphora_id=amphora_id).count():
        session.add(
            request(amphora_id=amphora_id, priority=priority, status=_WAITING)
        )
        session.flush()
    (first,) = (
        session.query(request.amphora_id)
        .filter_by(status=_WAITING)
        .order_by(request.priority, request.created_time, request.amphora_id)
        .first()
    )
    limit = CONF.haproxy_amphora.build_rate_limit
    if first != amphora_id or slots.slots_used >= limit:
        return False
    slots.slots_used += 1
    requests.filter_by(amphora_id=amphora_id).update({'status': _BUILDING})
    return True


def _get_building(session: orm.Session) -> set[str]:
    """Return the IDs of the amphorae that have a slot."""
    request = octavia_models.AmphoraBuildRequest
    rows = session.query(request.amphora_id).filter_by(status=_BUILDING)
    return {amphora_id for (amphora_id,) in rows}


def release_all(amphora_ids: Iterable[str]) -> None:
    """Release the slots of amphorae whose builds have ended.

    :param amphora_ids: Also IDs of amphorae that have none.
    """
    for amphora_id in amphora_ids:
        transaction.run(release, amphora_id)


def release(session: orm.Session, amphora_id: str) -> None:
    """Delete the build request of an amphora, and free its slot.

    Nothing is changed for an amphora without a request: its slot was released
    together with the request.
    """
    request = octavia_models.AmphoraBuildRequest
    slots = octavia_models.AmphoraBuildSlots
    requests = session.query(request).filter_by(amphora_id=amphora_id)
    # Deleting rows that do not exist would lock a gap in MariaDB.
    if not requests.count():
        return
    has_slot = requests.filter_by(status=_BUILDING).delete()
    requests.delete()
    if has_slot:
        session.query(slots).filter(slots.slots_used > 0).update(
            {slots.slots_used: slots.slots_used - 1}
        )
