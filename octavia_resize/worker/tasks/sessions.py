# SPDX-License-Identifier: Apache-2.0

"""Tasks that keep each client of a pair with the member it had.

That matters where a pool has a session persistence that haproxy remembers.
Whatever goes wrong here, the amphorae serve: nothing fails.
"""

from collections.abc import Collection
from typing import Any

from taskflow import task

from octavia_resize.worker import amphora
from octavia_resize.worker import loading


class ShareSessions(task.Task):
    """Have the old pair tell the new one where each client goes.

    The new haproxies ask for that when they start, and hear of each new
    client until the VIP has moved.
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
    """Write that the new pair shares with each other only.

    haproxy reads that with the next change. It serves now, and a reload would
    close connections.
    """

    def execute(self, loadbalancer_id: str, new_ids: list[str]) -> None:
        _set_peers(loadbalancer_id, new_ids, new_ids)


def _set_peers(
    load_balancer_id: str,
    amphora_ids: Collection[str],
    peer_ids: Collection[str],
) -> list[amphora.Amphora]:
    """Write the peers of some amphorae, which are among them.

    :returns: Those amphorae.
    """
    load_balancer = loading.get_load_balancer(load_balancer_id)
    peers = amphora.select(load_balancer, peer_ids)
    asked = [one for one in peers if one.id in amphora_ids]
    for one in asked:
        one.set_peers(peers)
    return asked
