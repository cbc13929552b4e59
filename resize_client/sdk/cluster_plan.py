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

"""Look before a resize: what would change, and what speaks against it."""

from collections.abc import Iterator
from collections.abc import Sequence
import dataclasses

from openstack import exceptions
from openstack.container_infrastructure_management.v1 import (
    cluster as _cluster,
)

from resize_client.sdk import cluster as _resize
from resize_client.sdk import control_plane
from resize_client.sdk import nodegroup as _nodegroup
from resize_client.sdk import service
from resize_client.sdk.check import Check


@dataclasses.dataclass(frozen=True)
class ResizePlan:
    """What a resize of one nodegroup would do."""

    #: The cluster as it is now
    cluster: _cluster.Cluster
    #: The nodegroup as it is now
    nodegroup: _nodegroup.NodeGroup
    #: How many nodes it is to have
    node_count: int
    #: Whether this very resize is going on already
    is_running: bool
    #: Whether there is nothing to do
    is_unchanged: bool
    #: The result of every check
    checks: tuple[Check, ...]
    #: What to think about before doing it all the same, sentences
    warnings: tuple[str, ...]
    #: The sizes on a safer way to it, empty when there is none
    steps: tuple[int, ...]

    @property
    def is_refused(self) -> bool:
        """Whether a check speaks against it."""
        return any(check.passed is False for check in self.checks)


def plan_resize(
    proxy: _resize.Proxy,
    cluster: str,
    node_count: int,
    *,
    nodegroup: str | None = None,
    nodes_to_remove: Sequence[str] | None = None,
) -> ResizePlan:
    """Check everything that can be checked before the request.

    :param proxy: The container infrastructure management service.
    :param cluster: The name or UUID of the cluster.
    :param node_count: How many nodes the nodegroup is to have.
    :param nodegroup: The name or UUID of the nodegroup, None for the default
        worker nodegroup.
    :param nodes_to_remove: The IDs of the servers to remove.
    :returns: The plan.
    :raises: :class:`~openstack.exceptions.NotFoundException` without such a
        cluster or nodegroup, :class:`~openstack.exceptions.DuplicateResource`
        when several clusters have that name.
    """
    found = find_cluster(proxy, cluster)
    group = _find_nodegroup(proxy, found, nodegroup)
    is_running = _resize.is_resizing_to(found, group, node_count)
    return ResizePlan(
        cluster=found,
        nodegroup=group,
        node_count=node_count,
        is_running=is_running,
        is_unchanged=_resize.is_at_rest_with(found, group, node_count)
        and not nodes_to_remove,
        checks=(
            _check_state(found),
            _check_node_count(group, node_count),
            _check_nodes_to_remove(group, nodes_to_remove),
        ),
        warnings=(
            () if is_running else tuple(_warnings(found, group, node_count))
        ),
        steps=_steps(group, node_count),
    )


def find_cluster(proxy: _resize.Proxy, name_or_id: str) -> _cluster.Cluster:
    """Find a cluster with one request.

    :param proxy: The container infrastructure management service.
    :param name_or_id: Its name or UUID.
    :returns: The cluster.
    :raises: :class:`~openstack.exceptions.NotFoundException` when there is
        none, :class:`~openstack.exceptions.DuplicateResource`, which lists
        their UUIDs, when several have that name.
    """
    not_found = (
        f"No cluster with the name or UUID '{name_or_id}' found; 'openstack "
        "coe cluster list' shows those that there are"
    )
    if not _can_be_a_name(name_or_id):
        raise exceptions.NotFoundException(not_found)
    try:
        return service.demand(proxy.get_cluster(name_or_id), 'status')
    except exceptions.NotFoundException as exc:
        if not service.is_from_service(exc):
            raise
        raise exceptions.NotFoundException(not_found) from exc
    except exceptions.ConflictException as exc:
        ids = [
            str(cluster.uuid)
            for cluster in proxy.clusters()
            if cluster.name == name_or_id
        ]
        raise exceptions.DuplicateResource(
            f"{len(ids)} clusters have the name '{name_or_id}'; give the UUID "
            f'of one: {", ".join(ids)}'
        ) from exc


def _find_nodegroup(
    proxy: _resize.Proxy, cluster: _cluster.Cluster, name_or_id: str | None
) -> _nodegroup.NodeGroup:
    found = None
    if name_or_id is None or _can_be_a_name(name_or_id):
        found = proxy.find_nodegroup(cluster, name_or_id)
    if found is not None:
        return service.demand(found, 'status')
    if name_or_id is None:
        raise exceptions.NotFoundException(
            f'{label(cluster)} has no default worker nodegroup; name one that '
            f"'openstack coe nodegroup list {cluster.id}' shows"
        )
    raise exceptions.NotFoundException(
        f"{label(cluster)} has no nodegroup with the name or UUID "
        f"'{name_or_id}'; 'openstack coe nodegroup list {cluster.id}' shows "
        'those that there are'
    )


def _can_be_a_name(text: str) -> bool:
    """Tell whether Magnum may know something by this.

    It would read the rest of a URL in what has a slash, quoted or not.
    """
    return bool(text) and '/' not in text


def _check_state(cluster: _cluster.Cluster) -> Check:
    status = str(cluster.status)
    if status in _resize.RESIZABLE:
        return Check(
            'state', True, f'{label(cluster)} is {status}', before=status
        )
    message = (
        f'{label(cluster)} is {status}, a state in which Magnum would accept '
        'the request and then drop it'
    )
    if status.endswith('_IN_PROGRESS') and not status.startswith('DELETE_'):
        message += '; run this again when that has ended'
    return Check('state', False, message, before=status)


def _check_node_count(
    nodegroup: _nodegroup.NodeGroup, node_count: int
) -> Check:
    name = 'node count'
    if nodegroup.is_control_plane:
        if control_plane.is_valid_size(node_count):
            return Check(name, True, f'{node_count} is an odd number')
        nearest = ' or '.join(
            str(size) for size in control_plane.nearest_valid_sizes(node_count)
        )
        return Check(
            name,
            False,
            f'Nodegroup {nodegroup.name} is a control plane, which cannot '
            f'have {node_count} nodes: etcd needs an odd number of members; '
            f'the nearest is {nearest}',
        )
    fewest = nodegroup.min_node_count or 0
    most = nodegroup.max_node_count
    if node_count < fewest:
        return Check(
            name,
            False,
            f'Nodegroup {nodegroup.name} must have {fewest} or more nodes, '
            f'not {node_count}',
        )
    if most and node_count > most:
        return Check(
            name,
            False,
            f'Nodegroup {nodegroup.name} must have {most} or fewer nodes, '
            f'not {node_count}; to raise the limit: openstack coe nodegroup '
            f'update {nodegroup.cluster_id} {nodegroup.id} replace '
            f'max_node_count={node_count}',
        )
    return Check(
        name,
        True,
        f'{node_count} is within the limits of nodegroup {nodegroup.name}',
    )


def _check_nodes_to_remove(
    nodegroup: _nodegroup.NodeGroup, nodes_to_remove: Sequence[str] | None
) -> Check:
    name = 'nodes to remove'
    if nodes_to_remove and nodegroup.is_control_plane:
        return Check(
            name,
            False,
            f'Nodegroup {nodegroup.name} is a control plane, of which the '
            'nodes to remove cannot be chosen',
        )
    return Check(name, True, 'The choice of nodes to remove is possible')


def _warnings(
    cluster: _cluster.Cluster,
    nodegroup: _nodegroup.NodeGroup,
    node_count: int,
) -> Iterator[str]:
    if str(cluster.status) == 'UPDATE_IN_PROGRESS':
        yield (
            f'{label(cluster)} is being updated already: of two resizes at '
            'the same time the earlier one may win'
        )
    if not nodegroup.is_control_plane:
        return
    if node_count > control_plane.LARGEST_ADVISED:
        yield (
            f'More than {control_plane.LARGEST_ADVISED} members slow etcd '
            'down, as each write waits for a majority of them'
        )
    if node_count > 1 and cluster.is_master_lb_enabled is False:
        yield (
            f'{label(cluster)} was created without master_lb_enabled: its '
            'API is reached through one node only, and fails with it'
        )
    if _steps(nodegroup, node_count):
        yield (
            f'From {nodegroup.node_count} to {node_count} nodes in one step '
            'removes more members than etcd may lose at once'
        )


def _steps(
    nodegroup: _nodegroup.NodeGroup, node_count: int
) -> tuple[int, ...]:
    if (
        not nodegroup.is_control_plane
        or not control_plane.is_valid_size(node_count)
        or nodegroup.node_count - node_count <= 2
    ):
        return ()
    return tuple(control_plane.steps(nodegroup.node_count, node_count))


def label(cluster: _cluster.Cluster) -> str:
    """Name a cluster in a message.

    :param cluster: The cluster.
    :returns: Such as ``Cluster dev (d0a51a71-…)``.
    """
    return f'Cluster {cluster.name} ({cluster.id})'
