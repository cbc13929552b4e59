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

"""What the commands for load balancers tell people."""

from collections.abc import Iterator
from collections.abc import Sequence

from resize_client.osc import errors
from resize_client.osc import load_balancer_commands as commands
from resize_client.osc.command import Message
from resize_client.osc.command import Placeholder
from resize_client.sdk.load_balancer import failure
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import plan
from resize_client.sdk.load_balancer import preview as _preview
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer import text
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import Result

NONE_CHANGED = Message('None of the load balancers was changed')

INTERRUPTED_WHILE_ASKING = Message(
    'Interrupted while asking. What was accepted goes on; run the same '
    'command again: it resizes only what is not being resized yet'
)

_DELETED = 'The load balancer has been deleted meanwhile'


def state(outcome: Outcome) -> str:
    """Write how far a resize is.

    :param outcome: The load balancer, as it was just looked at.
    :returns: The phase, such as ``building amphorae 1 of 2``; the status
        where the service tells no phase.
    """
    resize = outcome.resize
    if resize is None or not resize.phase:
        return str(outcome.status)
    phase = str(resize.phase)
    if phase == 'building' and resize.amphorae_to_build:
        built = resize.amphorae_built or 0
        return f'{phase} amphorae {built} of {resize.amphorae_to_build}'
    return phase


# Before it is asked for


def why_not_asked(outcome: Outcome) -> Message:
    """Tell what speaks against a resize that was not asked for.

    :param outcome: What is refused, or not found.
    :returns: The message.
    """
    assert outcome.error is not None
    words = errors.explain(outcome.error)
    if isinstance(outcome.error, _preview.DryRunDropped):
        return Message(
            f'{outcome.label} is being resized to {outcome.new_flavor}: '
            f'{words}',
            (commands.cancel('To cancel', outcome),),
        )
    if outcome.result is not Result.REFUSED:
        return Message(words)
    if not isinstance(outcome.error, plan.Refusal):
        return Message(
            f'{outcome.label} cannot be resized to {outcome.new_flavor}: '
            f'{words}'
        )
    resize = outcome.resize
    if resize is not None and resize.state in _resize.UNFINISHED:
        if resize.state == 'CANCELLING' or resize.can_cancel is False:
            return Message(words, (commands.look(outcome),))
        return Message(
            words, (commands.cancel('To cancel that resize', outcome),)
        )
    if outcome.status in (
        *_load_balancer.RESIZABLE,
        _load_balancer.BEING_DELETED,
    ):
        return Message(words)
    return Message(words, (commands.status('To look', outcome),))


def already(outcome: Outcome) -> Message:
    """Tell that a resize isn't asked for, as nothing else is to be done.

    :param outcome: What is unchanged, or going on already.
    :returns: The message.
    """
    if outcome.result is Result.UNCHANGED:
        words = f'already has flavor {outcome.new_flavor}'
    elif outcome.resize is not None and outcome.resize.state == 'CANCELLING':
        words = (
            f'is returning to flavor {outcome.new_flavor}, as its resize to '
            f'{outcome.resize.new_flavor_name} is being cancelled'
        )
    else:
        words = f'is being resized to {outcome.new_flavor} already'
    return Message(f'{outcome.label} {words}')


def traffic(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Tell what becomes of the traffic during a resize.

    :param outcomes: What the service has made a dry run of, and others.
    :returns: A message for each sentence of the service.
    """
    named: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.preview is not None and outcome.preview.traffic:
            sentence = str(outcome.preview.traffic).rstrip('. ')
            named.setdefault(sentence, []).append(outcome.argument)
    for sentence, arguments in named.items():
        whose = f' of {", ".join(arguments)}' if len(named) > 1 else ''
        yield Message(f'Traffic{whose} meanwhile: {sentence}')


# When it was asked for


def not_resized(outcome: Outcome) -> Message:
    """Tell why the service hasn't taken a request.

    :param outcome: What has failed, or is unknown.
    :returns: The message.
    """
    assert outcome.error is not None
    message = (
        f'{outcome.label} was not resized to {outcome.new_flavor}: '
        f'{errors.explain(outcome.error)}. '
    )
    if outcome.is_deleted:
        return Message(message + _DELETED)
    if outcome.doubt is not None:
        return Message(
            f'{message}What the load balancer is now cannot be told: '
            f'{errors.explain(outcome.doubt)}. Run the same command again: '
            'it resizes only what is not being resized yet'
        )
    if outcome.load_balancer is outcome.before:
        having = text.with_flavor(outcome.previous_flavor)
        return Message(
            f'{message}The load balancer is unchanged: {outcome.status} '
            f'{having}{errors.advise(outcome.error)}'
        )
    message += f'The load balancer is now {outcome.status}'
    if outcome.status == _load_balancer.BEING_DELETED:
        return Message(message)
    again = 'run the same command again'
    if outcome.status not in _load_balancer.RESIZABLE:
        again += ' when the load balancer is ACTIVE'
    return Message(f'{message}; {again}')


def how_to_cancel(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Name the command that cancels what was accepted.

    :param outcomes: All.
    :returns: The message, if there is something to cancel.
    """
    accepted = [
        o for o in outcomes if o.result is Result.ACCEPTED and o.changes_flavor
    ]
    if len(accepted) == 1:
        yield Message('', (commands.cancel('To cancel', accepted[0]),))
    elif accepted:
        each = Placeholder('<load-balancer>')
        words = ('loadbalancer', 'resize', 'cancel', each)
        yield Message('', (('To cancel', words),))


# When it has ended


def how_to_undo(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Name the commands that lead back.

    :param outcomes: All.
    :returns: A message for each flavor that there was before.
    """
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
        yield Message('', (commands.resize_to('To undo', flavor, *group),))


def ended_otherwise(outcome: Outcome) -> Message:
    """Tell how a resize, or its cancel, has ended that didn't succeed.

    :param outcome: What has failed.
    :returns: The message, with the ways out.
    """
    if outcome.is_deleted:
        return Message(f'{outcome.label} was deleted meanwhile')
    assert outcome.load_balancer is not None
    names = {
        outcome.previous_flavor_id: outcome.previous_flavor,
        outcome.new_flavor_id: outcome.new_flavor,
    }
    flavor = outcome.load_balancer.flavor_id
    having = text.with_flavor(names.get(flavor, flavor))
    message = f'{outcome.label} is {outcome.status} {having}'
    if isinstance(outcome.error, failure.ResizeFailure):
        reason = outcome.error.reason
        message += f': {reason}' if reason else ''
    if outcome.is_cancel:
        return Message(message, (commands.look(outcome),))
    return Message(message, tuple(commands.ways_out(outcome)))


def ended_early(outcome: Outcome) -> Iterator[Message]:
    """Tell that a wait has ended before a resize, or its cancel.

    :param outcome: What goes on.
    :returns: What was seen last, and hints.
    """
    if outcome.result is Result.INTERRUPTED:
        why = 'Interrupted'
    else:
        assert outcome.error is not None
        why = errors.explain(outcome.error)
        if outcome.result is Result.UNKNOWN:
            why = f'Cannot go on looking: {why}'
    activity = 'cancel' if outcome.is_cancel else 'resize'
    yield Message(
        f'{why}. {outcome.label} was {outcome.status} when last looked at; '
        f'its {activity} goes on'
    )
    yield Message('', (commands.look(outcome),))
    can_cancel = outcome.resize is None or (
        outcome.resize.can_cancel is not False
    )
    if not outcome.is_cancel and outcome.changes_flavor and can_cancel:
        yield Message('', (commands.cancel('To cancel', outcome),))


# Cancel


def interrupted_while_cancelling(outcome: Outcome) -> Message:
    """Tell that nobody knows whether the service has taken a cancel.

    :param outcome: What was asked for.
    :returns: The message.
    """
    return Message(
        f'Interrupted while asking. Whether the resize of {_inner(outcome)} '
        'is cancelled cannot be told; run the same command again'
    )


def not_cancelled(outcome: Outcome) -> Message:
    """Tell why the service hasn't taken a cancel.

    :param outcome: What has failed.
    :returns: The message.
    """
    assert outcome.error is not None
    message = (
        f'The resize of {_inner(outcome)} was not cancelled: '
        f'{errors.explain(outcome.error)}. '
    )
    if outcome.is_deleted:
        return Message(message + _DELETED)
    if outcome.doubt is not None:
        message += (
            'What the load balancer is now cannot be told: '
            f'{errors.explain(outcome.doubt)}'
        )
    else:
        message += f'The load balancer is {outcome.status}'
    return Message(
        message + errors.advise(outcome.error),
        tuple(commands.way_back(outcome)),
    )


def is_being_cancelled(outcome: Outcome) -> Message:
    """Tell that a cancel was asked for before.

    :param outcome: What goes on.
    :returns: The message.
    """
    return Message(
        f'The resize of {_inner(outcome)} is being cancelled already'
    )


def cancelled(outcome: Outcome) -> Message:
    """Tell what a load balancer is after a cancel.

    :param outcome: What is cancelled, now or already.
    :returns: The message, with the ways out of ERROR.
    """
    when = ' already' if outcome.result is Result.UNCHANGED else ''
    having = text.with_flavor(outcome.previous_flavor)
    message = (
        f'The resize of {_inner(outcome)} is cancelled{when}; the load '
        f'balancer is {outcome.status} {having}'
    )
    if outcome.status != 'ERROR':
        return Message(message)
    return Message(f'{message}, as before', tuple(commands.ways_out(outcome)))


def _inner(outcome: Outcome) -> str:
    """Name a load balancer in the middle of a sentence."""
    assert outcome.before is not None
    return text.label(outcome.before, start=False)
