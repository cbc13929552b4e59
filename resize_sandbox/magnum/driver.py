# SPDX-License-Identifier: Apache-2.0

"""A Magnum driver that can resize the control plane.

Magnum's API accepts a resize of the nodegroup ``default-master`` when the
cluster's driver does, and that takes three methods:

``validate_master_resize``
    is called by the API before it accepts the request. Magnum's default
    refuses every control plane resize; a driver that supports it says here
    which sizes are possible. What it raises is the answer that the user
    gets, at once.

``resize_cluster``
    is called by the conductor, which has stored the nodegroup's new node
    count, with status UPDATE_IN_PROGRESS, before. It sends the
    request to the infrastructure and returns without waiting. When it raises,
    the conductor puts the old node count back and sets the nodegroup and
    the cluster to UPDATE_FAILED, with the exception's text as the reason.

``update_cluster_status``
    is called by the conductor every few seconds for each cluster whose
    status is ..._IN_PROGRESS. It compares with the infrastructure and ends
    the operation: UPDATE_COMPLETE, or UPDATE_FAILED with a reason and the
    number of nodes that are really there. A driver that never reports a
    failure lets its users wait forever.

And one by which users see how far it is:

``get_monitor``
    returns what the conductor reads the cluster's health with, every minute.
    Its ``health_status_reason`` names each node, and whether it is ready.
"""

import contextlib
from typing import Any

from magnum.common import exception
from magnum.conductor import monitors
from magnum.drivers.common import driver
from magnum.objects import fields
from oslo_config import cfg

from resize_sandbox.magnum import options
from resize_sandbox.magnum.orchestrator import Orchestrator
from resize_sandbox.magnum.orchestrator import Phase
from resize_sandbox.magnum.orchestrator import Refused

# What statuses are made of: UPDATE + _IN_PROGRESS.
_DELETE = 'DELETE'
_IN_PROGRESS = '_IN_PROGRESS'
_COMPLETE = '_COMPLETE'
_FAILED = '_FAILED'

CLUSTER_DISTRO = 'sandbox'
LEGACY_CLUSTER_DISTRO = 'sandbox-legacy'


def get_orchestrator() -> Orchestrator:
    """Return the orchestrator that Magnum's configuration names."""
    options.register(cfg.CONF)
    group = cfg.CONF[options.GROUP]
    return Orchestrator(group.orchestrator_database, group.resize_seconds)


class Monitor(monitors.MonitorBase):
    """Reads the health of a cluster of the sandbox."""

    def poll_health_status(self) -> None:
        """Put into ``data`` what the conductor saves with the cluster."""
        status, reason = self.read()
        self.data = {'health_status': status, 'health_status_reason': reason}

    def read(self) -> tuple[str, dict[str, str]]:
        """Return the cluster's health and that of each node."""
        nodes = {
            f'{self.cluster.name}-{nodegroup.name}-{number}.Ready': 'True'
            for nodegroup in self.cluster.nodegroups
            for number in range(_count_nodes(nodegroup))
        }
        return fields.ClusterHealthStatus.HEALTHY, {'api': 'ok', **nodes}

    @property
    def metrics_spec(self) -> dict[str, Any]:
        return {}

    def pull_data(self) -> None:
        pass


def _count_nodes(nodegroup: Any) -> int:
    state = get_orchestrator().state(nodegroup.uuid)
    return state.node_count if state else 0


class SandboxDriver(driver.Driver):
    """Kubernetes clusters whose workers and control plane can be resized."""

    @property
    def provides(self) -> list[dict[str, str]]:
        return [
            {
                'server_type': 'vm',
                'os': CLUSTER_DISTRO,
                'coe': 'kubernetes',
            }
        ]

    def validate_master_resize(self, node_count: int) -> None:
        # etcd needs a majority: an even number of members adds a node that
        # can fail, and no failure that is survived.
        self.validate_master_size(node_count)

    def resize_cluster(
        self,
        context: Any,
        cluster: Any,
        resize_manager: Any,
        node_count: int,
        nodes_to_remove: list[str],
        nodegroup: Any = None,
    ) -> None:
        nodegroup = nodegroup or cluster.default_ng_worker
        get_orchestrator().scale(nodegroup.uuid, node_count)

    def update_cluster_status(
        self, context: Any, cluster: Any, use_admin_ctx: bool = False
    ) -> None:
        in_progress = [
            nodegroup
            for nodegroup in cluster.nodegroups
            if nodegroup.status.endswith(_IN_PROGRESS)
        ]
        finished = [self._has_finished(nodegroup) for nodegroup in in_progress]
        if not all(finished) or self._was_requested_again(cluster):
            return
        failures = [
            nodegroup.status_reason
            for nodegroup in in_progress
            if nodegroup.status.endswith(_FAILED)
        ]
        operation = cluster.status.removesuffix(_IN_PROGRESS)
        cluster.status = operation + (_FAILED if failures else _COMPLETE)
        cluster.status_reason = ' '.join(failures) or None
        # Together with the end: a client that then makes the control plane
        # smaller must not see the health from before.
        health = self.get_monitor(context, cluster).read()
        cluster.health_status, cluster.health_status_reason = health
        cluster.save()

    def _was_requested_again(self, cluster: Any) -> bool:
        # Read anew: a request may have come since.
        return any(
            nodegroup.status.endswith(_IN_PROGRESS)
            for nodegroup in cluster.nodegroups
        )

    def _has_finished(self, nodegroup: Any) -> bool:
        """Bring a nodegroup's record up to date with the orchestrator."""
        orchestrator = get_orchestrator()
        operation = nodegroup.status.removesuffix(_IN_PROGRESS)
        state = orchestrator.state(nodegroup.uuid)
        if operation == _DELETE:
            if state is None:
                nodegroup.destroy()
            return state is None
        if state is None or state.wanted_count != nodegroup.node_count:
            # The record says what is wanted. When several requests came at
            # once, another one may have reached the orchestrator last.
            with contextlib.suppress(Refused):
                orchestrator.scale(nodegroup.uuid, nodegroup.node_count)
            return False
        if state.phase is Phase.SCALING:
            return False
        if state.phase is Phase.FAILED:
            nodegroup.status = operation + _FAILED
            nodegroup.status_reason = state.reason
            nodegroup.node_count = state.node_count
            # Do not retry: the next resize begins with the present nodes.
            orchestrator.scale(nodegroup.uuid, state.node_count, at_once=True)
        else:
            nodegroup.status = operation + _COMPLETE
            nodegroup.status_reason = None
        nodegroup.save()
        return True

    def get_monitor(self, context: Any, cluster: Any) -> Monitor:
        return Monitor(context, cluster)

    def create_cluster(
        self, context: Any, cluster: Any, cluster_create_timeout: int
    ) -> None:
        for nodegroup in cluster.nodegroups:
            self.create_nodegroup(context, cluster, nodegroup)

    def update_cluster(
        self,
        context: Any,
        cluster: Any,
        scale_manager: Any = None,
        rollback: bool = False,
    ) -> None:
        for nodegroup in cluster.nodegroups:
            self.update_nodegroup(context, cluster, nodegroup)

    def delete_cluster(self, context: Any, cluster: Any) -> None:
        for nodegroup in cluster.nodegroups:
            self.delete_nodegroup(context, cluster, nodegroup)

    def create_nodegroup(
        self, context: Any, cluster: Any, nodegroup: Any
    ) -> None:
        get_orchestrator().scale(nodegroup.uuid, nodegroup.node_count)

    def update_nodegroup(
        self, context: Any, cluster: Any, nodegroup: Any
    ) -> None:
        get_orchestrator().scale(nodegroup.uuid, nodegroup.node_count)

    def delete_nodegroup(
        self, context: Any, cluster: Any, nodegroup: Any
    ) -> None:
        get_orchestrator().delete(nodegroup.uuid)

    def upgrade_cluster(
        self,
        context: Any,
        cluster: Any,
        cluster_template: Any,
        max_batch_size: int,
        nodegroup: Any,
        scale_manager: Any = None,
        rollback: bool = False,
    ) -> None:
        raise exception.NotSupported(operation='Upgrading a cluster')

    def create_federation(self, context: Any, federation: Any) -> None:
        raise exception.NotSupported(operation='Creating a federation')

    def update_federation(self, context: Any, federation: Any) -> None:
        raise exception.NotSupported(operation='Updating a federation')

    def delete_federation(self, context: Any, federation: Any) -> None:
        raise exception.NotSupported(operation='Deleting a federation')


class LegacyDriver(SandboxDriver):
    """A driver from before control planes could be resized.

    It leaves ``validate_master_resize`` as it is in Magnum, which says that
    it is not supported.
    """

    @property
    def provides(self) -> list[dict[str, str]]:
        return [
            {
                'server_type': 'vm',
                'os': LEGACY_CLUSTER_DISTRO,
                'coe': 'kubernetes',
            }
        ]

    validate_master_resize = driver.Driver.validate_master_resize
