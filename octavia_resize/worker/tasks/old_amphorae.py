# SPDX-License-Identifier: Apache-2.0

"""Tasks that take the traffic from the old amphorae."""

from collections.abc import Callable
import threading
import time
from typing import Any

from oslo_log import log as logging
from taskflow import task

from octavia_resize.lifecycle import progress
from octavia_resize.worker import amphora
from octavia_resize.worker import loading
from octavia_resize.worker import retirement
from octavia_resize.worker import vip_move
from octavia_resize.worker.tasks import record

LOG = logging.getLogger(__name__)

_ANNOUNCE_SECONDS = 0.05
#: A new master takes the VIP after three adverts, of a second each.
_LAST_ANNOUNCE_SECONDS = 1.5


class RetireOldAmphorae(record.RecordTask):
    """Mark the old amphorae PENDING_DELETE.

    Octavia no longer takes them for peers of other amphorae. The revert of
    this task is the one place that restores them after a failed switch.
    """

    def execute(self, new_ids: list[str]) -> None:
        """Mark them PENDING_DELETE, which also prevents their failover.

        :raises Stopped: The resize is not the caller's.
        """
        self._fence.change(progress.retire)

    def revert(self, new_ids: list[str], **kwargs: Any) -> None:
        """Restore them, unless another worker runs the resize."""
        retirement.restore(self._fence.claim, new_ids)


class PollOldAmphorae(task.Task):
    """Poll which of the old amphorae are alive, and which has the VIP.

    That one is made ready to close its connections at once.
    """

    def execute(
        self, loadbalancer_id: str, old_ids: list[str]
    ) -> dict[str, bool | None]:
        """Return whether an amphora has the VIP, by its ID.

        :returns: None for an amphora that does not answer.
        """
        load_balancer = loading.get_load_balancer(loadbalancer_id)
        old = amphora.select(load_balancer, old_ids)
        holders = amphora.find_holders(old)
        for one in old:
            if holders[one.id]:
                one.prepare_to_close()
        return holders


class PrepareOldPair(task.Task):
    """Prepare the old pair for the release of the VIP.

    keepalived of the old standby is stopped: it would take the VIP when the
    old master stops. The old master announces the VIP shortly before the new
    one takes the VIP, so that its next periodic gratuitous ARP does not come
    while both masters have the VIP: it would break the connections to the new
    master.
    """

    def execute(
        self,
        loadbalancer_id: str,
        old_amphorae: dict[str, bool | None],
        new_id: str,
    ) -> None:
        """Return when the old pair is ready.

        :param new_id: ID of the new master. If that has the VIP already, as
            this task was repeated or took long, the old one announces nothing.
        """
        announces_at = time.monotonic() + _LAST_ANNOUNCE_SECONDS
        load_balancer = loading.get_load_balancer(loadbalancer_id)
        old = amphora.select(load_balancer, old_amphorae)
        for one in old:
            if old_amphorae[one.id] is False:
                one.stop_vrrp()
        time.sleep(max(0.0, announces_at - time.monotonic()))
        (new,) = amphora.select(load_balancer, [new_id])
        if new.holds_vip():
            return
        for one in old:
            if old_amphorae[one.id]:
                one.announce_vip()


class StopOldMaster(task.Task):
    """Stop keepalived of the old master, once the new master has the VIP.

    Until then both masters serve, and the last gratuitous ARP decides which
    one gets a client's packets: the next one of the old master would break
    connections to the new master. The connections to the old master are
    closed before or after it has released the VIP
    (:func:`vip_move.releases_first`).
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
        old = amphora.select(load_balancer, old_amphorae)
        (new,) = amphora.select(load_balancer, [new_id])
        releases_first = vip_move.releases_first(load_balancer)

        def stop() -> None:
            for one in old:
                if old_amphorae[one.id]:
                    steps = [one.close_connections, one.stop_vrrp]
                    for step in reversed(steps) if releases_first else steps:
                        step()
            # A worker that was killed may have made one release the VIP.
            for one in old:
                if old_amphorae[one.id] is False:
                    one.close_connections()

        _announce_while(new, stop)


class CloseConnections(task.Task):
    """Close the connections to the old amphora, once the new one serves.

    A client that waits for a response would wait forever: only its next packet
    would reach the new amphora, which would reset the connection.
    """

    def execute(
        self, loadbalancer_id: str, old_amphorae: dict[str, bool | None]
    ) -> None:
        """Close the connections. The old amphora still serves new ones."""
        for old in amphora.select(
            loading.get_load_balancer(loadbalancer_id),
            [i for i, holds in old_amphorae.items() if holds],
        ):
            old.close_connections()


class DisconnectSilentAmphorae(task.Task):
    """Disable the VIP ports of the old pair's amphorae that do not answer.

    keepalived may run where the agent does not: that amphora would take the
    VIP when the old master stops, and announce the VIP again and again. If no
    amphora answers that has the VIP, the ports stay enabled until the new pair
    serves: an amphora that does not answer may be the master.
    """

    def execute(
        self, loadbalancer_id: str, old_amphorae: dict[str, bool | None]
    ) -> None:
        if not any(old_amphorae.values()):
            return
        for old in amphora.select(
            loading.get_load_balancer(loadbalancer_id),
            [i for i, holds in old_amphorae.items() if holds is None],
        ):
            old.disable_port()


class DisconnectOldAmphorae(task.Task):
    """Disable the VIP ports of old amphorae before the new one serves.

    No client can connect until the port of the new amphora is enabled, so all
    other steps come later. :func:`retirement.restore` enables the ports again.
    """

    def execute(
        self, loadbalancer_id: str, old_amphorae: dict[str, bool | None]
    ) -> None:
        for old in amphora.select(
            loading.get_load_balancer(loadbalancer_id), old_amphorae
        ):
            old.disable_port()


class StopOldAmphorae(task.Task):
    """Disable the VIP ports of old amphorae, once the new ones serve.

    An old amphora answers ARP for the VIP until its port is disabled, which
    may take a minute; without haproxy it would refuse clients. So haproxy is
    stopped after the port is disabled. The new amphorae serve already, so a
    failure here is only logged.
    """

    def execute(
        self,
        loadbalancer_id: str,
        old_amphorae: dict[str, bool | None],
        new_id: str,
    ) -> None:
        """Disable their VIP ports, then stop the programs that serve.

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
            # The last announcement of the VIP may be an old amphora's.
            new.announce_vip()
        except Exception:
            LOG.exception(
                'The old amphorae of load balancer %s were not all stopped',
                loadbalancer_id,
            )


def _announce_while(
    new: amphora.Amphora, function: Callable[[], object]
) -> None:
    """Announce the VIP repeatedly while a function runs.

    A keepalived that is stopped releases the VIP at once, and ends a second
    later. If its last announcement was the last one of all, clients would wait
    for that second.
    """
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    while thread.is_alive():
        new.announce_vip()
        thread.join(_ANNOUNCE_SECONDS)
