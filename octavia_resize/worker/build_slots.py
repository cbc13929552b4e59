# SPDX-License-Identifier: Apache-2.0

"""The slots of [haproxy_amphora] build_rate_limit, which all builds share.

Octavia itself gives a slot back only when the server of an amphora is ACTIVE.
"""

from collections.abc import Iterable

from octavia.controller.worker import amphora_rate_limit
from octavia.db import models as octavia_models
from sqlalchemy import orm

from octavia_resize.db import transaction

#: Status of the request of an amphora that has a slot.
_BUILDING = 'BUILDING'


class BuildSlots(amphora_rate_limit.AmphoraBuildRateLimit):
    """As Octavia's, but an amphora releases only a slot that it has."""

    def add_to_build_request_queue(
        self, amphora_id: str, build_priority: int
    ) -> None:
        """Wait until an amphora has a slot.

        :raises ComputeBuildQueueTimeoutException: No slot has become free.
        """
        # A task that is repeated has a request already.
        self.remove_from_build_req_queue(amphora_id)
        super().add_to_build_request_queue(amphora_id, build_priority)

    def remove_from_build_req_queue(self, amphora_id: str) -> None:
        """Release the slot of an amphora, or its place in the queue."""
        transaction.run(release, amphora_id)


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
