# SPDX-License-Identifier: Apache-2.0

"""Clusters whose control plane is resized in place."""

from collections.abc import Iterator

from heat.engine.resources.openstack.magnum import cluster
from openstack import exceptions
from openstack.container_infrastructure_management.v1 import (
    cluster as _cluster,
)

from resize_client.sdk.container_infra import _proxy
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import resize_state
from resize_heat import in_place

_CONTROL_PLANE = 'default-master'

#: Seconds for two polls: some failures show only when two agree.
_WAIT = 1.0
_INTERVAL = 0.5


class Cluster(in_place.ResizedInPlace, cluster.Cluster):
    """Heat's own cluster, of which an update of master_count is a resize."""

    SIZE = cluster.Cluster.MASTER_COUNT

    @property
    def _magnum(self) -> _proxy.Proxy:
        return self._sdk().container_infrastructure_management

    def _read(self) -> _cluster.Cluster:
        return self._magnum.get_cluster(self.resource_id)

    def _resize(self, node_count: int) -> Iterator[None]:
        while resize_state.in_progress(before := self._read()):
            yield
        control_plane = self._magnum.get_nodegroup(before, _CONTROL_PLANE)
        if control_plane.node_count == node_count and resize_state.is_complete(
            before
        ):
            return
        self._magnum.resize_cluster(
            before, node_count, nodegroup=control_plane
        )
        while not self._has(node_count, before, control_plane):
            yield

    def _has(
        self,
        node_count: int,
        before: _cluster.Cluster,
        control_plane: _nodegroup.NodeGroup,
    ) -> bool:
        try:
            self._magnum.wait_for_cluster_resize(
                before,
                control_plane,
                node_count,
                timeout=_WAIT,
                interval=_INTERVAL,
            )
        except exceptions.ResourceTimeout:
            return False
        return True


def resource_mapping() -> dict[str, type[Cluster]]:
    """Return the resource type that takes the place of Heat's own."""
    return {'OS::Magnum::Cluster': Cluster}
