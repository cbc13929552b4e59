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

"""Resize clusters: what openstacksdk's proxy for Magnum lacks."""

from collections.abc import Callable
from collections.abc import Generator
from collections.abc import Iterator
from collections.abc import Sequence
import time
from typing import Any

from keystoneauth1 import adapter
from openstack import exceptions
from openstack import resource
from openstack import utils
from openstack.container_infrastructure_management.v1 import _proxy
from openstack.container_infrastructure_management.v1 import (
    cluster as _cluster,
)
import requests

from resize_client.sdk import nodegroup as _nodegroup
from resize_client.sdk import service
from resize_client.sdk import wait

#: Seconds within which Magnum's conductor has to take up a request
TAKE_UP_TIMEOUT = 60.0

#: Seconds within which a request shows that its answer only was lost
LOST_ANSWER_TIMEOUT = 5.0

#: The states in which Magnum's conductor takes up a resize. In all others it
#: drops the request after the API has accepted it, and tells nobody.
RESIZABLE = (
    'CREATE_COMPLETE',
    'UPDATE_COMPLETE',
    'RESUME_COMPLETE',
    'RESTORE_COMPLETE',
    'ROLLBACK_COMPLETE',
    'SNAPSHOT_COMPLETE',
    'CHECK_COMPLETE',
    'ADOPT_COMPLETE',
    'UPDATE_FAILED',
    'UPDATE_IN_PROGRESS',
)

_RESIZE_MICROVERSION = '1.7'
_NODEGROUP_MICROVERSION = '1.9'
_ZERO_NODES_MICROVERSION = '1.10'


class Cluster(_cluster.Cluster):
    """A cluster which can be resized."""

    #: The UUID of the cluster. openstacksdk doesn't inherit an alternate ID.
    uuid = resource.Body('uuid', alternate_id=True)
    #: Why the cluster is in its state; openstacksdk looks for "reason"
    status_reason = resource.Body('status_reason')

    # The signature is another one: openstacksdk's has no nodegroup, and
    # fails after it has sent the request.
    def resize(
        self,
        session: adapter.Adapter,
        *,
        node_count: int,
        nodegroup: str | None = None,
        nodes_to_remove: Sequence[str] | None = None,
    ) -> str:
        """Ask for another number of nodes.

        :param session: The session to use for making this request.
        :param node_count: How many nodes the nodegroup is to have.
        :param nodegroup: The UUID or name of the nodegroup, None for the
            default worker nodegroup.
        :param nodes_to_remove: The IDs of the servers to remove.
        :returns: The UUID of the cluster.
        :raises: See :meth:`Proxy.resize_cluster`.
        """
        body: dict[str, Any] = {'node_count': node_count}
        if nodegroup is not None:
            body['nodegroup'] = nodegroup
        if nodes_to_remove:
            body['nodes_to_remove'] = list(nodes_to_remove)
        response = session.post(
            utils.urljoin(self.base_path, self.id, 'actions', 'resize'),
            json=body,
            microversion=(
                _RESIZE_MICROVERSION
                if node_count
                else _ZERO_NODES_MICROVERSION
            ),
            **service.ONCE,
        )
        exceptions.raise_from_response(
            response, error_message=f'Failed to resize cluster {self.id}'
        )
        service.demand_accepted(response)
        body = response.json()
        if 'uuid' not in body:
            raise ValueError('there is no uuid in it')
        return str(body['uuid'])


class Proxy(service.BoundedProxy, _proxy.Proxy):
    """openstacksdk's container infrastructure management proxy, and resizing.

    .. code-block:: python

        import openstack
        from resize_client.sdk import connection

        conn = connection.extend(openstack.connect(cloud='mycloud'))
        magnum = conn.container_infrastructure_management
        cluster = magnum.get_cluster('dev')
        nodegroup = magnum.get_nodegroup(cluster, 'default-master')
        magnum.resize_cluster(cluster, 3, nodegroup=nodegroup)
        nodegroup = magnum.wait_for_cluster_resize(cluster, nodegroup, 3)
        print(nodegroup.status, nodegroup.node_count)
    """

    def request(
        self, url: str, method: str, *args: Any, **kwargs: Any
    ) -> requests.Response:
        # The one name of itself that each Magnum knows in the header.
        kwargs.setdefault('microversion_service_type', 'container-infra')
        return super().request(url, method, *args, **kwargs)

    def get_cluster(self, cluster: str | _cluster.Cluster) -> Cluster:
        """Get a single cluster

        :param cluster: The cluster, its UUID or its name.
        :returns: The cluster as it is now, a new object.
        :raises: :class:`~openstack.exceptions.NotFoundException` without
            such a cluster, :class:`~openstack.exceptions.ConflictException`
            when several have that name.
        """
        # As its "id" a name would stay there when the answer has come.
        return Cluster.new(uuid=service.in_path(cluster)).fetch(self)

    def nodegroups(
        self, cluster: str | _cluster.Cluster, **query: Any
    ) -> Generator[_nodegroup.NodeGroup, None, None]:
        """Retrieve a generator of the nodegroups of a cluster

        :param cluster: The cluster, its UUID or its name.
        :param query: Optional query parameters: ``role``.
        :returns: A generator of nodegroups, without their limits.
        """
        return _nodegroup.NodeGroup.list(
            self,
            cluster_id=service.in_path(cluster),
            microversion=_NODEGROUP_MICROVERSION,
            **query,
        )

    def get_nodegroup(
        self,
        cluster: str | _cluster.Cluster,
        nodegroup: str | _nodegroup.NodeGroup,
    ) -> _nodegroup.NodeGroup:
        """Get a single nodegroup of a cluster

        :param cluster: The cluster, its UUID or its name.
        :param nodegroup: The nodegroup, its UUID or its name.
        :returns: The nodegroup as it is now, a new object.
        :raises: :class:`~openstack.exceptions.NotFoundException` without
            such a nodegroup.
        """
        return _nodegroup.NodeGroup.new(
            id=service.in_path(nodegroup), cluster_id=service.in_path(cluster)
        ).fetch(self, microversion=_NODEGROUP_MICROVERSION)

    def find_nodegroup(
        self,
        cluster: str | _cluster.Cluster,
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
        if name_or_id is None:
            name_or_id = self._default_worker_nodegroup_id(cluster)
            if name_or_id is None and not ignore_missing:
                raise exceptions.NotFoundException(
                    f'Cluster {service.id_of(cluster)} has no default worker '
                    'nodegroup'
                )
            if name_or_id is None:
                return None
        try:
            return self.get_nodegroup(cluster, name_or_id)
        except exceptions.NotFoundException as exc:
            if not ignore_missing or not service.is_from_service(exc):
                raise
            return None

    def _default_worker_nodegroup_id(
        self, cluster: str | _cluster.Cluster
    ) -> str | None:
        for nodegroup in self.nodegroups(cluster):
            if nodegroup.is_default and not nodegroup.is_control_plane:
                return str(nodegroup.id)
        return None

    def resize_cluster(
        self,
        cluster: str | _cluster.Cluster,
        node_count: int,
        *,
        nodegroup: str | _nodegroup.NodeGroup | None = None,
        nodes_to_remove: Sequence[str] | None = None,
    ) -> str:
        """Change the number of nodes of a nodegroup of a cluster.

        Magnum answers before it has looked at the cluster's state: to learn
        what became of the request, fetch cluster and nodegroup before it and
        give them to :meth:`wait_for_cluster_resize`.

        :param cluster: The cluster, its UUID or its name.
        :param node_count: How many nodes the nodegroup is to have; for a
            control plane an odd number.
        :param nodegroup: The nodegroup, its UUID or its name; None for the
            default worker nodegroup.
        :param nodes_to_remove: The IDs of the servers to remove.
        :returns: The UUID of the cluster.
        :raises: :class:`~openstack.exceptions.BadRequestException` when the
            count isn't one that the nodegroup may have, or the cluster's
            driver can't resize a control plane,
            :class:`~openstack.exceptions.ForbiddenException` without the
            right to,
            :class:`~openstack.exceptions.NotFoundException` without such a
            cluster or nodegroup,
            :class:`~openstack.exceptions.HttpException` with status 406 when
            Magnum is too old. After a 5xx, a connection that broke, or a
            :class:`ValueError` (the answer isn't Magnum's) the request may
            have been taken all the same: ask
            :meth:`is_cluster_resize_taken_up`.
        """
        return Cluster.existing(id=service.in_path(cluster)).resize(
            self,
            node_count=node_count,
            nodegroup=None if nodegroup is None else service.id_of(nodegroup),
            nodes_to_remove=nodes_to_remove,
        )

    def wait_for_cluster_resize(
        self,
        cluster: _cluster.Cluster,
        nodegroup: _nodegroup.NodeGroup,
        node_count: int,
        *,
        timeout: float = wait.DEFAULT_TIMEOUT,
        take_up_timeout: float = TAKE_UP_TIMEOUT,
        callback: Callable[[_cluster.Cluster, _nodegroup.NodeGroup], None]
        | None = None,
    ) -> _nodegroup.NodeGroup:
        """Wait until a resize that was asked for has ended.

        :param cluster: The cluster as it was before the request.
        :param nodegroup: The nodegroup as it was before the request. What
            still is as in these two isn't believed to be its outcome.
        :param node_count: How many nodes it is to have.
        :param timeout: Seconds after which to stop waiting; the resize goes
            on.
        :param take_up_timeout: Seconds after which a request that has
            changed nothing counts as dropped; and after which a resize that
            was going on already counts as done if nothing has changed and
            the cluster is complete, as some drivers leave nodegroups alone.
        :param callback: Called with the cluster and the nodegroup after each
            look.
        :returns: The nodegroup, with that many nodes, complete.
        :raises: :class:`~openstack.exceptions.ResourceFailure` when it ended
            otherwise, or was never taken up,
            :class:`~openstack.exceptions.ResourceTimeout` when it hasn't
            ended in time.
        """
        watch = _Watch(cluster, nodegroup, node_count)
        began = time.monotonic()
        for cluster_now, nodegroup_now in self._looks(
            cluster, nodegroup, timeout
        ):
            if callback is not None:
                callback(cluster_now, nodegroup_now)
            is_late = time.monotonic() - began >= take_up_timeout
            if watch.has_ended(cluster_now, nodegroup_now) or (
                is_late and watch.is_left_alone(cluster_now, nodegroup_now)
            ):
                return nodegroup_now
            if is_late and not watch.taken_up:
                raise exceptions.ResourceFailure(
                    f'Magnum accepted the request, but its conductor has not '
                    f'taken it up within {wait.count_seconds(take_up_timeout)}'
                    f': nodegroup {nodegroup_now.name} still has '
                    f'{_nodegroup.count(nodegroup_now.node_count)} and is '
                    f'{nodegroup_now.status}, cluster {cluster_now.name} is '
                    f'{cluster_now.status}',
                    extra_data=nodegroup_now,
                )
        raise RuntimeError('a wait ended without an outcome')

    def is_cluster_resize_taken_up(
        self,
        cluster: _cluster.Cluster,
        nodegroup: _nodegroup.NodeGroup,
        node_count: int,
        *,
        timeout: float = LOST_ANSWER_TIMEOUT,
        callback: Callable[[_cluster.Cluster, _nodegroup.NodeGroup], None]
        | None = None,
    ) -> bool:
        """Find out whether a request whose answer was lost was received.

        :param cluster: The cluster as it was before the request.
        :param nodegroup: The nodegroup as it was before the request.
        :param node_count: How many nodes it is to have.
        :param timeout: Seconds that the conductor gets to take it up.
        :param callback: Called with the cluster and the nodegroup after each
            look.
        :returns: True as soon as the nodegroup shows it, False when it
            hasn't by then.
        :raises: What the last look has raised if it has.
        """
        watch = _Watch(cluster, nodegroup, node_count)
        try:
            for cluster_now, nodegroup_now in self._looks(
                cluster, nodegroup, timeout
            ):
                if callback is not None:
                    callback(cluster_now, nodegroup_now)
                watch.has_ended(cluster_now, nodegroup_now)
                if watch.taken_up:
                    break
        except exceptions.ResourceFailure:
            # It was taken up, and has ended badly.
            return True
        except exceptions.ResourceTimeout as exc:
            if exc.__cause__ is not None:
                raise exc.__cause__ from None
        return watch.taken_up

    def _looks(
        self,
        cluster: _cluster.Cluster,
        nodegroup: _nodegroup.NodeGroup,
        timeout: float,
    ) -> Iterator[tuple[Cluster, _nodegroup.NodeGroup]]:
        return wait.rounds(
            lambda: (
                service.demand(self.get_cluster(cluster), 'status'),
                service.demand(
                    self.get_nodegroup(cluster, nodegroup), 'status'
                ),
            ),
            timeout=timeout,
        )


class _Watch:
    """Tells the outcome of a resize from what was there before it.

    The conductor saves the nodegroup first (count and state), calls the
    driver, and only then saves the cluster's state. Until then the cluster
    shows how some earlier operation has ended.
    """

    def __init__(
        self,
        cluster: _cluster.Cluster,
        nodegroup: _nodegroup.NodeGroup,
        node_count: int,
    ):
        self.cluster_before = cluster
        self.nodegroup_before = nodegroup
        self.node_count = node_count
        self._was_going_on = is_resizing_to(cluster, nodegroup, node_count)
        #: Whether the conductor has begun with the request
        self.taken_up = self._was_going_on
        self._seen_in_progress = self._was_going_on and _in_progress(cluster)
        self._cluster_seen_failed = False

    def has_ended(
        self, cluster: _cluster.Cluster, nodegroup: _nodegroup.NodeGroup
    ) -> bool:
        """Tell whether the nodegroup is what it was asked to become.

        :raises: ResourceFailure when the resize has ended otherwise.
        """
        before = self.nodegroup_before
        changed = _facts(nodegroup) != _facts(before)
        if _in_progress(cluster) and not _in_progress(self.cluster_before):
            self._seen_in_progress = True
        self.taken_up = self.taken_up or changed or self._seen_in_progress
        if not self.taken_up:
            return False

        if _failed(nodegroup) and (changed or self._seen_in_progress):
            raise self._failure(cluster, nodegroup)
        if _failed(cluster) and self._is_news(cluster):
            # On failure the conductor saves the cluster before it gives the
            # nodegroup its old count back: look once more.
            if not _in_progress(nodegroup) or self._cluster_seen_failed:
                raise self._failure(cluster, nodegroup)
            self._cluster_seen_failed = True
        if not _complete(cluster):
            return False
        if nodegroup.node_count == self.node_count:
            return _complete(nodegroup) or self._seen_in_progress
        if (
            _complete(nodegroup)
            and changed
            and not _in_progress(self.cluster_before)
        ):
            raise self._failure(cluster, nodegroup)
        return False

    def is_left_alone(
        self, cluster: _cluster.Cluster, nodegroup: _nodegroup.NodeGroup
    ) -> bool:
        """Tell whether a resize that was going on already shows no more.

        That is how it looks while the driver is being called, and for ever
        after the end with a driver that leaves nodegroups alone.
        """
        return (
            self._was_going_on
            and _complete(cluster)
            and _facts(nodegroup) == _facts(self.nodegroup_before)
        )

    def _is_news(self, cluster: _cluster.Cluster) -> bool:
        return (
            self._seen_in_progress
            or not _failed(self.cluster_before)
            or cluster.status_reason != self.cluster_before.status_reason
        )

    def _failure(
        self, cluster: _cluster.Cluster, nodegroup: _nodegroup.NodeGroup
    ) -> exceptions.ResourceFailure:
        reason = nodegroup.status_reason if _failed(nodegroup) else None
        reason = reason or cluster.status_reason
        message = (
            f'Nodegroup {nodegroup.name} of cluster {cluster.name} is '
            f'{nodegroup.status} with '
            f'{_nodegroup.count(nodegroup.node_count)}, the cluster is '
            f'{cluster.status}'
        )
        return exceptions.ResourceFailure(
            f'{message}: {reason}' if reason else message,
            extra_data=nodegroup,
        )


def is_resizing_to(
    cluster: _cluster.Cluster,
    nodegroup: _nodegroup.NodeGroup,
    node_count: int,
) -> bool:
    """Tell whether a nodegroup is just being resized to this count.

    :param cluster: The cluster.
    :param nodegroup: The nodegroup.
    :param node_count: How many nodes.
    :returns: True when it has that count and is not done with it.
    """
    return bool(
        nodegroup.node_count == node_count
        and _in_progress(nodegroup)
        and (_in_progress(cluster) or _complete(cluster))
    )


def is_at_rest_with(
    cluster: _cluster.Cluster,
    nodegroup: _nodegroup.NodeGroup,
    node_count: int,
) -> bool:
    """Tell whether a nodegroup has this count, with nothing left to mend.

    :param cluster: The cluster.
    :param nodegroup: The nodegroup.
    :param node_count: How many nodes.
    :returns: True when another resize to that count would do nothing.
    """
    return bool(
        nodegroup.node_count == node_count
        and _complete(nodegroup)
        and _complete(cluster)
    )


def _facts(nodegroup: _nodegroup.NodeGroup) -> tuple[Any, ...]:
    return (
        nodegroup.node_count,
        nodegroup.status,
        nodegroup.status_reason,
        nodegroup.updated_at,
    )


def _in_progress(
    subject: _cluster.Cluster | _nodegroup.NodeGroup,
) -> bool:
    return str(subject.status).endswith('_IN_PROGRESS')


def _complete(subject: _cluster.Cluster | _nodegroup.NodeGroup) -> bool:
    return str(subject.status).endswith('_COMPLETE')


def _failed(subject: _cluster.Cluster | _nodegroup.NodeGroup) -> bool:
    return str(subject.status).endswith('_FAILED')
