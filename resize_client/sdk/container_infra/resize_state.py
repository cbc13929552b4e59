# SPDX-License-Identifier: Apache-2.0

"""The state of a resize, as a cluster and its nodegroup show it.

Magnum keeps no record of a resize. Its API casts a message and answers; its
conductor then saves the nodegroup (count, state), calls the driver, and only
then saves the cluster's state. After a failure it saves the cluster first.
So the state now is compared with the one before the request.
"""

import dataclasses
import enum
from typing import Any

from openstack.container_infrastructure_management.v1 import (
    cluster as _cluster,
)

from resize_client.sdk.container_infra import cluster as _resizable
from resize_client.sdk.container_infra import health
from resize_client.sdk.container_infra import nodegroup as _nodegroup

#: Seconds that the call of a driver may take, in which the cluster shows the
#: end of an earlier operation. magnum-capi-helm gives helm 5 minutes.
LONGEST_DRIVER_CALL = 600.0


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """A cluster and one of its nodegroups, at one time."""

    #: The cluster
    cluster: _cluster.Cluster
    #: The nodegroup
    nodegroup: _nodegroup.NodeGroup
    #: The names of the other nodegroups; None when they were not read, as
    #: the health of a control plane names no nodes
    other_nodegroups: tuple[str, ...] | None = None

    @property
    def health(self) -> health.Health:
        """The health of the nodegroup, if it is a control plane."""
        if not self.nodegroup.is_control_plane:
            return health.Health()
        found = health.of(self.cluster, self.other_nodegroups or ())
        if self.other_nodegroups is None:
            return dataclasses.replace(found, nodes={})
        return found


class State(enum.Enum):
    """The state of a resize, as it can be seen."""

    #: The conductor has not begun, as far as can be seen
    NOT_BEGUN = 'not begun'
    #: The conductor, the driver or the infrastructure is busy with it
    RUNNING = 'running'
    #: The nodegroup has the count; it and its cluster are complete
    DONE = 'done'
    #: The resize has ended otherwise
    FAILED = 'failed'
    #: The cluster failed and the nodegroup is in progress: the conductor is
    #: between two commits, or, if the next poll shows the same, has failed
    FAILING = 'failing'
    #: The cluster is in a state in which Magnum drops requests
    DROPPED = 'dropped'
    #: The cluster is complete and the nodegroup is not: no later poll will
    #: show whether the nodes are there
    UNKNOWN = 'unknown'


def classify(
    before: Snapshot, now: Snapshot, node_count: int, seconds: float
) -> State:
    """Return the state of a resize.

    :param before: Cluster and nodegroup before the request.
    :param now: Cluster and nodegroup now.
    :param node_count: The number of nodes that was requested.
    :param seconds: Seconds since the request.
    :returns: The state. Values unchanged since ``before`` are not taken as
        the result.
    """
    cluster, nodegroup = now.cluster, now.nodegroup
    is_late = seconds >= LONGEST_DRIVER_CALL
    if not _has_begun(before, now, node_count):
        if not is_resizable(cluster):
            return State.DROPPED
        is_unknown = is_late and in_progress(nodegroup)
        return State.UNKNOWN if is_unknown else State.NOT_BEGUN
    if has_failed(nodegroup):
        return State.FAILED
    if has_failed(cluster):
        return _of_failed_cluster(before, now)
    if not is_complete(cluster):
        return State.RUNNING
    if not is_complete(nodegroup):
        return State.UNKNOWN if is_late else State.RUNNING
    if nodegroup.node_count == node_count:
        return State.DONE
    # An earlier operation may have ended, and this resize not begun.
    return State.RUNNING if in_progress(before.cluster) else State.FAILED


def _has_begun(before: Snapshot, now: Snapshot, node_count: int) -> bool:
    if _facts(now.nodegroup) != _facts(before.nodegroup):
        return True
    # A request for the count that the nodegroup is being resized to leaves
    # the nodegroup's record as it is.
    return is_running(before, node_count) or is_running(now, node_count)


def _of_failed_cluster(before: Snapshot, now: Snapshot) -> State:
    if in_progress(now.nodegroup):
        # While the driver is called, an old failure is still there.
        is_news = _status_and_reason(now.cluster) != _status_and_reason(
            before.cluster
        )
        return State.FAILING if is_news else State.RUNNING
    is_news = _dated(now.cluster) != _dated(before.cluster)
    return State.FAILED if is_news else State.RUNNING


def is_running(snapshot: Snapshot, node_count: int) -> bool:
    """Return whether a resize to a count is in progress.

    The nodegroup has that count, and it and its cluster are in progress.
    """
    return bool(
        snapshot.nodegroup.node_count == node_count
        and in_progress(snapshot.nodegroup)
        and in_progress(snapshot.cluster)
    )


def may_be_running(snapshot: Snapshot, node_count: int) -> bool:
    """Return whether a resize to a count may be in progress.

    The nodegroup is in progress and the cluster isn't: the driver is being
    called, or the end was not recorded.
    """
    return bool(
        snapshot.nodegroup.node_count == node_count
        and in_progress(snapshot.nodegroup)
        and not in_progress(snapshot.cluster)
    )


def is_at_rest(snapshot: Snapshot, node_count: int) -> bool:
    """Return whether another resize to a count would do nothing."""
    return bool(
        snapshot.nodegroup.node_count == node_count
        and is_complete(snapshot.nodegroup)
        and is_complete(snapshot.cluster)
    )


def is_resizable(cluster: _cluster.Cluster) -> bool:
    """Return False in the states in which Magnum drops a resize."""
    return cluster.status in _resizable.RESIZABLE


def status_of(subject: _cluster.Cluster | _nodegroup.NodeGroup) -> str:
    """Return the status, which may be null, as text."""
    return str(subject.status or 'in an unknown state')


def in_progress(subject: _cluster.Cluster | _nodegroup.NodeGroup) -> bool:
    """Return True for a status such as UPDATE_IN_PROGRESS."""
    return str(subject.status).endswith('_IN_PROGRESS')


def is_complete(subject: _cluster.Cluster | _nodegroup.NodeGroup) -> bool:
    """Return True for a status such as UPDATE_COMPLETE."""
    return str(subject.status).endswith('_COMPLETE')


def has_failed(subject: _cluster.Cluster | _nodegroup.NodeGroup) -> bool:
    """Return True for a status such as UPDATE_FAILED."""
    return str(subject.status).endswith('_FAILED')


def _facts(nodegroup: _nodegroup.NodeGroup) -> tuple[Any, ...]:
    return (nodegroup.node_count, *_dated(nodegroup))


def _dated(
    subject: _cluster.Cluster | _nodegroup.NodeGroup,
) -> tuple[Any, ...]:
    return (*_status_and_reason(subject), subject.updated_at)


def _status_and_reason(
    subject: _cluster.Cluster | _nodegroup.NodeGroup,
) -> tuple[Any, ...]:
    return subject.status, subject.status_reason
