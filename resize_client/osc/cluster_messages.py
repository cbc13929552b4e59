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

"""What the command for clusters tells people."""

from collections.abc import Iterator
from collections.abc import Sequence

from resize_client.osc import errors
from resize_client.osc.command import Message
from resize_client.sdk import faults
from resize_client.sdk.container_infra import control_plane
from resize_client.sdk.container_infra import failure
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import plan as _plan
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra import text
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.outcome import Result
from resize_client.sdk.container_infra.resize_state import State

# What Magnum says of every control plane before FIRST_MAGNUM, and what its
# drivers say since then unless they can.
_TOO_OLD = 'Resizing a master nodegroup is not supported'
_NO_DRIVER = 'Resizing the master nodegroup is not supported by this driver'


def label(plan: _plan.ResizePlan) -> str:
    """Name a nodegroup in a message, at the start of a sentence.

    :param plan: What is done with the nodegroup.
    :returns: Such as ``Nodegroup default-master of cluster dev (d0a51a71-…)``.
    """
    return text.label(plan.cluster, plan.nodegroup)


def state(outcome: Outcome) -> str:
    """Write how far a resize is.

    :param outcome: The nodegroup, as it was just looked at.
    :returns: Such as ``UPDATE_IN_PROGRESS, 3 nodes``.
    """
    begun = ', not begun' if outcome.state is State.NOT_BEGUN else ''
    return (
        f'{resize_state.status_of(outcome.nodegroup)}, '
        f'{text.count(outcome.nodegroup.node_count)}{begun}'
    )


# Before it is asked for


def warnings(plan: _plan.ResizePlan) -> Iterator[Message]:
    """Tell what to think about before a resize.

    :param plan: The resize.
    :returns: The messages, with the commands of a safer way.
    """
    for warning in plan.warnings:
        yield Message(f'Warning: {warning}')
    yield from _steps(plan, 'More safely', plan.steps)


def unchanged(plan: _plan.ResizePlan) -> Message:
    """Tell that there is nothing to do.

    :param plan: The resize.
    :returns: The message.
    """
    return Message(f'{label(plan)} already has {text.count(plan.node_count)}')


def already(plan: _plan.ResizePlan) -> Message:
    """Tell that this very resize is going on.

    :param plan: The resize.
    :returns: The message.
    """
    return Message(
        f'{label(plan)} is being resized to '
        f'{text.count(plan.node_count)} already'
    )


def interrupted_while_asking(plan: _plan.ResizePlan) -> Message:
    """Tell that nobody knows whether Magnum has taken a request.

    :param plan: What was asked for.
    :returns: The message.
    """
    had = text.count(plan.nodegroup.node_count)
    return Message(
        f'Interrupted while asking. {label(plan)} had {had} before; whether '
        'Magnum resizes the nodegroup cannot be told. Unless the resize goes '
        'on already, run the same command again',
        (_look(plan),),
    )


# When it was asked for


def accepted(argument: str) -> Message:
    """Tell that Magnum has taken a request, as python-magnumclient does.

    :param argument: The cluster as the user has named it.
    :returns: The message.
    """
    return Message(f'Request to resize cluster {argument} has been accepted.')


def not_resized(plan: _plan.ResizePlan, outcome: Outcome) -> Message:
    """Tell why Magnum hasn't taken a request.

    :param plan: What was asked for.
    :param outcome: What has failed, or is unknown.
    :returns: The message.
    """
    assert outcome.error is not None
    reason = errors.explain(outcome.error)
    nodegroup = outcome.nodegroup
    still = (
        f'Nodegroup {nodegroup.name} still has '
        f'{text.count(nodegroup.node_count)} and is '
        f'{resize_state.status_of(nodegroup)}'
    )
    again = (
        'Run the same command again: it resizes only what is not being '
        'resized yet'
    )
    if outcome.doubt is not None:
        reason += (
            f'. What nodegroup {nodegroup.name} is now cannot be told: '
            f'{errors.explain(outcome.doubt)}. {again}'
        )
    elif faults.is_uncertain(outcome.error):
        reason += f'. {still}. {again}'
    else:
        reason = _of_control_planes(reason)
        reason += f'. {still}{errors.advise(outcome.error)}'
    return Message(f'{text.label(plan.cluster)} was not resized: {reason}')


def _of_control_planes(reason: str) -> str:
    """Say more clearly that Magnum or a driver resizes no control plane."""
    if reason.startswith(_TOO_OLD):
        return (
            'this Magnum is too old to resize a control plane, which takes '
            f'Magnum {control_plane.FIRST_MAGNUM} (it says: {reason})'
        )
    if reason.startswith(_NO_DRIVER):
        return (
            "the cluster's driver does not support resizing a control plane "
            f'(Magnum: {reason})'
        )
    return reason


# When it has ended


def how_to_undo(plan: _plan.ResizePlan) -> Iterator[Message]:
    """Name the commands that lead back.

    :param plan: What is done.
    :returns: The messages.
    """
    if not plan.is_running:
        yield from _how_to_go_back(plan, 'To undo')


def ended_otherwise(
    plan: _plan.ResizePlan, outcome: Outcome
) -> Iterator[Message]:
    """Tell how a resize has ended that didn't succeed, or its wait.

    :param plan: What was asked for.
    :param outcome: What has become of it.
    :returns: What was seen last, and hints.
    """
    if outcome.result is Result.FAILED:
        yield Message(str(outcome.error), (_look(plan),))
    elif isinstance(outcome.error, failure.OutcomeUnknown):
        yield Message(
            f'{outcome.error}. Run the same command again: it asks for the '
            'resize once more, which changes nothing that has ended'
        )
        yield from _where_to_look(plan)
    else:
        yield _ended_early(plan, outcome)
        yield from _where_to_look(plan)
        yield from _how_to_go_back(
            plan, 'Magnum cannot cancel a resize; to go back afterwards'
        )


def _ended_early(plan: _plan.ResizePlan, outcome: Outcome) -> Message:
    if outcome.error is None:
        why = 'Interrupted'
    else:
        why = errors.explain(outcome.error)
        if outcome.result is Result.UNKNOWN:
            why = f'Cannot go on looking: {why}'
    goes_on = (
        'its resize may begin later'
        if outcome.state is State.NOT_BEGUN
        else 'its resize goes on'
    )
    return Message(
        f'{why}. {label(plan)} was '
        f'{resize_state.status_of(outcome.nodegroup)} with '
        f'{text.count(outcome.nodegroup.node_count)} when last looked '
        f'at; {goes_on}'
    )


# Commands to type

_Command = tuple[str, tuple[str, ...]]


def _where_to_look(plan: _plan.ResizePlan) -> Iterator[Message]:
    yield Message('', (_look(plan),))
    if plan.nodegroup.is_control_plane:
        words = (
            *('coe', 'cluster', 'show', '-c', 'health_status_reason'),
            _cluster(plan),
        )
        purpose = 'What a driver on Cluster API waits for'
        yield Message('', ((purpose, words),))


def _look(plan: _plan.ResizePlan) -> _Command:
    return 'To look', (
        *('coe', 'nodegroup', 'show'),
        *(_cluster(plan), _operand(plan.nodegroup)),
    )


def _how_to_go_back(plan: _plan.ResizePlan, what: str) -> Iterator[Message]:
    """Name the commands that lead back, if that is possible."""
    before, after = plan.nodegroup.node_count, plan.node_count
    if before == after or not plan.can_go_back:
        return
    if not plan.nodegroup.is_control_plane:
        yield from _steps(plan, what, [before])
        return
    if control_plane.is_risky(after, before):
        what += ', after a backup of etcd'
    yield from _steps(plan, what, control_plane.steps(after, before))


def _steps(
    plan: _plan.ResizePlan, what: str, sizes: Sequence[int]
) -> Iterator[Message]:
    """Name the commands that resize step by step."""
    if len(sizes) == 1:
        yield Message('', ((what, _resize_to(plan, sizes[0])),))
    elif sizes:
        yield Message(
            f'{what}, in steps:',
            tuple(('', _resize_to(plan, size)) for size in sizes),
        )


def _resize_to(plan: _plan.ResizePlan, node_count: int) -> tuple[str, ...]:
    return (
        *('coe', 'cluster', 'resize', '--wait'),
        *('--nodegroup', _operand(plan.nodegroup)),
        *(_cluster(plan), str(node_count)),
    )


def _cluster(plan: _plan.ResizePlan) -> str:
    """Name a cluster as the user does, unless that looks like an option."""
    is_like_option = plan.argument.startswith('-')
    return str(plan.cluster.uuid) if is_like_option else plan.argument


def _operand(nodegroup: _nodegroup.NodeGroup) -> str:
    name = str(nodegroup.name)
    can_be_typed = _plan.can_be_a_name(name) and not name.startswith('-')
    return name if can_be_typed else str(nodegroup.id)
