# SPDX-License-Identifier: Apache-2.0

"""The clusters of Magnum: what openstacksdk's proxy lacks."""

from collections.abc import Callable
from collections.abc import Generator
from collections.abc import Sequence
from typing import Any
from typing import Unpack

from openstack.container_infrastructure_management.v1 import _proxy
from openstack.container_infrastructure_management.v1 import (
    cluster as _base_cluster,
)
import requests

from resize_client.sdk import http
from resize_client.sdk import rollout
from resize_client.sdk import wait as _wait
from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import find
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import plan
from resize_client.sdk.container_infra import request
from resize_client.sdk.container_infra import steps
from resize_client.sdk.container_infra import waiting
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.resize_state import Snapshot


class Proxy(http.BoundedProxy, _proxy.Proxy):
    """openstacksdk's container infrastructure management proxy, and resizing.

    .. code-block:: python

        import openstack
        from resize_client.sdk import connection

        conn = connection.extend(openstack.connect(cloud='mycloud'))
        magnum = conn.container_infrastructure_management
        cluster = magnum.get_cluster('dev')
        nodegroup = magnum.resize_cluster(
            cluster, 3, nodegroup='default-master', wait=True
        )
        print(nodegroup.status, nodegroup.node_count)
    """

    requests_made = (
        'GET /v1/clusters/*',
        'GET /v1/clusters/*/nodegroups',
        'GET /v1/clusters/*/nodegroups/*',
        'POST /v1/clusters/*/actions/resize',
    )

    def request(
        self, url: str, method: str, *args: Any, **kwargs: Any
    ) -> requests.Response:
        # The one name of itself that each Magnum knows in the header.
        kwargs.setdefault('microversion_service_type', 'container-infra')
        return super().request(url, method, *args, **kwargs)

    def get_cluster(
        self, cluster: str | _base_cluster.Cluster
    ) -> _cluster.Cluster:
        """Get a single cluster

        :param cluster: The cluster, its UUID or its name.
        :returns: The cluster as it is now, a new object.
        :raises: :class:`~openstack.exceptions.NotFoundException` without
            such a cluster, :class:`~openstack.exceptions.ConflictException`
            when several have that name, :class:`ValueError` when the answer
            isn't Magnum's.
        """
        return find.get_cluster(self, cluster)

    def nodegroups(
        self, cluster: str | _base_cluster.Cluster, **query: Any
    ) -> Generator[_nodegroup.NodeGroup, None, None]:
        """Retrieve a generator of the nodegroups of a cluster

        :param cluster: The cluster, its UUID or its name.
        :param query: Optional query parameters: ``role``.
        :returns: A generator of nodegroups, without their limits.
        """
        return find.nodegroups(self, cluster, **query)

    def get_nodegroup(
        self,
        cluster: str | _base_cluster.Cluster,
        nodegroup: str | _nodegroup.NodeGroup,
    ) -> _nodegroup.NodeGroup:
        """Get a single nodegroup of a cluster

        :param cluster: The cluster, its UUID or its name.
        :param nodegroup: The nodegroup, its UUID or its name.
        :returns: The nodegroup as it is now, a new object.
        :raises: :class:`~openstack.exceptions.NotFoundException` without
            such a nodegroup, :class:`ValueError` when the answer isn't
            Magnum's.
        """
        return find.get_nodegroup(self, cluster, nodegroup)

    def find_nodegroup(
        self,
        cluster: str | _base_cluster.Cluster,
        name_or_id: str | None = None,
        ignore_missing: bool = True,
    ) -> _nodegroup.NodeGroup | None:
        """Find a single nodegroup of a cluster

        :param cluster: The cluster, its UUID or its name.
        :param name_or_id: The name or UUID of the nodegroup, None for the
            one that Magnum resizes when none is named: the default worker
            nodegroup.
        :param ignore_missing: When set to ``False``
            :class:`~openstack.exceptions.NotFoundException` will be raised
            when the nodegroup does not exist. When set to ``True``, None will
            be returned.
        :returns: The nodegroup or None.
        """
        return find.find_nodegroup(self, cluster, name_or_id, ignore_missing)

    def resize_cluster(
        self,
        cluster: str | _base_cluster.Cluster,
        node_count: int,
        *,
        nodegroup: str | _nodegroup.NodeGroup | None = None,
        nodes_to_remove: Sequence[str] | None = None,
        wait: bool = False,
        **options: Unpack[waiting.Options],
    ) -> _nodegroup.NodeGroup:
        """Change the number of nodes of a nodegroup, without a check before.

        Magnum accepts a request before it checks the cluster's state, and
        drops it later in some states, such as CREATE_FAILED: only a wait shows
        it. When the answer is lost, the nodegroup shows whether Magnum has
        received the request.

        :param cluster: The cluster, as it was just read, its UUID or its
            name.
        :param node_count: The number of nodes to resize the nodegroup to; for
            a control plane an odd number.
        :param nodegroup: The nodegroup, as it was just read, its UUID or its
            name; None for the default worker nodegroup.
        :param nodes_to_remove: The IDs of the servers to remove.
        :param wait: Whether to wait for the end.
        :param options: ``interval``, ``timeout`` and ``callback`` of
            :meth:`wait_for_cluster_resize`.
        :returns: The nodegroup, as it was seen last: with that many nodes and
            complete, or as before the request without ``wait``.
        :raises: :class:`~openstack.exceptions.BadRequestException` when the
            count isn't one that the nodegroup may have, or the cluster's
            driver can't resize a control plane,
            :class:`~openstack.exceptions.ForbiddenException` without the
            right to,
            :class:`~openstack.exceptions.NotFoundException` without such a
            cluster or nodegroup,
            :class:`~openstack.exceptions.HttpException` with status 406 when
            Magnum is too old. After a 5xx, a connection that broke, or a
            :class:`ValueError` (the answer isn't Magnum's) the request has
            not been accepted as far as can be found out. With ``wait`` also
            as :meth:`wait_for_cluster_resize`.
        """
        outcome = plan.unchecked_resize(
            self,
            cluster,
            node_count,
            nodegroup=nodegroup,
            nodes_to_remove=nodes_to_remove,
        )
        outcome = request.send(self, outcome)
        return waiting.finish(self, outcome, wait, **options)

    def check_and_resize_cluster(
        self,
        cluster: str | _base_cluster.Cluster,
        node_count: int,
        *,
        nodegroup: str | _nodegroup.NodeGroup | None = None,
        nodes_to_remove: Sequence[str] | None = None,
        force: bool = False,
        wait: bool = False,
        **options: Unpack[waiting.Options],
    ) -> _nodegroup.NodeGroup:
        """Check a nodegroup, then change its number of nodes.

        As the command does: no request is sent for what Magnum would refuse
        or drop, nor for what is done or in progress already.

        :param cluster: See :meth:`resize_cluster`.
        :param node_count: See :meth:`resize_cluster`.
        :param nodegroup: See :meth:`resize_cluster`.
        :param nodes_to_remove: See :meth:`resize_cluster`.
        :param force: Whether to leave an even size of a control plane to the
            cluster's driver, and to make one smaller that isn't healthy.
        :param wait: Whether to wait for the end.
        :param options: ``interval``, ``timeout`` and ``callback`` of
            :meth:`wait_for_cluster_resize`.
        :returns: As :meth:`resize_cluster`.
        :raises: :class:`Refusal` when a check refuses the resize,
            :class:`~openstack.exceptions.DuplicateResource` when several
            clusters have that name; otherwise as :meth:`resize_cluster`.
        """
        outcome = plan.plan_resize(
            self,
            http.id_of(cluster),
            node_count,
            nodegroup=None if nodegroup is None else http.id_of(nodegroup),
            nodes_to_remove=nodes_to_remove,
            force=force,
        )
        outcome = request.send(self, request.find_running(self, outcome))
        return waiting.finish(self, outcome, wait, **options)

    def resize_clusters(
        self,
        clusters: Sequence[str | _base_cluster.Cluster],
        node_count: int,
        *,
        nodegroup: str | None = None,
        force: bool = False,
        wait: bool = True,
        may_begin: Callable[[], bool] = lambda: True,
        callback: Callable[[Outcome], None] = lambda outcome: None,
        **limits: Unpack[rollout.LimitArguments],
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
        :param force: See :meth:`check_and_resize_cluster`.
        :param wait: Whether to wait until all have ended. Otherwise all
            requests are sent at once, and the limits don't count.
        :param may_begin: Called before further ones begin; when it returns
            False, none does.
        :param callback: Called with an outcome whenever it has changed or was
            polled, also from other threads.
        :param limits: The fields of
            :class:`~resize_client.sdk.rollout.Limits`: how many are in
            progress at a time, and when no further ones begin.
        :returns: The outcome of each: NOT_STARTED for those that did not
            begin; NOT_FOUND, AMBIGUOUS, FORBIDDEN or REFUSED with an error.
        :raises: :class:`ValueError` for an invalid limit; then nothing
            was changed, nor after any other exception of a GET.
        """
        checked = rollout.Limits(**limits)
        outcomes = plan.plan_resizes(
            self, clusters, node_count, nodegroup=nodegroup, force=force
        )
        return waiting.request_all(
            self, outcomes, checked, wait, may_begin, callback
        )

    def resize_control_plane_in_steps(
        self,
        cluster: str | _base_cluster.Cluster,
        node_count: int,
        *,
        nodegroup: str | _nodegroup.NodeGroup,
        force: bool = False,
        interval: float | None = None,
        timeout: float = _wait.DEFAULT_TIMEOUT,
        callback: Callable[[Outcome], None] = lambda outcome: None,
    ) -> _nodegroup.NodeGroup:
        """Make a control plane smaller in the safest steps, and wait for each.

        Each step, such as from 7 to 5, 3 and 1 nodes, begins when the cluster
        is healthy. Interrupted and called again, it continues.

        :param cluster: See :meth:`resize_cluster`.
        :param node_count: The number of nodes after all steps.
        :param nodegroup: See :meth:`resize_cluster`.
        :param force: See :meth:`check_and_resize_cluster`.
        :param interval: See :meth:`wait_for_cluster_resize`.
        :param timeout: Seconds after which to stop waiting, for all steps.
        :param callback: Called after each poll, with the :class:`Outcome` of
            the step so far.
        :returns: The nodegroup, with that many nodes, complete.
        :raises: See :meth:`check_and_resize_cluster`.
        """
        planned = steps.during_a_step(
            plan.plan_resize(
                self,
                http.id_of(cluster),
                node_count,
                nodegroup=http.id_of(nodegroup),
                force=force,
            )
        )
        outcome = steps.follow(
            self,
            planned,
            interval=interval,
            timeout=timeout,
            callback=callback,
        )
        return waiting.finish(self, outcome)

    def wait_for_cluster_resize(
        self,
        cluster: _base_cluster.Cluster,
        nodegroup: _nodegroup.NodeGroup,
        node_count: int,
        *,
        interval: float | None = None,
        timeout: float = _wait.DEFAULT_TIMEOUT,
        callback: waiting.Callback | None = None,
    ) -> _nodegroup.NodeGroup:
        """Wait until a requested resize has ended.

        :param cluster: The cluster as it was before the request.
        :param nodegroup: The nodegroup as it was before the request. Values
            unchanged since then are not taken as the result.
        :param node_count: The number of nodes that was requested.
        :param interval: Seconds between polls, None for ever longer ones.
        :param timeout: Seconds after which to stop waiting; the resize
            continues.
        :param callback: Called after each poll, with a :class:`Snapshot` of
            cluster and nodegroup, whose ``health`` has the nodes that are
            ready, and with the state that they show.
        :returns: The nodegroup, with that many nodes, complete.
        :raises: :class:`~openstack.exceptions.ResourceFailure` when it ended
            otherwise, or was dropped,
            :class:`OutcomeUnknown` when Magnum doesn't show how it has ended,
            :class:`~openstack.exceptions.ResourceTimeout` when it hasn't
            ended, or begun, in time.
        """
        return waiting.end(
            self,
            Snapshot(cluster, nodegroup),
            node_count,
            interval=interval,
            timeout=timeout,
            callback=callback,
        )
