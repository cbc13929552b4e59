# SPDX-License-Identifier: Apache-2.0

"""The messages, hints and dry-run rows of the load balancer commands."""

from collections.abc import Iterator
from collections.abc import Sequence

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

NONE_CHANGED = Message('None of the load balancers was changed')

INTERRUPTED_WHILE_SENDING = Message(
    'Interrupted while sending the requests. What was accepted continues. Run '
    'the same command again: it resizes only what is not being resized yet'
)

_DELETED = 'The load balancer has been deleted meanwhile'


def state(outcome: Outcome) -> str:
    """Return the progress of a resize.

    The phase, such as ``building amphorae 1 of 2``; the status where the
    service returns no phase.
    """
    resize = outcome.resize
    if resize is None or not resize.phase:
        return str(outcome.status)
    phase = str(resize.phase)
    if phase == 'building' and resize.amphorae_to_build:
        built = resize.amphorae_built or 0
        return f'{phase} amphorae {built} of {resize.amphorae_to_build}'
    return phase


# Before the request


def not_requested(outcome: Outcome) -> Message:
    """Return why a resize was not requested."""
    assert outcome.error is not None
    reason = errors.explain(outcome.error)
    if isinstance(outcome.error, _resize.DryRunDropped):
        return Message(
            f'{outcome.label} is being resized to {outcome.new_flavor}: '
            f'{reason}',
            _cancel_if_recorded(outcome),
        )
    if outcome.result is not Result.REFUSED:
        return Message(reason)
    if not isinstance(outcome.error, Refusal):
        return Message(
            f'{outcome.label} cannot be resized to {outcome.new_flavor}: '
            f'{reason}'
        )
    resize = outcome.resize
    if resize is not None and resize.state in _resize.UNFINISHED:
        if resize.state == 'CANCELLING' or resize.can_cancel is False:
            return Message(reason, (_show(outcome),))
        return Message(reason, (_cancel('To cancel that resize', outcome),))
    if outcome.status in (
        *_load_balancer.RESIZABLE,
        _load_balancer.BEING_DELETED,
    ):
        return Message(reason)
    return Message(reason, (_show_status(outcome),))


def already(outcome: Outcome) -> Message:
    """Return why no request is needed."""
    if outcome.result is Result.UNCHANGED:
        reason = f'already has flavor {outcome.new_flavor}'
    elif outcome.resize is not None and outcome.resize.state == 'CANCELLING':
        reason = (
            f'is returning to flavor {outcome.new_flavor}, as its resize to '
            f'{outcome.resize.new_flavor} is being cancelled'
        )
    else:
        reason = f'is being resized to {outcome.new_flavor} already'
    return Message(f'{outcome.label} {reason}')


def traffic(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Return how the resizes affect traffic, according to the service."""
    named: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.preview is not None and outcome.preview.traffic:
            sentence = str(outcome.preview.traffic).rstrip('. ')
            named.setdefault(sentence, []).append(outcome.argument)
    for sentence, arguments in named.items():
        whose = f' of {", ".join(arguments)}' if len(named) > 1 else ''
        yield Message(f'Traffic{whose} meanwhile: {sentence}')


_Row = tuple[str, str | None, object, object, str]


def dry_run_rows(outcomes: Sequence[Outcome]) -> Iterator[_Row]:
    """Return a row for each subject of each load balancer.

    The name or ID that the user gave; the subject; its value before and
    after; the verdict.
    """
    for outcome in outcomes:
        if outcome.before is None:
            yield outcome.argument, None, None, None, str(outcome.result)
            continue
        for subject, before, after, verdict in _subjects(outcome):
            yield outcome.argument, subject, before, after, verdict


def _subjects(outcome: Outcome) -> Iterator[tuple[str, object, object, str]]:
    refused = _refused_subjects(outcome)
    checked: dict[str, tuple[object, object]] = {
        'flavor': (outcome.previous_flavor, outcome.new_flavor),
        'state': (outcome.status, None),
    }
    for subject, (before, after) in checked.items():
        verdict = 'refused' if subject in refused else 'ok'
        yield subject, before, after, verdict
    for subject in refused:
        if subject not in checked:
            yield subject, None, None, 'refused'
    if outcome.preview is not None:
        yield from _subjects_of_preview(outcome.preview)
    elif outcome.result is Result.NOT_STARTED:
        yield 'service', None, None, 'not checked'


def _refused_subjects(outcome: Outcome) -> Sequence[str]:
    if outcome.error is None:
        return ()
    if isinstance(outcome.error, Refusal):
        return tuple(outcome.error.reasons)
    return ('service',)


def _subjects_of_preview(
    preview: _resize.LoadBalancerResizePreview,
) -> Iterator[tuple[str, object, object, str]]:
    yield 'service', None, None, 'ok'
    if preview.topology:
        yield 'topology', preview.topology, preview.topology, 'same'
    for field in preview.profile or ():
        before, after = field.get('from'), field.get('to')
        verdict = 'same' if before == after else 'changes'
        yield field.get('name'), before, after, verdict


# After the request


def not_resized(outcome: Outcome) -> Message:
    """Return why a request was not accepted."""
    assert outcome.error is not None
    message = (
        f'{outcome.label} was not resized to {outcome.new_flavor}: '
        f'{errors.explain(outcome.error)}. '
    )
    if outcome.is_deleted:
        return Message(message + _DELETED)
    if outcome.doubt is not None:
        return Message(
            f'{message}Failed to get the load balancer afterwards: '
            f'{errors.explain(outcome.doubt)}. Run the same command again: '
            'it resizes only what is not being resized yet'
        )
    if outcome.load_balancer is outcome.before:
        flavor = _load_balancer.with_flavor(outcome.previous_flavor)
        return Message(
            f'{message}The load balancer is unchanged: {outcome.status} '
            f'{flavor}{errors.advise(outcome.error)}'
        )
    message += f'The load balancer is now {outcome.status}'
    if outcome.status == _load_balancer.BEING_DELETED:
        return Message(message)
    again = 'run the same command again'
    if outcome.status not in _load_balancer.RESIZABLE:
        again += ' when the load balancer is ACTIVE'
    return Message(f'{message}; {again}')


def how_to_cancel(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Return the command that cancels what was accepted."""
    accepted = [
        outcome
        for outcome in outcomes
        if outcome.result is Result.ACCEPTED
        and outcome.changes_flavor
        and _can_be_shown(outcome)
    ]
    if len(accepted) == 1:
        yield Message('', (_cancel('To cancel', accepted[0]),))
    elif accepted:
        each = Placeholder('<load-balancer>')
        words = ('loadbalancer', 'resize', 'cancel', each)
        yield Message('', (Hint('To cancel', words),))


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
    """Return how a resize, or its cancel, has failed, and the ways out."""
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
    if outcome.is_cancel:
        return Message(message, (_show(outcome),))
    return Message(message, tuple(_ways_out(outcome)))


def ended_early(outcome: Outcome) -> Iterator[Message]:
    """Return why a wait has ended before the resize, and hints."""
    if outcome.result is Result.INTERRUPTED:
        why = 'Interrupted'
    else:
        assert outcome.error is not None
        why = errors.explain(outcome.error)
        if outcome.result is Result.UNKNOWN:
            why = f'Stopped waiting: {why}'
    operation = 'cancel' if outcome.is_cancel else 'resize'
    yield Message(
        f'{why}. {outcome.label} was {outcome.status} at the last poll; the '
        f'{operation} continues'
    )
    if not _can_be_shown(outcome):
        yield Message('', (_show_status(outcome),))
        return
    yield Message('', (_show(outcome),))
    can_cancel = outcome.resize is None or (
        outcome.resize.can_cancel is not False
    )
    if not outcome.is_cancel and outcome.changes_flavor and can_cancel:
        yield Message('', (_cancel('To cancel', outcome),))


# Cancel


def interrupted_while_cancelling(outcome: Outcome) -> Message:
    """Return that it is unknown whether a cancel was accepted."""
    return Message(
        'Interrupted while sending the request: it is unknown whether the '
        f'resize of {_inner(outcome)} is cancelled. Run the same command again'
    )


def not_cancelled(outcome: Outcome) -> Message:
    """Return why a cancel was not accepted."""
    assert outcome.error is not None
    message = (
        f'The resize of {_inner(outcome)} was not cancelled: '
        f'{errors.explain(outcome.error)}. '
    )
    if outcome.is_deleted:
        return Message(message + _DELETED)
    if outcome.doubt is not None:
        message += (
            'Failed to get the load balancer afterwards: '
            f'{errors.explain(outcome.doubt)}'
        )
    else:
        message += f'The load balancer is {outcome.status}'
    return Message(
        message + errors.advise(outcome.error), tuple(_way_back(outcome))
    )


def is_being_cancelled(outcome: Outcome) -> Message:
    """Return that a cancel was requested before."""
    return Message(
        f'The resize of {_inner(outcome)} is being cancelled already'
    )


def cancelled(outcome: Outcome) -> Message:
    """Return the state after a cancel, with the ways out of ERROR."""
    when = ' already' if outcome.result is Result.UNCHANGED else ''
    flavor = _load_balancer.with_flavor(outcome.previous_flavor)
    message = (
        f'The resize of {_inner(outcome)} is cancelled{when}; the load '
        f'balancer is {outcome.status} {flavor}'
    )
    if outcome.status != 'ERROR':
        return Message(message)
    return Message(f'{message}, as before', tuple(_ways_out(outcome)))


def _inner(outcome: Outcome) -> str:
    """Return what names a load balancer within a sentence."""
    assert outcome.before is not None
    return _load_balancer.label(outcome.before, start=False)


# Hints


def _operand(outcome: Outcome) -> str:
    """Return the user's name, unless that looks like an option."""
    argument = outcome.argument
    return outcome.id if argument.startswith('-') else argument


def _can_be_shown(outcome: Outcome) -> bool:
    """Return whether the cloud has the commands show and cancel."""
    return outcome.is_recorded or outcome.resize is not None


def _cancel_if_recorded(outcome: Outcome) -> tuple[Hint, ...]:
    if not _can_be_shown(outcome):
        return ()
    return (_cancel('To cancel', outcome),)


def _show(outcome: Outcome) -> Hint:
    words = ('loadbalancer', 'resize', 'show', _operand(outcome))
    return Hint('To check', words)


def _show_status(outcome: Outcome) -> Hint:
    show = ('loadbalancer', 'show', '-c', 'provisioning_status')
    return Hint('To check', (*show, _operand(outcome)))


def _cancel(purpose: str, outcome: Outcome) -> Hint:
    words = ('loadbalancer', 'resize', 'cancel', _operand(outcome))
    return Hint(purpose, words)


def _resize_to(purpose: str, flavor: str, *outcomes: Outcome) -> Hint:
    return Hint(
        purpose,
        (
            *('loadbalancer', 'resize', '--wait', *option('--flavor', flavor)),
            *(_operand(outcome) for outcome in outcomes),
        ),
    )


def _ways_out(outcome: Outcome) -> Iterator[Hint]:
    """Return the commands that lead out of ERROR, the surest first."""
    if outcome.status != 'ERROR':
        return
    resize = outcome.resize
    is_over = resize is None or resize.state == 'CANCELLED'
    if outcome.changes_flavor and resize is not None and resize.can_cancel:
        yield _cancel('To cancel', outcome)
    elif (
        outcome.previous_flavor is not None
        and outcome.is_previous_flavor_offered
        and resize is not None
        and (outcome.changes_flavor or is_over)
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
    if outcome.changes_flavor and outcome.new_flavor is not None:
        yield _resize_to('To try again', outcome.new_flavor, outcome)


def _way_back(outcome: Outcome) -> Iterator[Hint]:
    """Return the command that undoes what is too late to cancel."""
    if (
        (outcome.resize is not None and outcome.resize.state == 'COMPLETED')
        and outcome.status == 'ACTIVE'
        and outcome.changes_flavor
        and outcome.previous_flavor is not None
        and outcome.is_previous_flavor_offered
    ):
        yield _resize_to('To undo', outcome.previous_flavor, outcome)
