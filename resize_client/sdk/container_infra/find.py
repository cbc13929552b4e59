# SPDX-License-Identifier: Apache-2.0

"""Find clusters and nodegroups by name or UUID."""

from collections.abc import Generator
import contextlib
import dataclasses
from typing import Any

from openstack import exceptions
from openstack.container_infrastructure_management.v1 import _proxy
from openstack.container_infrastructure_management.v1 import (
    cluster as _base_cluster,
)

from resize_client.sdk import faults
from resize_client.sdk import http
from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import health
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra.resize_state import Snapshot

_NODEGROUP_MICROVERSION = '1.9'

_LIST_CLUSTERS = "'openstack coe cluster list' shows those that there are"


def get_cluster(
    proxy: _proxy.Proxy, cluster: str | _base_cluster.Cluster
) -> _cluster.Cluster:
    """See :meth:`Proxy.get_cluster`."""
    # As its "id" a name would stay there when the answer has come.
    found = _cluster.Cluster.new(uuid=http.in_path(cluster))
    with http.service_messages():
        return http.with_field(found.fetch(proxy), 'name')


def nodegroups(
    proxy: _proxy.Proxy, cluster: str | _base_cluster.Cluster, **query: Any
) -> Generator[_nodegroup.NodeGroup, None, None]:
    """See :meth:`Proxy.nodegroups`."""
    for nodegroup in proxy._list(
        _nodegroup.NodeGroup,
        cluster_id=http.in_path(cluster),
        microversion=_NODEGROUP_MICROVERSION,
        **query,
    ):
        yield http.with_field(nodegroup, 'uuid', is_nullable=False)


def get_nodegroup(
    proxy: _proxy.Proxy,
    cluster: str | _base_cluster.Cluster,
    nodegroup: str | _nodegroup.NodeGroup,
) -> _nodegroup.NodeGroup:
    """See :meth:`Proxy.get_nodegroup`."""
    found = _nodegroup.NodeGroup.new(
        id=http.in_path(nodegroup), cluster_id=http.in_path(cluster)
    )
    with http.service_messages():
        return http.with_field(
            found.fetch(proxy, microversion=_NODEGROUP_MICROVERSION),
            'node_count',
            is_nullable=False,
        )


def find_nodegroup(
    proxy: _proxy.Proxy,
    cluster: str | _base_cluster.Cluster,
    name_or_id: str | None = None,
    ignore_missing: bool = True,
) -> _nodegroup.NodeGroup | None:
    """See :meth:`Proxy.find_nodegroup`."""
    cluster_id = http.id_of(cluster)
    if name_or_id is None:
        name_or_id = _default_worker_nodegroup_id(proxy, cluster)
        if name_or_id is None and not ignore_missing:
            raise exceptions.NotFoundException(
                f'Cluster {cluster_id} has no default worker nodegroup'
            )
        if name_or_id is None:
            return None
    try:
        found = get_nodegroup(proxy, cluster, name_or_id)
    except exceptions.NotFoundException as exc:
        if not ignore_missing or not faults.is_from_service(exc):
            raise
        return None
    # Most databases compare without case.
    if name_or_id == found.name or name_or_id.lower() == found.id:
        return found
    if not ignore_missing:
        raise exceptions.NotFoundException(
            f'Cluster {cluster_id} has no nodegroup {name_or_id}; did you '
            f'mean {found.name}?'
        )
    return None


def _default_worker_nodegroup_id(
    proxy: _proxy.Proxy, cluster: str | _base_cluster.Cluster
) -> str | None:
    for nodegroup in nodegroups(proxy, cluster):
        if nodegroup.is_default and not nodegroup.is_control_plane:
            return str(nodegroup.id)
    return None


def require_nodegroup(
    proxy: _proxy.Proxy, cluster: _cluster.Cluster, name_or_id: str | None
) -> _nodegroup.NodeGroup:
    """Find a nodegroup, or raise NotFoundException with what to do next."""
    found = None
    if name_or_id is None or can_be_a_name(name_or_id):
        found = find_nodegroup(proxy, cluster, name_or_id)
    if found is not None:
        return found
    label = _cluster.label(cluster)
    if name_or_id is None:
        raise exceptions.NotFoundException(
            f'{label} has no default worker nodegroup; name one that '
            f"'openstack coe nodegroup list {cluster.id}' shows"
        )
    raise exceptions.NotFoundException(
        f"{label} has no nodegroup with the name or UUID '{name_or_id}'; "
        f"'openstack coe nodegroup list {cluster.id}' shows those that there "
        'are'
    )


def find_cluster(proxy: _proxy.Proxy, name_or_id: str) -> _cluster.Cluster:
    """Find a cluster with one request.

    :raises: :class:`~openstack.exceptions.NotFoundException` when there is
        none, :class:`~openstack.exceptions.DuplicateResource`, which lists
        their UUIDs, when several have that name.
    """
    not_found = f"No cluster with the name or UUID '{name_or_id}' found; "
    if not can_be_a_name(name_or_id):
        raise exceptions.NotFoundException(not_found + _LIST_CLUSTERS)
    try:
        found = get_cluster(proxy, name_or_id)
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
    proxy: _proxy.Proxy, name: str, error: Exception
) -> _cluster.Cluster:
    """Find a cluster whose name several have, according to Magnum."""
    named: list[_base_cluster.Cluster] = []
    # The error stands; the list only makes its message better.
    with contextlib.suppress(Exception):
        named = [c for c in proxy.clusters() if c.name == name]
    if len(named) == 1:
        return get_cluster(proxy, str(named[0].uuid))
    if named:
        raise exceptions.DuplicateResource(
            f"{len(named)} clusters have the name '{name}'; give the UUID "
            f'of one: {", ".join(str(cluster.uuid) for cluster in named)}'
        ) from error
    raise exceptions.DuplicateResource(
        f"Several clusters have the name '{name}'; give the UUID of one: "
        f'{_LIST_CLUSTERS}'
    ) from error


def get_again(proxy: _proxy.Proxy, before: Snapshot) -> Snapshot:
    """Return a cluster and its nodegroup as they are now.

    :param before: The two as they were.
    """
    return with_other_nodegroups(
        proxy,
        Snapshot(
            get_cluster(proxy, before.cluster),
            get_nodegroup(proxy, before.cluster, before.nodegroup),
            before.other_nodegroups,
        ),
    )


def with_other_nodegroups(proxy: _proxy.Proxy, found: Snapshot) -> Snapshot:
    """Add the names of the other nodegroups, if nodes are to be counted."""
    if (
        found.other_nodegroups is not None
        or not found.nodegroup.is_control_plane
        or not health.names_nodes(found.cluster)
    ):
        return found
    try:
        names = tuple(
            str(other.name)
            for other in nodegroups(proxy, found.cluster)
            if other.id != found.nodegroup.id
        )
    except Exception:
        # Without the right to, or for now: nothing is counted.
        return found
    return dataclasses.replace(found, other_nodegroups=names)


def as_seen(
    proxy: _proxy.Proxy,
    cluster: str | _base_cluster.Cluster,
    nodegroup: str | _nodegroup.NodeGroup | None,
) -> Snapshot:
    """Return a cluster and a nodegroup as the caller has just read them.

    Only what the caller knows by its UUID or name is read; None is the
    default worker nodegroup.
    """
    if isinstance(cluster, str):
        cluster = get_cluster(proxy, cluster)
    if nodegroup is None:
        nodegroup = find_nodegroup(proxy, cluster, ignore_missing=False)
    elif isinstance(nodegroup, str):
        nodegroup = get_nodegroup(proxy, cluster, nodegroup)
    assert nodegroup is not None
    return Snapshot(cluster, nodegroup)


def can_be_a_name(name: str) -> bool:
    """Return whether Magnum can find something by a name.

    Not with a slash, quoted or not: Magnum would read the rest of a URL in it.
    """
    return bool(name) and '/' not in name
