# SPDX-License-Identifier: Apache-2.0

"""The messages and hints about several clusters."""

from collections.abc import Iterator
from collections.abc import Sequence

from openstack import exceptions

from resize_client.osc import cluster_messages as messages
from resize_client.osc import command
from resize_client.osc import errors
from resize_client.osc.command import Message
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.outcome import OutcomeUnknown
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result

NONE_CHANGED = Message('None of the clusters was changed')

INTERRUPTED = Message(
    f'Interrupted. What was accepted continues. {errors.AGAIN}'
)

_NOT_CHECKED = Message(
    'Magnum checks only during a resize whether the driver of a cluster can '
    'resize its control plane, and to this size'
)

_OF_GET = (Result.NOT_FOUND, Result.AMBIGUOUS, Result.FORBIDDEN)


# Before the requests


def refused(outcome: Outcome) -> Message:
    """Return why a check has refused a resize."""
    assert outcome.error is not None
    if not isinstance(outcome.error, Refusal):
        return Message(
            errors.of_get(outcome.error, f'cluster {outcome.argument}')
        )
    return Message(
        '\n'.join(
            f'{outcome.argument}: {reason}'
            for reason in outcome.error.reasons.values()
        )
    )


def to_consider(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Return what is not requested, and each warning once."""
    for outcome in outcomes:
        if outcome.result is Result.UNCHANGED:
            yield messages.unchanged(outcome)
        elif outcome.result is Result.ACCEPTED:
            yield messages.already(outcome)
    warnings = [
        warning
        for outcome in outcomes
        if outcome.result is Result.NOT_STARTED
        for warning in messages.warnings(outcome)
    ]
    yield from dict.fromkeys(warnings)


def not_checked(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Return what a dry run can't check."""
    results = map(messages.result_of_dry_run, outcomes)
    if messages.NOT_CHECKED in results:
        yield _NOT_CHECKED


# Meanwhile


#: The progress of one
state = messages.state


def end(outcome: Outcome) -> str | None:
    """Return the state in which a resize has ended, None if it has not."""
    if outcome.result is Result.RESIZED or isinstance(
        outcome.error, (exceptions.ResourceFailure, OutcomeUnknown)
    ):
        return messages.state(outcome)
    return None


# At the end


def ends(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Return why each that has not ended well has not."""
    for outcome in outcomes:
        message = _why(outcome)
        if message is not None:
            yield message


def _why(outcome: Outcome) -> Message | None:
    error, result = outcome.error, outcome.result
    is_of_wait = result is Result.UNKNOWN and outcome.doubt is None
    if result is Result.INTERRUPTED or (
        error is not None
        and (is_of_wait or result is Result.TIMED_OUT or end(outcome))
    ):
        return next(messages.not_done(outcome))
    if error is None:
        return None
    if isinstance(error, Refusal) or result in _OF_GET:
        return refused(outcome)
    return messages.not_resized(outcome)


def summary(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Return how many have which result."""
    yield Message(command.count(outcomes))


def again(outcomes: Sequence[Outcome]) -> Message:
    """Return that the same command continues."""
    return Message(errors.AGAIN)
