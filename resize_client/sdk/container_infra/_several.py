# SPDX-License-Identifier: Apache-2.0

"""Resizing several clusters."""

from collections.abc import Callable
from collections.abc import Sequence
import datetime

from openstack.container_infrastructure_management.v1 import _proxy
from openstack.container_infrastructure_management.v1 import (
    cluster as _base_cluster,
)

from resize_client.sdk import http
from resize_client.sdk import rollout
from resize_client.sdk import wait as _wait
from resize_client.sdk.container_infra import plan
from resize_client.sdk.container_infra import request
from resize_client.sdk.container_infra import waiting
from resize_client.sdk.container_infra.outcome import Outcome


class SeveralProxy(http.BoundedProxy, _proxy.Proxy):
    """The part of :class:`Proxy` that resizes several clusters."""

    def resize_clusters(
        self,
        clusters: Sequence[str | _base_cluster.Cluster],
        node_count: int,
        *,
        nodegroup: str | None = None,
        force: bool = False,
        wait: bool = True,
        max_in_progress: int = rollout.DEFAULT_MAX_IN_PROGRESS,
        canary: int = 0,
        max_failures: int = 1,
        until: datetime.datetime | None = None,
        interval: float | None = None,
        timeout: float = _wait.DEFAULT_TIMEOUT,
        may_begin: Callable[[], bool] = lambda: True,
        callback: Callable[[Outcome], None] = lambda outcome: None,
    ) -> list[Outcome]:
        """Check several clusters, then resize one nodegroup of each.

        As the command does: if one is refused, none is changed. For those
        that have the size, or are being resized to it, no request is sent;
        the latter count as in progress. Each is checked once more when its
        turn comes. Called again, it continues where it has stopped.

        :param clusters: Their names or UUIDs.
        :param node_count: The number of nodes to resize each nodegroup to;
            for a control plane an odd number.
        :param nodegroup: The name of the nodegroup in each cluster; None for
            its default worker nodegroup.
        :param force: See :meth:`Proxy.check_and_resize_cluster`.
        :param wait: Whether to wait until all have ended. Otherwise all
            requests are sent at once, and the following limits don't count.
        :param max_in_progress: How many are in progress at a time, 0 for all.
        :param canary: How many must have ended well before others begin.
        :param max_failures: After so many failures, and after one of the
            canaries, no further ones begin.
        :param until: When no further ones begin, with a time zone.
        :param interval: Seconds between polls, None for what suits the time
            that a resize takes.
        :param timeout: Seconds after which to stop waiting for one of them,
            from its begin; the resize continues, and keeps its place.
        :param may_begin: Called before further ones begin; when it returns
            False, none does.
        :param callback: Called with an outcome whenever it has changed or was
            polled, also from other threads.
        :returns: The outcome of each: NOT_STARTED for those that did not
            begin; NOT_FOUND, AMBIGUOUS, FORBIDDEN or REFUSED with an error.
        :raises: :class:`ValueError` for a limit that is none; then nothing
            was changed, nor after any other exception of a GET.
        """
        limits = rollout.Limits(
            max_in_progress=max_in_progress,
            canary=canary,
            max_failures=max_failures,
            until=until,
            interval=interval,
            timeout=timeout,
        )
        outcomes = plan.plan_resizes(
            self, clusters, node_count, nodegroup=nodegroup, force=force
        )
        if any(outcome.error is not None for outcome in outcomes):
            return outcomes
        if not wait:
            return request.send_all(self, outcomes, callback)
        return waiting.roll_out(
            self, outcomes, limits, may_begin=may_begin, callback=callback
        )
