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
import contextlib
import dataclasses
from typing import TYPE_CHECKING

from openstack import exceptions
from openstack.container_infrastructure_management.v1 import (
    cluster as _cluster,
)

from resize_client.sdk import faults
from resize_client.sdk.container_infra import control_plane
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra import text

if TYPE_CHECKING:
    from resize_client.sdk.container_infra import _proxy

#: The largest number that Magnum's database holds. Its API takes larger
#: ones, and its conductor fails with them.
_LARGEST_COUNT = 2**31 - 1

_LIST_CLUSTERS = "'openstack coe cluster list' shows those that there are"


class Refusal(exceptions.ConflictException):
    """A resize that isn't asked for, as was seen before any request."""


@dataclasses.dataclass(frozen=True)
class ResizePlan:
    """What a resize of one nodegroup would do."""

    #: The cluster as the caller has named it
    argument: str
    #: The cluster as it is now
    cluster: _cluster.Cluster
    #: The nodegroup as it is now
    nodegroup: _nodegroup.NodeGroup
    #: How many nodes it is to have
    node_count: int
    #: Whether this very resize is going on already
    is_running: bool
    #: Whether the nodegroup says that the resize is going on and the cluster
    #: doesn't: the driver is being called, or the end was not recorded
    is_left_over: bool
    #: Whether there is nothing to do
    is_unchanged: bool
    #: What speaks against it, sentences without a full stop
    refusals: tuple[str, ...]
    #: What only the driver knows, such a sentence; None for nothing
    left_to_the_driver: str | None
    #: What to think about before doing it all the same, such sentences
    warnings: tuple[str, ...]
    #: The sizes on a safer way to it, empty when there is none
    steps: tuple[int, ...]
    #: Whether nothing here speaks against the count that there was before
    can_go_back: bool


def plan_resize(
    proxy: '_proxy.Proxy',
    cluster: str,
    node_count: int,
    *,
    nodegroup: str | None = None,
    nodes_to_remove: Sequence[str] | None = None,
    force: bool = False,
) -> ResizePlan:
    """Check everything that can be checked before the request.

    :param proxy: The container infrastructure management service.
    :param cluster: The name or UUID of the cluster.
    :param node_count: How many nodes the nodegroup is to have.
    :param nodegroup: The name or UUID of the nodegroup, None for the default
        worker nodegroup.
    :param nodes_to_remove: The IDs of the servers to remove.
    :param force: Whether to leave an even size of a control plane to the
        cluster's driver.
    :returns: The plan.
    :raises: :class:`~openstack.exceptions.NotFoundException` without such a
        cluster or nodegroup, :class:`~openstack.exceptions.DuplicateResource`
        when several clusters have that name.
    """
    found = find_cluster(proxy, cluster)
    group = _find_nodegroup(proxy, found, nodegroup)
    look = resize_state.Look(found, group)
    is_running = resize_state.is_running(look, node_count)
    return ResizePlan(
        argument=cluster,
        cluster=found,
        nodegroup=group,
        node_count=node_count,
        is_running=is_running,
        is_left_over=resize_state.is_left_over(look, node_count),
        is_unchanged=resize_state.is_at_rest(look, node_count)
        and not nodes_to_remove,
        refusals=tuple(
            refusal
            for refusal in (
                _refuse_project(proxy, found),
                _refuse_state(found),
                _refuse_node_count(group, node_count, force),
            )
            if refusal is not None
        ),
        left_to_the_driver=_left_to_the_driver(found, group),
        warnings=()
        if is_running
        else (
            *_warn_of_cluster(found, group, node_count),
            *_warn_of_control_plane(group, node_count),
            *_warn_of_nodes_to_remove(group, nodes_to_remove),
        ),
        steps=_steps(group, node_count),
        can_go_back=_refuse_node_count(group, group.node_count, force=False)
        is None,
    )


def find_cluster(proxy: '_proxy.Proxy', name_or_id: str) -> _cluster.Cluster:
    """Find a cluster with one request.

    :param proxy: The container infrastructure management service.
    :param name_or_id: Its name or UUID.
    :returns: The cluster.
    :raises: :class:`~openstack.exceptions.NotFoundException` when there is
        none, :class:`~openstack.exceptions.DuplicateResource`, which lists
        their UUIDs, when several have that name.
    """
    not_found = f"No cluster with the name or UUID '{name_or_id}' found; "
    if not can_be_a_name(name_or_id):
        raise exceptions.NotFoundException(not_found + _LIST_CLUSTERS)
    try:
        found = proxy.get_cluster(name_or_id)
    except exceptions.NotFoundException as exc:
        if not faults.is_from_service(exc):
            raise
        raise exceptions.NotFoundException(not_found + _LIST_CLUSTERS) from exc
    except exceptions.ConflictException as exc:
        if not faults.is_from_service(exc):
            raise
        return _only_exact(proxy, name_or_id, exc)
    # Most databases compare without case.
    is_exact = found.name in (None, name_or_id)
    if not is_exact and name_or_id.lower() != found.uuid:
        raise exceptions.NotFoundException(
            f'{not_found}did you mean {found.name}?'
        )
    return found


def _only_exact(
    proxy: '_proxy.Proxy', name: str, error: Exception
) -> _cluster.Cluster:
    """Find a cluster of whose name Magnum says that several have it."""
    named: list[_cluster.Cluster] = []
    # Magnum has said what is wrong; the list only makes the message better.
    with contextlib.suppress(Exception):
        named = [c for c in proxy.clusters() if c.name == name]
    if len(named) == 1:
        return proxy.get_cluster(str(named[0].uuid))
    if named:
        raise exceptions.DuplicateResource(
            f"{len(named)} clusters have the name '{name}'; give the UUID "
            f'of one: {", ".join(str(cluster.uuid) for cluster in named)}'
        ) from error
    raise exceptions.DuplicateResource(
        f"Several clusters have the name '{name}'; give the UUID of one: "
        f'{_LIST_CLUSTERS}'
    ) from error


def _find_nodegroup(
    proxy: '_proxy.Proxy', cluster: _cluster.Cluster, name_or_id: str | None
) -> _nodegroup.NodeGroup:
    found = None
    if name_or_id is None or can_be_a_name(name_or_id):
        found = proxy.find_nodegroup(cluster, name_or_id)
    if found is not None:
        return found
    if name_or_id is None:
        raise exceptions.NotFoundException(
            f'{text.label(cluster)} has no default worker nodegroup; name one '
            f"that 'openstack coe nodegroup list {cluster.id}' shows"
        )
    raise exceptions.NotFoundException(
        f"{text.label(cluster)} has no nodegroup with the name or UUID "
        f"'{name_or_id}'; 'openstack coe nodegroup list {cluster.id}' shows "
        'those that there are'
    )


def can_be_a_name(name: str) -> bool:
    """Tell whether Magnum may know something by a name.

    :param name: The name.
    :returns: False for what has a slash, quoted or not: Magnum would read
        the rest of a URL in it.
    """
    return bool(name) and '/' not in name


def _refuse_project(
    proxy: '_proxy.Proxy', cluster: _cluster.Cluster
) -> str | None:
    mine, owner = proxy.get_project_id(), cluster.project_id
    # Not every login has a project, and a shared account may have another.
    if not owner or not mine or owner == mine:
        return None
    return (
        f'{text.label(cluster)} belongs to project {owner}; Magnum resizes a '
        'cluster only for users of its project, and finds the cluster for no '
        'administrator of another one: log in to that project, with '
        f'--os-project-id {owner}'
    )


def _refuse_state(cluster: _cluster.Cluster) -> str | None:
    status = resize_state.status_of(cluster)
    if resize_state.is_resizable(cluster):
        return None
    message = (
        f'{text.label(cluster)} is {status}: Magnum would accept the request '
        'and then drop it'
    )
    if resize_state.in_progress(cluster) and not status.startswith('DELETE_'):
        message += '; run the same command again when that operation has ended'
    return message


def _refuse_node_count(
    nodegroup: _nodegroup.NodeGroup, node_count: int, force: bool
) -> str | None:
    return (
        _refuse_of_any(nodegroup, node_count)
        or _refuse_of_control_plane(nodegroup, node_count, force)
        or _refuse_of_workers(nodegroup, node_count)
    )


def _refuse_of_any(
    nodegroup: _nodegroup.NodeGroup, node_count: int
) -> str | None:
    fewest = 1 if nodegroup.is_control_plane else nodegroup.min_node_count or 0
    if node_count < fewest:
        return (
            f'Nodegroup {nodegroup.name} must have {fewest} or more nodes, '
            f'not {node_count}'
        )
    if node_count > _LARGEST_COUNT:
        return (
            f'Nodegroup {nodegroup.name} cannot have {node_count} nodes: '
            f'Magnum counts to {_LARGEST_COUNT}'
        )
    return None


def _refuse_of_control_plane(
    nodegroup: _nodegroup.NodeGroup, node_count: int, force: bool
) -> str | None:
    if (
        force
        or not nodegroup.is_control_plane
        or control_plane.is_valid_size(node_count)
    ):
        return None
    nearest = ' or '.join(
        str(size) for size in control_plane.nearest_valid_sizes(node_count)
    )
    return (
        f'Nodegroup {nodegroup.name} is a control plane, and etcd in it needs '
        f'an odd number of members: {node_count} tolerate no more failures '
        f'than {node_count - 1}; the nearest is {nearest}, and --force leaves '
        f'{node_count} to the driver'
    )


def _refuse_of_workers(
    nodegroup: _nodegroup.NodeGroup, node_count: int
) -> str | None:
    most = nodegroup.max_node_count
    if nodegroup.is_control_plane or not most or node_count <= most:
        return None
    # The options of that command are others since python-magnumclient 5.
    return (
        f'Nodegroup {nodegroup.name} must have {most} or fewer nodes, not '
        f"{node_count}; 'openstack coe nodegroup update --help' tells how to "
        'raise the limit, max_node_count'
    )


def _left_to_the_driver(
    cluster: _cluster.Cluster, nodegroup: _nodegroup.NodeGroup
) -> str | None:
    # Every driver resizes workers.
    if not nodegroup.is_control_plane:
        return None
    return (
        f'Whether the driver of {text.label(cluster, start=False)} can resize '
        'its control plane, and to this size, Magnum tells only when asked to '
        'do it'
    )


def _warn_of_cluster(
    cluster: _cluster.Cluster,
    nodegroup: _nodegroup.NodeGroup,
    node_count: int,
) -> Iterator[str]:
    if str(cluster.status) == 'UPDATE_IN_PROGRESS':
        yield (
            f'{text.label(cluster)} is being updated already: of two resizes '
            'at the same time the earlier one may win'
        )
    if (
        nodegroup.is_control_plane
        and node_count > 1
        and cluster.is_master_lb_enabled is False
    ):
        yield (
            f'{text.label(cluster)} was created without master_lb_enabled: '
            'its API is reached through one node only, and fails with it'
        )


def _warn_of_control_plane(
    nodegroup: _nodegroup.NodeGroup, node_count: int
) -> Iterator[str]:
    if not nodegroup.is_control_plane or node_count < 1:
        return
    if not control_plane.is_valid_size(node_count):
        yield (
            f'{node_count} members of etcd tolerate no more failures than '
            f'{node_count - 1}'
        )
    if node_count > control_plane.LARGEST_ADVISED:
        yield (
            f'More than {control_plane.LARGEST_ADVISED} members slow etcd '
            'down, as each write waits for a majority of them'
        )
    before = nodegroup.node_count
    if control_plane.is_risky(before, node_count):
        tolerance = control_plane.failure_tolerance(before)
        yield (
            f'From {before} to {node_count} nodes, {before - node_count} '
            f'members leave an etcd that survives the loss of {tolerance} at '
            'once: make a backup of etcd first. The driver must remove them '
            "one at a time, as Cluster API's control plane provider does"
        )


def _warn_of_nodes_to_remove(
    nodegroup: _nodegroup.NodeGroup, nodes_to_remove: Sequence[str] | None
) -> Iterator[str]:
    if nodes_to_remove and nodegroup.is_control_plane:
        yield (
            'Which nodes of a control plane leave is up to the driver: it '
            'may ignore the nodes to remove, as magnum-capi-helm does'
        )


def _steps(
    nodegroup: _nodegroup.NodeGroup, node_count: int
) -> tuple[int, ...]:
    if not nodegroup.is_control_plane or node_count < 1:
        return ()
    steps = control_plane.steps(nodegroup.node_count, node_count)
    return tuple(steps) if len(steps) > 1 else ()
