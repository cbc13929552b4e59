# SPDX-License-Identifier: Apache-2.0

"""The messages and hints about many load balancers."""

from collections.abc import Iterator
from collections.abc import Sequence

from resize_client.osc import command
from resize_client.osc import load_balancer_messages as messages
from resize_client.osc.command import Hint
from resize_client.osc.command import Message
from resize_client.osc.command import Placeholder
from resize_client.osc.command import option
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import ResizeFailure
from resize_client.sdk.outcome import Result

_TO_RETURN = 'To return all that failed to what they were'


def selected(count: int, selection: str) -> Message:
    """Return how many load balancers there are to choose from."""
    if not count:
        return Message(f'No load balancer matches {selection}: nothing to do')
    if count == 1:
        return Message(f'1 load balancer matches {selection}')
    return Message(f'{count} load balancers match {selection}')


def unchanged(outcomes: Sequence[Outcome]) -> Message:
    """Return that many need no request."""
    have = f'{len(outcomes)} load balancers already have'
    if outcomes[0].is_rebuild:
        return Message(f'{have} what a rebuild would give them')
    return Message(f'{have} flavor {outcomes[0].new_flavor}')


#: The progress of one
state = messages.state


def end(outcome: Outcome) -> str | None:
    """Return the state in which an operation has ended, None if it has not."""
    if (
        outcome.result in (Result.RESIZED, Result.REBUILT)
        or outcome.is_deleted
        or isinstance(outcome.error, ResizeFailure)
    ):
        return messages.last_state(outcome)
    return None


def ends(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Return why each that has not ended well has not."""
    for outcome in outcomes:
        if isinstance(outcome.error, ResizeFailure):
            yield Message(messages.failed(outcome).text)
        elif outcome.result in (Result.FAILED, Result.REFUSED):
            yield Message(messages.not_accepted(outcome).text)
        elif outcome.result in messages.EARLY and (
            outcome.result is not Result.UNKNOWN or outcome.error is not None
        ):
            yield next(messages.ended_early(outcome))


def summary(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Return how many have which result, and the way back from failures."""
    yield Message(command.count(outcomes), tuple(_way_back(outcomes)))


def again(outcomes: Sequence[Outcome]) -> Message:
    """Return that the same command continues."""
    return Message(messages.again(outcomes[0]))


def _way_back(outcomes: Sequence[Outcome]) -> Iterator[Hint]:
    """Return the one command that leads back from all that are in ERROR."""
    in_error = [outcome for outcome in outcomes if outcome.status == 'ERROR']
    failed = [o for o in in_error if o.result is Result.FAILED]
    if any(_needs_failover(outcome) for outcome in in_error):
        yield from _ways_out_without_record(failed)
        return
    if not failed:
        return
    flavors = {outcome.previous_flavor for outcome in failed}
    if all(_can_be_cancelled(outcome) for outcome in failed):
        yield _back(_TO_RETURN, ('resize', 'cancel', '--wait'), failed)
    elif any(outcome.is_rebuild for outcome in failed):
        yield _back(_TO_RETURN, ('rebuild', '--wait'), failed)
    elif not all(_can_return_by_resize(outcome) for outcome in failed):
        purpose = 'An administrator can rebuild all that failed'
        yield _back(purpose, ('rebuild', '--wait'), failed)
    else:
        # A user may not rebuild.
        for flavor in sorted(map(str, flavors)):
            purpose = _TO_RETURN
            if len(flavors) > 1:
                purpose = f'To return those that had flavor {flavor}'
            yield _back(
                purpose,
                ('resize', '--wait', *option('--flavor', flavor)),
                [o for o in failed if o.previous_flavor == flavor],
            )


def _back(
    purpose: str, arguments: Sequence[str], failed: Sequence[Outcome]
) -> Hint:
    operands = map(messages.operand, failed)
    return Hint(purpose, ('loadbalancer', *arguments, *operands))


def _can_return_by_resize(outcome: Outcome) -> bool:
    return (
        outcome.previous_flavor is not None
        and outcome.is_previous_flavor_offered
    )


def _needs_failover(outcome: Outcome) -> bool:
    """Return whether a service without a record left it in ERROR.

    Such a service refuses the same flavor, and has no rebuild.
    """
    is_same = outcome.result is Result.REFUSED and not outcome.changes_flavor
    return not messages.can_be_shown(outcome) and (
        is_same or outcome.result is Result.FAILED
    )


def _ways_out_without_record(failed: Sequence[Outcome]) -> Iterator[Hint]:
    yield Hint(
        'An administrator can fail each of them over',
        ('loadbalancer', 'failover', Placeholder('<load-balancer>')),
    )
    for flavor in {o.new_flavor for o in failed if o.new_flavor}:
        operands = map(messages.operand, failed)
        again = ('resize', '--wait', *option('--flavor', flavor), *operands)
        yield Hint('To try again', ('loadbalancer', *again))


def _can_be_cancelled(outcome: Outcome) -> bool:
    """Return whether a cancel makes a load balancer ACTIVE again."""
    return (
        outcome.before is not None
        and outcome.before.provisioning_status == 'ACTIVE'
        and outcome.resize is not None
        and outcome.resize.can_cancel is True
    )
