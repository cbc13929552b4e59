# SPDX-License-Identifier: Apache-2.0

"""The commands to type before and after the resize of clusters."""

from collections.abc import Iterator
from collections.abc import Sequence

from resize_client.osc.command import Hint
from resize_client.osc.command import Message
from resize_client.sdk.container_infra import control_plane
from resize_client.sdk.container_infra import find
from resize_client.sdk.container_infra import plan
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.outcome import Result


def more_safely(outcome: Outcome) -> Iterator[Message]:
    """Return the commands of a safer way, if there is one."""
    before, after = outcome.before.nodegroup, outcome.node_count
    if before.is_control_plane and after >= 1:
        sizes = control_plane.steps(before.node_count, after)
        if len(sizes) > 1:
            yield from _in_steps([outcome], 'More safely', sizes)


def how_to_undo(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Return the commands that undo what was resized, one for all alike."""
    alike: dict[tuple[str, int], list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.result is Result.RESIZED and not outcome.was_running:
            before = outcome.before.nodegroup
            key = (_nodegroup_operand(outcome), before.node_count)
            alike.setdefault(key, []).append(outcome)
    for group in alike.values():
        yield from undo(group, 'To undo')


def how_to_continue(outcome: Outcome, node_count: int) -> Message:
    """Return the command that does the remaining steps.

    :param node_count: The number of nodes after all steps.
    """
    resize = _resize_to([outcome], node_count, '--in-steps')
    return Message('', (Hint('To continue', resize),))


def show(outcome: Outcome) -> Iterator[Message]:
    """Return the commands that show how far a resize is."""
    yield Message('', (show_nodegroup(outcome),))
    if outcome.nodegroup.is_control_plane:
        show = ('coe', 'cluster', 'show', '-c', 'health_status_reason')
        purpose = 'What a driver on Cluster API waits for'
        hint = Hint(purpose, (*show, _cluster_operand(outcome)))
        yield Message('', (hint,))


def show_nodegroup(outcome: Outcome) -> Hint:
    """Return the command that shows the nodegroup."""
    return Hint(
        'To check',
        (
            *('coe', 'nodegroup', 'show'),
            *(_cluster_operand(outcome), _nodegroup_operand(outcome)),
        ),
    )


def undo(outcomes: Sequence[Outcome], purpose: str) -> Iterator[Message]:
    """Return the commands that undo resizes which were alike, if possible."""
    nodegroup = outcomes[0].before.nodegroup
    before, after = nodegroup.node_count, outcomes[0].node_count
    possible = [
        outcome
        for outcome in outcomes
        if not plan.against_node_count(outcome.before.nodegroup, before)
    ]
    if before == after or not possible:
        return
    if not nodegroup.is_control_plane:
        yield from _in_steps(possible, purpose, [before])
        return
    if control_plane.is_risky(after, before):
        purpose += ', after a backup of etcd'
    sizes = control_plane.steps(after, before)
    yield from _in_steps(possible, purpose, sizes)


def _in_steps(
    outcomes: Sequence[Outcome], purpose: str, sizes: Sequence[int]
) -> Iterator[Message]:
    if len(sizes) == 1:
        hint = Hint(purpose, _resize_to(outcomes, sizes[0]))
        yield Message('', (hint,))
    elif sizes:
        yield Message(
            f'{purpose}, in steps:',
            tuple(Hint('', _resize_to(outcomes, size)) for size in sizes),
        )


def _resize_to(
    outcomes: Sequence[Outcome], node_count: int, option: str = '--wait'
) -> tuple[str, ...]:
    return (
        *('coe', 'cluster', 'resize', option),
        *('--nodegroup', _nodegroup_operand(outcomes[0])),
        *(_cluster_operand(outcome) for outcome in outcomes),
        str(node_count),
    )


def _cluster_operand(outcome: Outcome) -> str:
    """Return the name that the user gave, unless it begins with a dash."""
    name = outcome.argument
    return str(outcome.before.cluster.uuid) if name.startswith('-') else name


def _nodegroup_operand(outcome: Outcome) -> str:
    name = str(outcome.nodegroup.name)
    can_be_typed = find.can_be_a_name(name) and not name.startswith('-')
    return name if can_be_typed else str(outcome.nodegroup.id)
