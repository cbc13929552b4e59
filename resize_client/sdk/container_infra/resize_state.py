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

"""What a look at a cluster and its nodegroup tells about a resize.

Magnum keeps no record of a resize. Its API casts a message and answers; its
conductor then saves the nodegroup (count, state), calls the driver, and only
then saves the cluster's state. After a failure it saves the cluster first.
So what a look shows is compared with what was there before the request.
"""

import dataclasses
import enum
from typing import Any

from openstack.container_infrastructure_management.v1 import (
    cluster as _cluster,
)

from resize_client.sdk.container_infra import cluster as _resizable
from resize_client.sdk.container_infra import nodegroup as _nodegroup

#: Seconds that the call of a driver may take, in which the cluster shows the
#: end of some earlier operation. magnum-capi-helm gives helm 5 minutes.
LONGEST_DRIVER_CALL = 600.0


@dataclasses.dataclass(frozen=True)
class Look:
    """A cluster and one of its nodegroups, as they were at a time."""

    #: The cluster
    cluster: _cluster.Cluster
    #: The nodegroup
    nodegroup: _nodegroup.NodeGroup


class State(enum.Enum):
    """What a look shows of a resize."""

    #: Nothing yet: the conductor has not begun, or doesn't show it
    NOT_BEGUN = 'not begun'
    #: The conductor, the driver or the infrastructure is at it
    RUNNING = 'running'
    #: The nodegroup has the count, and is complete as is its cluster
    DONE = 'done'
    #: The resize has ended otherwise
    FAILED = 'failed'
    #: The cluster failed and the nodegroup did not end: the conductor is
    #: between two saves, or, at the next look, has left it so
    FAILING = 'failing'
    #: The cluster is in a state in which Magnum drops requests
    DROPPED = 'dropped'
    #: The cluster is complete and the nodegroup is not: no later look will
    #: tell whether the nodes are there
    UNKNOWN = 'unknown'


def tell(before: Look, now: Look, node_count: int, seconds: float) -> State:
    """Tell what has become of a resize.

    :param before: What was there before the request.
    :param now: What is there now.
    :param node_count: How many nodes the nodegroup is to have.
    :param seconds: Seconds since the request.
    :returns: The state. What is in ``now`` as it was in ``before`` isn't
        believed to be its outcome.
    """
    cluster, nodegroup = now.cluster, now.nodegroup
    if not _has_begun(before, now, node_count):
        if not is_resizable(cluster):
            return State.DROPPED
        is_left = in_progress(nodegroup) and seconds >= LONGEST_DRIVER_CALL
        return State.UNKNOWN if is_left else State.NOT_BEGUN
    if has_failed(nodegroup):
        return State.FAILED
    if has_failed(cluster):
        return _of_failed_cluster(before, now)
    if not is_complete(cluster):
        return State.RUNNING
    if not is_complete(nodegroup):
        is_late = seconds >= LONGEST_DRIVER_CALL
        return State.UNKNOWN if is_late else State.RUNNING
    if nodegroup.node_count == node_count:
        return State.DONE
    # An earlier operation may have ended, and this resize not begun.
    return State.RUNNING if in_progress(before.cluster) else State.FAILED


def _has_begun(before: Look, now: Look, node_count: int) -> bool:
    if _facts(now.nodegroup) != _facts(before.nodegroup):
        return True
    # A request for the count that the nodegroup is being resized to leaves
    # the nodegroup's record as it is.
    return is_running(before, node_count) or is_running(now, node_count)


def _of_failed_cluster(before: Look, now: Look) -> State:
    if in_progress(now.nodegroup):
        # While the driver is called, an old failure is still there.
        is_news = _outcome(now.cluster) != _outcome(before.cluster)
        return State.FAILING if is_news else State.RUNNING
    is_news = _dated(now.cluster) != _dated(before.cluster)
    return State.FAILED if is_news else State.RUNNING


def is_running(look: Look, node_count: int) -> bool:
    """Tell whether a nodegroup is just being resized to a count.

    :param look: What is there.
    :param node_count: How many nodes.
    :returns: True when it has that count and neither it nor its cluster is
        done with it.
    """
    return bool(
        look.nodegroup.node_count == node_count
        and in_progress(look.nodegroup)
        and in_progress(look.cluster)
    )


def is_left_over(look: Look, node_count: int) -> bool:
    """Tell whether it can't be told if a resize to a count is going on.

    :param look: What is there.
    :param node_count: How many nodes.
    :returns: True when the nodegroup says so and the cluster doesn't: the
        driver is being called just now, or the end was not recorded.
    """
    return bool(
        look.nodegroup.node_count == node_count
        and in_progress(look.nodegroup)
        and not in_progress(look.cluster)
    )


def is_at_rest(look: Look, node_count: int) -> bool:
    """Tell whether a nodegroup has a count, with nothing left to mend.

    :param look: What is there.
    :param node_count: How many nodes.
    :returns: True when another resize to that count would do nothing.
    """
    return bool(
        look.nodegroup.node_count == node_count
        and is_complete(look.nodegroup)
        and is_complete(look.cluster)
    )


def is_resizable(cluster: _cluster.Cluster) -> bool:
    """Tell whether Magnum's conductor takes up a resize of a cluster.

    :param cluster: The cluster.
    :returns: False in the states in which it drops the request.
    """
    return cluster.status in _resizable.RESIZABLE


def status_of(subject: _cluster.Cluster | _nodegroup.NodeGroup) -> str:
    """Write the status of a cluster or a nodegroup.

    :param subject: The cluster or the nodegroup.
    :returns: Such as ``UPDATE_COMPLETE``; Magnum may know none.
    """
    return str(subject.status or 'in an unknown state')


def in_progress(subject: _cluster.Cluster | _nodegroup.NodeGroup) -> bool:
    """Tell whether an operation is going on.

    :param subject: A cluster or a nodegroup.
    :returns: True for a status such as UPDATE_IN_PROGRESS.
    """
    return str(subject.status).endswith('_IN_PROGRESS')


def is_complete(subject: _cluster.Cluster | _nodegroup.NodeGroup) -> bool:
    """Tell whether the last operation has succeeded.

    :param subject: A cluster or a nodegroup.
    :returns: True for a status such as UPDATE_COMPLETE.
    """
    return str(subject.status).endswith('_COMPLETE')


def has_failed(subject: _cluster.Cluster | _nodegroup.NodeGroup) -> bool:
    """Tell whether the last operation has failed.

    :param subject: A cluster or a nodegroup.
    :returns: True for a status such as UPDATE_FAILED.
    """
    return str(subject.status).endswith('_FAILED')


def _facts(nodegroup: _nodegroup.NodeGroup) -> tuple[Any, ...]:
    return (nodegroup.node_count, *_dated(nodegroup))


def _dated(
    subject: _cluster.Cluster | _nodegroup.NodeGroup,
) -> tuple[Any, ...]:
    return (*_outcome(subject), subject.updated_at)


def _outcome(
    subject: _cluster.Cluster | _nodegroup.NodeGroup,
) -> tuple[Any, ...]:
    return subject.status, subject.status_reason
