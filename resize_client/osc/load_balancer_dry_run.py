# SPDX-License-Identifier: Apache-2.0

"""The table of a dry run of the load balancer commands."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from resize_client.osc.command import Message
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result

COLUMNS = ('load_balancer', 'subject', 'from', 'to', 'result')

_Row = tuple[str, str | None, object, object, str]


def rows(outcomes: Sequence[Outcome]) -> Iterator[_Row]:
    """Return a row for each subject of each load balancer."""
    for outcome in outcomes:
        if outcome.before is None:
            yield outcome.argument, None, None, None, str(outcome.result)
            continue
        for subject, before, after, result in _subjects(outcome):
            yield outcome.argument, subject, before, after, result


def _subjects(outcome: Outcome) -> Iterator[tuple[str, object, object, str]]:
    values: dict[str, tuple[object, object]] = {
        'flavor': (outcome.previous_flavor, outcome.new_flavor),
        'state': (outcome.status, None),
    }
    failed = _failed_subjects(outcome)
    for subject in dict.fromkeys((*values, *failed)):
        before, after = values.get(subject, (None, None))
        result = str(outcome.result) if subject in failed else 'ok'
        yield subject, before, after, result
    preview = outcome.preview
    if isinstance(preview, _resize.LoadBalancerRebuildPreview):
        yield from _subjects_of_rebuild(preview)
    elif preview is not None:
        yield from _subjects_of_resize(preview)
    elif outcome.result is Result.NOT_STARTED:
        yield 'service', None, None, 'not checked'


def _failed_subjects(outcome: Outcome) -> Iterable[str]:
    if isinstance(outcome.error, Refusal):
        return outcome.error.reasons
    return () if outcome.error is None else ('service',)


def _subjects_of_resize(
    preview: _resize.LoadBalancerResizePreview,
) -> Iterator[tuple[str, object, object, str]]:
    yield 'service', None, None, 'ok'
    if preview.topology:
        yield 'topology', preview.topology, preview.topology, 'same'
    for field in preview.profile or ():
        before, after = field.get('from'), field.get('to')
        result = 'same' if before == after else 'changes'
        yield field.get('name'), before, after, result


def _subjects_of_rebuild(
    preview: _resize.LoadBalancerRebuildPreview,
) -> Iterator[tuple[str, object, object, str]]:
    yield 'service', None, None, 'ok'
    for amphora in preview.amphorae or ():
        for name in ('image_id', 'compute_flavor'):
            change: Mapping[str, Any] = amphora.get(name) or {}
            before, after = change.get('from'), change.get('to')
            result = 'same' if before == after else 'outdated'
            subject = f'{name} of amphora {amphora.get("id")}'
            yield subject, before, after, result


def traffic(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Return how traffic is affected, according to the service."""
    named = _group(
        (o.argument, o.preview.traffic) for o in outcomes if o.preview
    )
    for sentence, arguments in named.items():
        whose = f' of {", ".join(arguments)}' if len(named) > 1 else ''
        yield Message(f'Traffic{whose} meanwhile: {sentence}')


def why_outdated(outcomes: Sequence[Outcome]) -> Iterator[Message]:
    """Return why amphorae are outdated, according to the service."""
    named = _group(
        (o.argument, amphora.get('reason'))
        for o in outcomes
        if isinstance(o.preview, _resize.LoadBalancerRebuildPreview)
        for amphora in o.preview.amphorae or ()
    )
    for reason, arguments in named.items():
        yield Message(
            f'Amphorae of {", ".join(arguments)} are outdated: {reason}'
        )


def _group(
    sentences: Iterable[tuple[str, str | None]],
) -> dict[str, dict[str, None]]:
    """Return the names that share a sentence, by that sentence."""
    named: dict[str, dict[str, None]] = {}
    for name, sentence in sentences:
        if sentence:
            named.setdefault(sentence.rstrip('. '), {})[name] = None
    return named
