# SPDX-License-Identifier: Apache-2.0

"""The messages and hints of the cluster command."""

from collections.abc import Iterator

from resize_client.osc import cluster_hints as hints
from resize_client.osc import errors
from resize_client.osc.command import Message
from resize_client.sdk import faults
from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import control_plane
from resize_client.sdk.container_infra import health
from resize_client.sdk.container_infra import plan
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra import steps
from resize_client.sdk.container_infra.nodegroup import count_nodes
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.outcome import OutcomeUnknown
from resize_client.sdk.container_infra.resize_state import State
from resize_client.sdk.outcome import Result

# Magnum's refusal of every control plane before FIRST_MAGNUM, and since then
# for a driver that can't resize one.
_TOO_OLD = 'Resizing a master nodegroup is not supported'
_NO_DRIVER = 'Resizing the master nodegroup is not supported by this driver'


#: The result of a dry run where only a resize shows whether it can be done
NOT_CHECKED = 'not checked'

_AFTER_THE_WAIT = {
    State.NOT_BEGUN: 'the resize may begin later',
    State.DONE: 'the next step was not requested',
}


def state(outcome: Outcome) -> str:
    """Return the progress of a resize, such as ``UPDATE_IN_PROGRESS``."""
    return ', '.join(
        [resize_state.status_of(outcome.nodegroup), *_progress(outcome)]
    )


def _progress(outcome: Outcome) -> Iterator[str]:
    nodes = count_nodes(outcome.nodegroup.node_count)
    if outcome.state is State.NOT_BEGUN:
        yield nodes
        yield 'not begun'
    elif not resize_state.in_progress(outcome.nodegroup):
        yield nodes
        if outcome.result is Result.REFUSED:
            yield 'next step when it is healthy'
    else:
        if not outcome.health.nodes:
            yield f'{nodes} requested'
        yield from readiness(outcome)


def readiness(outcome: Outcome) -> Iterator[str]:
    """Return what is known about the nodes of a control plane."""
    known = outcome.health
    if known.nodes:
        # The nodes that are yet to come are not ready either.
        expected = max(len(known.nodes), outcome.nodegroup.node_count)
        yield f'control plane {known.ready} of {expected} ready'
        if known.not_ready:
            yield f'{" and ".join(known.not_ready)} not ready'
    elif known.reason:
        yield f'control plane {known.reason[0].lower()}{known.reason[1:]}'


# Before the request


def warnings(outcome: Outcome) -> Iterator[Message]:
    """Return what to consider before a resize."""
    if not outcome.was_running:
        for warning in (
            *_of_cluster(outcome),
            *_of_control_plane(outcome),
            *_of_nodes_to_remove(outcome),
        ):
            yield Message(f'Warning: {warning}')


def steps_to_do(outcome: Outcome) -> Iterator[Message]:
    """Return the steps that are to come."""
    if outcome.result is Result.UNCHANGED:
        return
    for warning in (*_of_cluster(outcome), *_of_health(outcome)):
        yield Message(f'Warning: {warning}')
    sizes = ', '.join(map(str, steps.sizes(outcome)))
    yield Message(f'{outcome.label} gets these numbers of nodes: {sizes}')


def _of_cluster(outcome: Outcome) -> Iterator[str]:
    cluster, nodegroup = outcome.before.cluster, outcome.before.nodegroup
    if str(cluster.status) == 'UPDATE_IN_PROGRESS':
        yield (
            f'{_cluster.label(cluster)} is being updated already: of two '
            'resizes at the same time the earlier one may win'
        )
    if (
        nodegroup.is_control_plane
        and outcome.node_count > 1
        and cluster.is_master_lb_enabled is False
    ):
        yield (
            f'{_cluster.label(cluster)} was created without '
            'master_lb_enabled: its API is reached through one node only, and '
            'fails with it'
        )


def _of_control_plane(outcome: Outcome) -> Iterator[str]:
    nodegroup, node_count = outcome.before.nodegroup, outcome.node_count
    if not nodegroup.is_control_plane or node_count < 1:
        return
    yield from _of_health(outcome)
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


def _of_health(outcome: Outcome) -> Iterator[str]:
    before, node_count = outcome.before, outcome.node_count
    unhealthy = plan.risk_of_health(before, node_count)
    if unhealthy is not None:
        # It was forced.
        yield unhealthy
    elif (
        before.health.status == health.UNKNOWN
        and node_count < before.nodegroup.node_count
    ):
        yield (
            f'The health of {_cluster.label(before.cluster, start=False)} is '
            'UNKNOWN to Magnum: to remove a ready node while another one is '
            'not ready may cost etcd its majority'
        )


def _of_nodes_to_remove(outcome: Outcome) -> Iterator[str]:
    if outcome.nodes_to_remove and outcome.before.nodegroup.is_control_plane:
        yield (
            'Which nodes of a control plane leave is up to the driver: it '
            'may ignore the nodes to remove, as magnum-capi-helm does'
        )


def unchanged(outcome: Outcome) -> Message:
    """Return that there is nothing to do."""
    return Message(
        f'{outcome.label} already has {count_nodes(outcome.node_count)}'
    )


def already(outcome: Outcome) -> Message:
    """Return that this very resize is in progress."""
    return Message(
        f'{outcome.label} is being resized to '
        f'{count_nodes(outcome.node_count)} already'
    )


def result_of_dry_run(outcome: Outcome) -> str:
    """Return the result of a dry run."""
    if outcome.was_running:
        return Result.UNCHANGED
    if outcome.result is not Result.NOT_STARTED:
        return outcome.result
    # Every driver resizes workers.
    is_control_plane = outcome.nodegroup.is_control_plane
    return NOT_CHECKED if is_control_plane else 'would be resized'


def not_checked(outcome: Outcome) -> Message:
    """Return what a dry run can't check."""
    label = _cluster.label(outcome.before.cluster, start=False)
    return Message(
        'Magnum checks only during the resize whether the driver of '
        f'{label} can resize its control plane, and to this size'
    )


def interrupted_while_sending(outcome: Outcome) -> Message:
    """Return that it is unknown whether Magnum accepted a request."""
    had = count_nodes(outcome.before.nodegroup.node_count)
    return Message(
        'Interrupted while sending the request: it is unknown whether Magnum '
        f'accepted it. {outcome.label} had {had} before. If no resize is in '
        'progress, run the same command again',
        (hints.show_nodegroup(outcome),),
    )


# After the request


def accepted(argument: str) -> Message:
    """Return that Magnum accepted a request, as python-magnumclient does."""
    return Message(f'Request to resize cluster {argument} has been accepted.')


def not_resized(outcome: Outcome) -> Message:
    """Return why Magnum has not accepted a request."""
    assert outcome.error is not None
    reason = errors.explain(outcome.error)
    nodegroup = outcome.nodegroup
    still = (
        f'Nodegroup {nodegroup.name} still has '
        f'{count_nodes(nodegroup.node_count)} and is '
        f'{resize_state.status_of(nodegroup)}'
    )
    if outcome.doubt is not None:
        reason += (
            f'. Failed to get nodegroup {nodegroup.name} afterwards: '
            f'{errors.explain(outcome.doubt)}. {errors.AGAIN}'
        )
    elif faults.is_uncertain(outcome.error):
        reason += f'. {still}. {errors.AGAIN}'
    else:
        reason = _of_unsupported(reason)
        reason += f'. {still}{errors.advise(outcome.error)}'
    return Message(
        f'{_cluster.label(outcome.before.cluster)} was not resized: {reason}'
    )


def _of_unsupported(reason: str) -> str:
    """Explain that Magnum or a driver resizes no control plane."""
    if reason.startswith(_TOO_OLD):
        return (
            'this Magnum is too old to resize a control plane, which takes '
            f'Magnum {control_plane.FIRST_MAGNUM} (Magnum: {reason})'
        )
    if reason.startswith(_NO_DRIVER):
        return (
            "the cluster's driver does not support resizing a control plane "
            f'(Magnum: {reason})'
        )
    return reason


# After the end


def not_done(outcome: Outcome) -> Iterator[Message]:
    """Return how a resize has failed, or its wait ended early, and hints."""
    if outcome.result in (Result.FAILED, Result.REFUSED):
        yield Message(str(outcome.error), (hints.show_nodegroup(outcome),))
    elif isinstance(outcome.error, OutcomeUnknown):
        yield Message(
            f'{outcome.error}. Run the same command again: it requests the '
            'resize once more, which changes nothing that has ended'
        )
        yield from hints.show(outcome)
    else:
        yield _ended_early(outcome)
        yield from hints.show(outcome)
        yield from hints.undo(
            [outcome], 'Magnum cannot cancel a resize; to undo it afterwards'
        )


def _ended_early(outcome: Outcome) -> Message:
    resize = _AFTER_THE_WAIT.get(outcome.state, 'the resize continues')
    return Message(
        f'{errors.end_of_wait(outcome)}. {outcome.label} was '
        f'{resize_state.status_of(outcome.nodegroup)} with '
        f'{", ".join(_at_the_end(outcome))} at the last poll; '
        f'{resize}'
    )


def _at_the_end(outcome: Outcome) -> Iterator[str]:
    yield count_nodes(outcome.nodegroup.node_count)
    yield from readiness(outcome)
