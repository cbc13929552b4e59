# SPDX-License-Identifier: Apache-2.0

"""The messages and hints of the load balancer commands."""

from collections.abc import Iterator
from collections.abc import Sequence

from openstack import exceptions

from resize_client.osc import errors
from resize_client.osc.command import Hint
from resize_client.osc.command import Message
from resize_client.osc.command import Placeholder
from resize_client.osc.command import option
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import ResizeFailure
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result

#: The results of a wait that has ended before what was waited for
EARLY = (Result.TIMED_OUT, Result.INTERRUPTED, Result.UNKNOWN)

NONE_CHANGED = Message('None of the load balancers was changed')

_RESIZE = ('loadbalancer', 'resize')
_REBUILD = ('loadbalancer', 'rebuild')


def state(outcome: Outcome) -> str:
    """Return the progress of a resize or a rebuild.

    The phase, such as ``building amphorae 1 of 2``; the status where the
    service returns no phase.
    """
    resize = outcome.resize
    if resize is None or not resize.phase:
        return str(outcome.status)
    if resize.phase == 'building' and resize.amphorae_to_build:
        built = resize.amphorae_built or 0
        return f'building amphorae {built} of {resize.amphorae_to_build}'
    return str(resize.phase)


def last_state(outcome: Outcome) -> str:
    """Return the status in which a load balancer was seen last."""
    return outcome.status or 'deleted'


def _done(outcome: Outcome) -> str:
    """Return what is done to a load balancer, after "is" or "was"."""
    if outcome.is_rebuild:
        return 'rebuilt'
    return f'resized to {outcome.new_flavor}'


# Before the request


def not_requested(outcome: Outcome) -> Message:
    """Return why a resize or a rebuild was not requested."""
    assert outcome.error is not None
    reason = errors.explain(outcome.error)
    if isinstance(outcome.error, exceptions.NotSupported):
        return Message(f'{reason}{errors.advise(outcome.error)}')
    if isinstance(outcome.error, _resize.DryRunDropped):
        return Message(
            f'{outcome.label} is being {_done(outcome)}: {reason}',
            (_cancel(outcome),) if can_be_shown(outcome) else (),
        )
    if outcome.result is not Result.REFUSED:
        return Message(reason)
    if not isinstance(outcome.error, Refusal):
        return Message(f'{outcome.label} cannot be {_done(outcome)}: {reason}')
    resize = outcome.resize
    if resize is not None and resize.state in _resize.UNFINISHED:
        if resize.state == 'CANCELLING' or resize.can_cancel is False:
            return Message(reason, (_show(outcome),))
        operation = 'rebuild' if resize.is_rebuild else 'resize'
        purpose = f'To cancel that {operation}'
        return Message(reason, (_cancel(outcome, purpose),))
    not_busy = (*_load_balancer.RESIZABLE, _load_balancer.BEING_DELETED)
    hints = () if outcome.status in not_busy else (_show_status(outcome),)
    return Message(reason, hints)


def already(outcome: Outcome) -> Message:
    """Return why nothing begins."""
    hints: tuple[Hint, ...] = ()
    if outcome.result is Result.UNCHANGED and outcome.is_rebuild:
        reason = 'already has what a rebuild would give it'
    elif outcome.result is Result.UNCHANGED:
        reason = f'already has flavor {outcome.new_flavor}'
        if outcome.can_rebuild:
            hints = (_rebuild('To give it new amphorae', outcome),)
    elif outcome.is_attached:
        reason = f'is {outcome.status}, which may be this resize: waiting'
    elif outcome.resize is not None and outcome.resize.state == 'CANCELLING':
        reason = (
            f'is returning to flavor {outcome.new_flavor}, as its resize to '
            f'{outcome.resize.new_flavor} is being cancelled'
        )
    else:
        reason = f'is being {_done(outcome)} already'
    return Message(f'{outcome.label} {reason}', hints)


# After the request


def interrupted_while_sending(outcomes: Sequence[Outcome]) -> Message:
    """Return that only some requests may have been accepted."""
    return Message(
        f'Interrupted. What was accepted continues. {again(outcomes[0])}'
    )


def again(outcome: Outcome) -> str:
    """Return that the same command continues."""
    if outcome.is_rebuild:
        return (
            'Run the same command again with --outdated: it rebuilds only '
            'what is not rebuilt yet'
        )
    return errors.AGAIN


def not_accepted(outcome: Outcome) -> Message:
    """Return why a request was not accepted."""
    assert outcome.error is not None
    message = (
        f'{outcome.label} was not {_done(outcome)}: '
        f'{errors.explain(outcome.error)}. {_unknown_state(outcome)}'
    )
    if outcome.is_deleted:
        return Message(message)
    if outcome.doubt is not None:
        return Message(f'{message}. {again(outcome)}')
    if outcome.load_balancer is outcome.before:
        flavor = _load_balancer.with_flavor(outcome.previous_flavor)
        return Message(
            f'{message}The load balancer is unchanged: {outcome.status} '
            f'{flavor}{errors.advise(outcome.error)}',
            ()
            if outcome.changes_flavor or outcome.is_rebuild
            else tuple(_ways_out(outcome)),
        )
    message += f'The load balancer is now {outcome.status}'
    if outcome.status == _load_balancer.BEING_DELETED:
        return Message(message)
    advice = 'run the same command again'
    if outcome.status not in _load_balancer.RESIZABLE:
        advice += ' when the load balancer is ACTIVE'
    return Message(f'{message}; {advice}')


def _unknown_state(outcome: Outcome) -> str:
    """Return why no state is known after a request, empty if one is."""
    if outcome.is_deleted:
        return 'The load balancer has been deleted meanwhile'
    if outcome.doubt is None:
        return ''
    reason = errors.explain(outcome.doubt)
    return f'Failed to get the load balancer afterwards: {reason}'


def how_to_cancel(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Return the command that cancels what was accepted."""
    accepted = [
        outcome
        for outcome in outcomes
        if outcome.result is Result.ACCEPTED
        and outcome.can_be_undone
        and can_be_shown(outcome)
    ]
    if len(accepted) == 1:
        yield Message('', (_cancel(accepted[0]),))
    elif accepted:
        each = Placeholder('<load-balancer>')
        yield Message('', (Hint('To cancel', (*_RESIZE, 'cancel', each)),))


# After the end


def how_to_undo(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Return the commands that undo what was resized, one for each flavor."""
    resized: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.result is not Result.RESIZED or not outcome.changes_flavor:
            continue
        if outcome.previous_flavor is None:
            yield Message(
                f'{outcome.label} had no flavor before, which a resize '
                'cannot return to'
            )
        elif not outcome.is_previous_flavor_offered:
            yield Message(
                f'{outcome.label} had flavor {outcome.previous_flavor} '
                'before, which is disabled by now: a resize cannot return to '
                'that flavor'
            )
        else:
            resized.setdefault(outcome.previous_flavor, []).append(outcome)
    for flavor, group in resized.items():
        yield Message('', (_resize_to('To undo', flavor, *group),))


def failed(outcome: Outcome) -> Message:
    """Return how an operation has failed, and the ways out."""
    if outcome.is_deleted:
        return Message(f'{outcome.label} was deleted meanwhile')
    assert outcome.load_balancer is not None
    names = {
        outcome.previous_flavor_id: outcome.previous_flavor,
        outcome.new_flavor_id: outcome.new_flavor,
    }
    flavor_id = outcome.load_balancer.flavor_id
    flavor = _load_balancer.with_flavor(names.get(flavor_id, flavor_id))
    message = f'{outcome.label} is {outcome.status} {flavor}'
    if isinstance(outcome.error, ResizeFailure):
        reason = outcome.error.reason
        message += f': {reason}' if reason else ''
        if outcome.error.doubt is not None:
            doubt = errors.explain(outcome.error.doubt)
            message += f'. Failed to get the reason: {doubt}'
    if outcome.is_cancel:
        return Message(message, (_show(outcome),))
    return Message(message, tuple(_ways_out(outcome)))


def ended_early(outcome: Outcome) -> Iterator[Message]:
    """Return why a wait has ended before the operation, and hints."""
    operation = 'cancel' if outcome.is_cancel else outcome.operation
    if outcome.is_attached:
        operation = 'operation in progress'
    yield Message(
        f'{errors.end_of_wait(outcome)}. {outcome.label} was {outcome.status} '
        f'at the last poll; the {operation} continues'
    )
    if not can_be_shown(outcome):
        yield Message('', (_show_status(outcome),))
        return
    yield Message('', (_show(outcome),))
    resize = outcome.resize
    is_too_late = resize is not None and resize.can_cancel is False
    if not (is_too_late or outcome.is_cancel) and outcome.can_be_undone:
        yield Message('', (_cancel(outcome),))


# Cancel


def interrupted_while_cancelling(outcomes: Sequence[Outcome]) -> Message:
    """Return that it is unknown which cancels were accepted."""
    if len(outcomes) > 1:
        return Message(
            'Interrupted while sending the requests: it is unknown which of '
            'the resizes are cancelled. Run the same command again'
        )
    return Message(
        'Interrupted while sending the request: it is unknown whether '
        f'{_operation_of(outcomes[0])} is cancelled. Run the same command '
        'again'
    )


def not_found(outcome: Outcome) -> Message:
    """Return why one of several load balancers was not found."""
    assert outcome.error is not None
    return Message(
        errors.of_get(outcome.error, f'load balancer {outcome.argument}')
    )


def not_cancelled(outcome: Outcome) -> Message:
    """Return why a cancel was not accepted."""
    assert outcome.error is not None
    if isinstance(outcome.error, exceptions.NotSupported):
        return Message(f'{errors.explain(outcome.error)}. Nothing was changed')
    state_now = (
        _unknown_state(outcome) or f'The load balancer is {outcome.status}'
    )
    message = (
        f'{_operation_of(outcome, start=True)} was not cancelled: '
        f'{errors.explain(outcome.error)}. {state_now}'
    )
    if outcome.is_deleted:
        return Message(message)
    return Message(
        message + errors.advise(outcome.error), tuple(_undo(outcome))
    )


def is_being_cancelled(outcome: Outcome) -> Message:
    """Return that a cancel was requested before."""
    return Message(
        f'{_operation_of(outcome, start=True)} is being cancelled already'
    )


def cancelled(outcome: Outcome) -> Message:
    """Return the state after a cancel, with the ways out of ERROR."""
    when = ' already' if outcome.result is Result.UNCHANGED else ''
    flavor = _load_balancer.with_flavor(outcome.previous_flavor)
    message = (
        f'{_operation_of(outcome, start=True)} is cancelled{when}; the load '
        f'balancer is {outcome.status} {flavor}'
    )
    if outcome.status != 'ERROR':
        return Message(message)
    return Message(f'{message}, as before', tuple(_ways_out(outcome)))


def _operation_of(outcome: Outcome, *, start: bool = False) -> str:
    """Return such as ``the resize of load balancer web (d0a51a71-…)``."""
    assert outcome.before is not None
    load_balancer = _load_balancer.label(outcome.before, start=False)
    the = 'The' if start else 'the'
    return f'{the} {outcome.operation} of {load_balancer}'


# Hints


def operand(outcome: Outcome) -> str:
    """Return the name that the user gave, unless it begins with a dash."""
    argument = outcome.argument
    return outcome.id if argument.startswith('-') else argument


def can_be_shown(outcome: Outcome) -> bool:
    """Return whether the cloud has the commands show and cancel."""
    return outcome.is_recorded or outcome.resize is not None


def _show(outcome: Outcome) -> Hint:
    return Hint('To check', (*_RESIZE, 'show', operand(outcome)))


def _show_status(outcome: Outcome) -> Hint:
    show = ('loadbalancer', 'show', '-c', 'provisioning_status')
    return Hint('To check', (*show, operand(outcome)))


def _cancel(outcome: Outcome, purpose: str = 'To cancel') -> Hint:
    return Hint(purpose, (*_RESIZE, 'cancel', operand(outcome)))


def _resize_to(purpose: str, flavor: str, *outcomes: Outcome) -> Hint:
    operands = (operand(outcome) for outcome in outcomes)
    return Hint(
        purpose, (*_RESIZE, '--wait', *option('--flavor', flavor), *operands)
    )


def _rebuild(purpose: str, outcome: Outcome) -> Hint:
    return Hint(purpose, (*_REBUILD, '--wait', operand(outcome)))


def _ways_out(outcome: Outcome) -> Iterator[Hint]:
    """Return the commands that lead out of ERROR, the surest first."""
    if outcome.status != 'ERROR':
        return
    resize = outcome.resize
    if outcome.can_be_undone and resize is not None and resize.can_cancel:
        yield _cancel(outcome)
    elif outcome.is_rebuild:
        pass
    elif (
        outcome.previous_flavor is not None
        and outcome.is_previous_flavor_offered
        and resize is not None
        and (outcome.changes_flavor or resize.state == 'CANCELLED')
    ):
        yield _resize_to(
            f'To rebuild with flavor {outcome.previous_flavor}',
            outcome.previous_flavor,
            outcome,
        )
    else:
        # Octavia with the specification's PUT only refuses the same flavor.
        yield Hint(
            'An administrator can fail the load balancer over',
            ('loadbalancer', 'failover', outcome.id),
        )
    if outcome.is_rebuild:
        yield _rebuild('To try again', outcome)
    elif outcome.changes_flavor and outcome.new_flavor is not None:
        yield _resize_to('To try again', outcome.new_flavor, outcome)


def _undo(outcome: Outcome) -> Iterator[Hint]:
    """Return the command that undoes a resize that can't be cancelled."""
    if (
        (outcome.resize is not None and outcome.resize.state == 'COMPLETED')
        and outcome.status == 'ACTIVE'
        and outcome.changes_flavor
        and outcome.previous_flavor is not None
        and outcome.is_previous_flavor_offered
    ):
        yield _resize_to('To undo', outcome.previous_flavor, outcome)
