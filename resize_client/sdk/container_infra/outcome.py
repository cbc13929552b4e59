# SPDX-License-Identifier: Apache-2.0

"""The outcome of the resize of one nodegroup."""

import dataclasses
from typing import Self

from openstack import exceptions

from resize_client.sdk import outcome
from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra.health import Health
from resize_client.sdk.container_infra.resize_state import Snapshot
from resize_client.sdk.container_infra.resize_state import State
from resize_client.sdk.outcome import Result


class OutcomeUnknown(exceptions.SDKException):
    """No poll can show any more how a resize has ended."""


@dataclasses.dataclass(frozen=True)
class Outcome(outcome.Outcome):
    """A nodegroup that is to be resized, and the outcome of its resize."""

    _: dataclasses.KW_ONLY
    #: The cluster and the nodegroup before; without IDs if not found
    before: Snapshot
    #: The nodegroup as it was seen last
    nodegroup: _nodegroup.NodeGroup
    #: The number of nodes to resize it to
    node_count: int
    #: The nodegroup as the caller has named it, None for the default worker
    #: nodegroup
    nodegroup_argument: str | None = None
    #: The IDs of the servers to remove
    nodes_to_remove: tuple[str, ...] = ()
    #: Whether an even size of a control plane is left to the driver, and one
    #: that isn't healthy is made smaller
    force: bool = False
    #: The state of a resize that is in progress, as it was seen last
    state: State = State.RUNNING
    #: The health of a control plane, as it was seen last
    health: Health = Health()

    @classmethod
    def of_missing(
        cls,
        argument: str,
        node_count: int,
        *,
        nodegroup: str | None,
        error: Exception,
    ) -> Self:
        """Make the outcome of a cluster or nodegroup that was not found."""
        group = _nodegroup.NodeGroup.new(name=nodegroup)
        return cls(
            argument,
            before=Snapshot(_cluster.Cluster.new(name=argument), group),
            nodegroup=group,
            node_count=node_count,
            nodegroup_argument=nodegroup,
            result=outcome.of_failed_get(error) or Result.FAILED,
            error=error,
        )

    @property
    def id(self) -> str:
        """The UUID of the cluster, empty if it was not found."""
        return str(self.before.cluster.id or '')

    @property
    def label(self) -> str:
        """What names the nodegroup in a message, under its first name."""
        if not self.id:
            return f'Cluster {self.argument}'
        return _cluster.label(self.before.cluster, self.before.nodegroup)

    @property
    def was_running(self) -> bool:
        """Whether this very resize was in progress before."""
        return resize_state.is_running(self.before, self.node_count)

    @property
    def has_not_begun(self) -> bool:
        """Whether a request, whose answer was lost, was not accepted."""
        return (
            self.result is Result.FAILED
            and self.doubt is not None
            and self.state is State.NOT_BEGUN
        )
