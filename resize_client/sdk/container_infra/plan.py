# SPDX-License-Identifier: Apache-2.0

"""Check a resize before any request that changes something."""

from collections.abc import Sequence
import dataclasses

from openstack import exceptions
from openstack.container_infrastructure_management.v1 import _proxy
from openstack.container_infrastructure_management.v1 import (
    cluster as _base_cluster,
)

from resize_client.sdk import http
from resize_client.sdk import wait
from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import control_plane
from resize_client.sdk.container_infra import find
from resize_client.sdk.container_infra import health as _health
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.resize_state import Snapshot
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result
from resize_client.sdk.outcome import of_failed_get
from resize_client.sdk.outcome import without_duplicates

#: The largest number that Magnum's database holds. Its API takes larger
#: ones, and its conductor fails with them.
_LARGEST_COUNT = 2**31 - 1


def unchecked_resize(
    proxy: _proxy.Proxy,
    cluster: str | _base_cluster.Cluster,
    node_count: int,
    *,
    nodegroup: str | _nodegroup.NodeGroup | None = None,
    nodes_to_remove: Sequence[str] | None = None,
) -> Outcome:
    """Return the plan of a resize that only Magnum checks.

    The parameters are those of :meth:`Proxy.resize_cluster`.
    """
    before = find.as_seen(proxy, cluster, nodegroup)
    return Outcome(
        http.id_of(cluster),
        before=before,
        nodegroup=before.nodegroup,
        node_count=node_count,
        nodegroup_argument=None
        if nodegroup is None
        else http.id_of(nodegroup),
        nodes_to_remove=tuple(nodes_to_remove or ()),
    )


def plan_resize(
    proxy: _proxy.Proxy,
    cluster: str,
    node_count: int,
    *,
    nodegroup: str | None = None,
    nodes_to_remove: Sequence[str] | None = None,
    force: bool = False,
) -> Outcome:
    """Check a resize before it is requested.

    :param cluster: The name or UUID of the cluster.
    :param node_count: The number of nodes to resize the nodegroup to.
    :param nodegroup: The name or UUID of the nodegroup, None for the default
        worker nodegroup.
    :param nodes_to_remove: The IDs of the servers to remove.
    :param force: Whether to leave an even size of a control plane to the
        cluster's driver, and to make one smaller that isn't healthy.
    :returns: The outcome: NOT_STARTED if the resize can be requested;
        ACCEPTED if that very resize is in progress; UNCHANGED; REFUSED with a
        :class:`Refusal`.
    :raises: :class:`~openstack.exceptions.NotFoundException` without such a
        cluster or nodegroup, :class:`~openstack.exceptions.DuplicateResource`
        when several clusters have that name.
    """
    found = find.find_cluster(proxy, cluster)
    group = find.require_nodegroup(proxy, found, nodegroup)
    before = find.with_other_nodegroups(proxy, Snapshot(found, group))
    outcome = Outcome(
        cluster,
        before=before,
        nodegroup=group,
        node_count=node_count,
        nodegroup_argument=nodegroup,
        nodes_to_remove=tuple(nodes_to_remove or ()),
        force=force,
        health=before.health,
    )
    against = {
        'project': _against_project(proxy, found),
        'state': _against_state(found),
        'node count': against_node_count(group, node_count, force),
        'health': None if force else _against_health(before, node_count),
    }
    reasons = {
        subject: reason
        for subject, reason in against.items()
        if reason is not None
    }
    if reasons:
        return dataclasses.replace(
            outcome, result=Result.REFUSED, error=Refusal(reasons)
        )
    if outcome.was_running:
        return dataclasses.replace(outcome, result=Result.ACCEPTED)
    if not nodes_to_remove and resize_state.is_at_rest(
        outcome.before, node_count
    ):
        return dataclasses.replace(outcome, result=Result.UNCHANGED)
    return outcome


def plan_again(
    proxy: _proxy.Proxy, planned: Outcome, node_count: int
) -> Outcome:
    """Check a resize as :func:`plan_resize` does, as the cluster is now.

    :param planned: What was planned before.
    :param node_count: The number of nodes to resize the nodegroup to.
    """
    outcome = plan_resize(
        proxy,
        planned.id,
        node_count,
        nodegroup=planned.nodegroup_argument,
        nodes_to_remove=planned.nodes_to_remove,
        force=planned.force,
    )
    return dataclasses.replace(outcome, argument=planned.argument)


def plan_resizes(
    proxy: _proxy.Proxy,
    clusters: Sequence[str | _base_cluster.Cluster],
    node_count: int,
    *,
    nodegroup: str | None = None,
    force: bool = False,
) -> list[Outcome]:
    """Check resizes before any of them is requested.

    :param clusters: The names or UUIDs of the clusters.
    :param node_count: See :func:`plan_resize`, as the other parameters.
    :returns: An outcome for each, once if it is named twice: those of
        :func:`plan_resize`; NOT_FOUND, AMBIGUOUS or FORBIDDEN with an error.
    :raises: What another GET has raised.
    """

    def plan(argument: str) -> Outcome:
        try:
            return wait.retry(
                lambda: plan_resize(
                    proxy,
                    argument,
                    node_count,
                    nodegroup=nodegroup,
                    force=force,
                )
            )
        except exceptions.SDKException as exc:
            if of_failed_get(exc) is None:
                raise
            return Outcome.of_missing(
                argument, node_count, nodegroup=nodegroup, error=exc
            )

    arguments = list(
        dict.fromkeys(http.id_of(cluster) for cluster in clusters)
    )
    return without_duplicates(wait.concurrently(plan, arguments))


def _against_project(
    proxy: _proxy.Proxy, cluster: _cluster.Cluster
) -> str | None:
    mine, owner = proxy.get_project_id(), cluster.project_id
    # Not every login has a project, and a shared account may have another.
    if not owner or not mine or owner == mine:
        return None
    return (
        f'{_cluster.label(cluster)} belongs to project {owner}; Magnum '
        'resizes a cluster only for users of its project, and finds the '
        'cluster for no administrator of another one: log in to that project, '
        f'with --os-project-id {owner}'
    )


def _against_state(cluster: _cluster.Cluster) -> str | None:
    status = resize_state.status_of(cluster)
    if resize_state.is_resizable(cluster):
        return None
    message = (
        f'{_cluster.label(cluster)} is {status}: Magnum would accept the '
        'request and then drop it'
    )
    if resize_state.in_progress(cluster) and not status.startswith('DELETE_'):
        message += '; run the same command again when that operation has ended'
    return message


def against_node_count(
    nodegroup: _nodegroup.NodeGroup, node_count: int, force: bool = False
) -> str | None:
    """Return why a nodegroup can't have a number of nodes, None if it can.

    :param force: Whether to leave an even size of a control plane to the
        cluster's driver.
    """
    return (
        _against_any(nodegroup, node_count)
        or _against_control_plane(nodegroup, node_count, force)
        or _against_workers(nodegroup, node_count)
    )


def _against_health(before: Snapshot, node_count: int) -> str | None:
    unhealthy = risk_of_health(before, node_count)
    return unhealthy and (
        f'{unhealthy}. Magnum updates the health in its own time, by default '
        'every minute: resize when all nodes are ready, or with --force'
    )


def risk_of_health(before: Snapshot, node_count: int) -> str | None:
    """Return why a control plane must not lose nodes now, None if it can."""
    nodegroup, health = before.nodegroup, before.health
    if not nodegroup.is_control_plane or node_count >= nodegroup.node_count:
        return None
    label = _cluster.label(before.cluster)
    if health.status == _health.UNHEALTHY:
        shown = f'{label} is {health.status}'
    elif health.nodes and health.ready < nodegroup.node_count:
        shown = (
            f'{label} has {health.ready} of {nodegroup.node_count} control '
            'plane nodes ready'
        )
    else:
        return None
    if health.problems:
        shown += f' ({"; ".join(health.problems)})'
    return f'{shown}: to remove a ready node may cost etcd its majority'


def _against_any(
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


def _against_control_plane(
    nodegroup: _nodegroup.NodeGroup, node_count: int, force: bool
) -> str | None:
    if (
        force
        or not nodegroup.is_control_plane
        or control_plane.is_valid_size(node_count)
    ):
        return None
    return (
        f'Nodegroup {nodegroup.name} is a control plane, and etcd in it needs '
        f'an odd number of members: {node_count} tolerate no more failures '
        f'than {node_count - 1}; the nearest is {node_count - 1} or '
        f'{node_count + 1}, and --force leaves {node_count} to the driver'
    )


def _against_workers(
    nodegroup: _nodegroup.NodeGroup, node_count: int
) -> str | None:
    most = nodegroup.max_node_count
    if nodegroup.is_control_plane or not most or node_count <= most:
        return None
    # The options of that command are others since python-magnumclient 5.
    return (
        f'Nodegroup {nodegroup.name} must have {most} or fewer nodes, not '
        f"{node_count}; 'openstack coe nodegroup update --help' shows how to "
        'raise the limit, max_node_count'
    )
