# SPDX-License-Identifier: Apache-2.0

"""Tasks that have the old amphorae give up the traffic."""

from collections.abc import Callable
from concurrent import futures
import threading
from typing import Any

from oslo_log import log as logging
from taskflow import task

from octavia_resize.lifecycle import progress
from octavia_resize.worker import amphora
from octavia_resize.worker import loading
from octavia_resize.worker import retirement
from octavia_resize.worker.tasks import record

LOG = logging.getLogger(__name__)

_ANNOUNCE_SECONDS = 0.05


class RetireOldAmphorae(record.RecordTask):
    """Take the old amphorae out of service, as far as Octavia knows.

    They are nobody's peers from here on. A failure of the switch has them
    serve again in one place: the revert of this task.
    """

    def execute(self, new_ids: list[str]) -> None:
        """Mark them PENDING_DELETE, and do not have them failed over.

        :raises Stopped: The resize is not the caller's.
        """
        self._fence.change(progress.retire)

    def revert(self, new_ids: list[str], **kwargs: Any) -> None:
        """Have them serve again, unless the resize is another worker's."""
        retirement.restore(self._fence.claim, new_ids)


class PollOldAmphorae(task.Task):
    """Find out which of the old amphorae are alive, and which has the VIP."""

    def execute(
        self, loadbalancer_id: str, old_ids: list[str]
    ) -> dict[str, bool | None]:
        """Return whether an amphora has the VIP, by its ID.

        :returns: None for an amphora that does not answer.
        """
        old = amphora.select(
            loading.get_load_balancer(loadbalancer_id), old_ids
        )
        # That one is dead is known after seconds.
        with futures.ThreadPoolExecutor() as pool:
            holds = pool.map(amphora.Amphora.holds_vip, old)
            return {
                one.id: holds_vip
                for one, holds_vip in zip(old, holds, strict=True)
            }


class PrepareOldPair(task.Task):
    """Have the old pair ready to give the VIP up at once.

    The old standby is stopped: it would take over when the old master stops.
    The old master announces the VIP now, and so not again within the seconds
    in which both masters have the VIP: the next periodic gratuitous ARP would
    break the connections to the new master.
    """

    def execute(
        self, loadbalancer_id: str, old_amphorae: dict[str, bool | None]
    ) -> None:
        load_balancer = loading.get_load_balancer(loadbalancer_id)
        old = amphora.select(load_balancer, old_amphorae)
        for one in old:
            if old_amphorae[one.id] is False:
                one.stop_vrrp()
        for one in old:
            if old_amphorae[one.id]:
                one.announce_vip()


class StopOldMaster(task.Task):
    """Have the old master give the VIP up, which the new one has, too.

    Until then both serve, and clients go where the last gratuitous ARP has
    sent them: the old master's next one would break their connections.
    """

    def execute(
        self,
        loadbalancer_id: str,
        old_amphorae: dict[str, bool | None],
        new_id: str,
    ) -> None:
        """Return when the old master has stopped.

        :param new_id: ID of the new master.
        """
        load_balancer = loading.get_load_balancer(loadbalancer_id)
        masters = amphora.select(
            load_balancer, [i for i, holds in old_amphorae.items() if holds]
        )
        (new,) = amphora.select(load_balancer, [new_id])

        def stop() -> None:
            for master in masters:
                master.close_connections()
                master.stop_vrrp()

        _announce_while(new, stop)


class CloseConnections(task.Task):
    """Close the connections to the old amphora, once the new one serves.

    A client that waits for an answer would not learn that it is over: its
    next packet would go to the new amphora, which refuses it, but a client
    that waits sends none.
    """

    def execute(
        self, loadbalancer_id: str, old_amphorae: dict[str, bool | None]
    ) -> None:
        """Return when they are closed. The old amphora serves new ones."""
        for old in amphora.select(
            loading.get_load_balancer(loadbalancer_id),
            [i for i, holds in old_amphorae.items() if holds],
        ):
            old.close_connections()


class DisconnectOldAmphorae(task.Task):
    """Take the old amphorae from the network before the new one serves.

    No client can connect until the new amphora is connected, so all else
    comes later. :func:`retirement.restore` undoes it.
    """

    def execute(
        self, loadbalancer_id: str, old_amphorae: dict[str, bool | None]
    ) -> None:
        for old in amphora.select(
            loading.get_load_balancer(loadbalancer_id), old_amphorae
        ):
            old.disable_port()


class StopOldAmphorae(task.Task):
    """Take the old amphorae from the network, once the new ones serve.

    An old amphora says that it has the VIP for as long as its port is
    enabled, which may be a minute: without haproxy it would refuse the clients
    that believe it. Whatever goes wrong, the new ones serve: nothing here
    fails.
    """

    def execute(
        self,
        loadbalancer_id: str,
        old_amphorae: dict[str, bool | None],
        new_id: str,
    ) -> None:
        """Disable their VIP ports, then stop what they run.

        :param new_id: ID of the new amphora that has the VIP.
        """
        try:
            load_balancer = loading.get_load_balancer(
                loadbalancer_id, with_listeners=True
            )
            (new,) = amphora.select(load_balancer, [new_id])
            old = amphora.select(load_balancer, old_amphorae)
            disabled = [one for one in old if one.disable_port()]
            for one in disabled:
                if old_amphorae[one.id] is not None:
                    one.stop_listeners()
            # An old one may have been the last to announce the VIP.
            new.announce_vip()
        except Exception:
            LOG.exception(
                'The old amphorae of load balancer %s were not all stopped',
                loadbalancer_id,
            )


def _announce_while(
    new: amphora.Amphora, function: Callable[[], object]
) -> None:
    """Announce the VIP again and again while a function runs.

    keepalived gives the VIP up at once when it is stopped, and ends a second
    later: had it just announced the VIP, clients would wait for that second.
    """
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    while thread.is_alive():
        new.announce_vip()
        thread.join(_ANNOUNCE_SECONDS)
