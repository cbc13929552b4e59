# SPDX-License-Identifier: Apache-2.0

"""Tasks that share session persistence between the old and the new pair.

They are used if haproxy keeps a table of the sessions of a pool. The amphorae
serve without it, too, so no task fails.
"""

from collections.abc import Collection
from typing import Any

from taskflow import task

from octavia_resize.worker import amphora
from octavia_resize.worker import loading


class ShareSessions(task.Task):
    """Make the new pair peers of the old pair.

    The new haproxies request the sessions when they start, and get each new
    session until the VIP has moved.
    """

    def execute(
        self, loadbalancer_id: str, old_ids: list[str], new_ids: list[str]
    ) -> None:
        for old in _set_peers(loadbalancer_id, old_ids, [*old_ids, *new_ids]):
            old.reload()

    def revert(
        self, loadbalancer_id: str, old_ids: list[str], **kwargs: Any
    ) -> None:
        _set_peers(loadbalancer_id, old_ids, old_ids)


class ForgetOldPair(task.Task):
    """Remove the old pair from the peers of the new pair.

    haproxy reads this with the next change of the load balancer: a reload now
    would close connections.
    """

    def execute(self, loadbalancer_id: str, new_ids: list[str]) -> None:
        _set_peers(loadbalancer_id, new_ids, new_ids)


def _set_peers(
    load_balancer_id: str,
    amphora_ids: Collection[str],
    peer_ids: Collection[str],
) -> list[amphora.Amphora]:
    """Configure the peers of some amphorae, which are among the peers.

    :returns: The amphorae that were configured.
    """
    load_balancer = loading.get_load_balancer(load_balancer_id)
    peers = amphora.select(load_balancer, peer_ids)
    changed = [one for one in peers if one.id in amphora_ids]
    for one in changed:
        one.set_peers(peers)
    return changed
