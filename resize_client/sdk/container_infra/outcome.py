# SPDX-License-Identifier: Apache-2.0

"""The outcome of the resize of one nodegroup."""

import dataclasses

from openstack import exceptions

from resize_client.sdk import outcome
from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra.health import Health
from resize_client.sdk.container_infra.resize_state import Snapshot
from resize_client.sdk.container_infra.resize_state import State


class OutcomeUnknown(exceptions.SDKException):
    """No poll can show any more how a resize has ended."""


@dataclasses.dataclass(frozen=True)
class Outcome(outcome.Outcome):
    """A nodegroup that is to be resized, and the outcome of its resize."""

    _: dataclasses.KW_ONLY
    #: The cluster and the nodegroup before
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
    #: The state of a resize that is in progress, as it was seen last
    state: State = State.RUNNING
    #: The health of a control plane, as it was seen last
    health: Health = Health()

    @property
    def label(self) -> str:
        """What names the nodegroup in a message, under its first name."""
        return _cluster.label(self.before.cluster, self.before.nodegroup)

    @property
    def was_running(self) -> bool:
        """Whether this very resize was in progress before."""
        return resize_state.is_running(self.before, self.node_count)
