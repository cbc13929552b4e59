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

"""The table of a dry run of load balancer resizes."""

from collections.abc import Iterator
from collections.abc import Sequence

from resize_client.osc import command
from resize_client.sdk.load_balancer import plan
from resize_client.sdk.load_balancer import preview as _preview
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import Result

COLUMNS = ('load_balancer', 'subject', 'from', 'to', 'result')

_Row = tuple[str | None, object, object, str | None]


def rows(outcomes: Sequence[Outcome]) -> list[tuple[object, ...]]:
    """Give what would change, and what speaks against it.

    :param outcomes: What the plan has given.
    :returns: A row for each subject of each load balancer, under the name or
        ID that the user has given.
    """
    return [
        (outcome.argument, *map(command.cell, row))
        for outcome in outcomes
        for row in _rows(outcome)
    ]


def _rows(outcome: Outcome) -> Iterator[_Row]:
    if outcome.before is None:
        yield None, None, None, str(outcome.result)
        return
    error = outcome.error
    against = error.subject if isinstance(error, plan.Refusal) else 'service'
    refused = {against} if error is not None else set()
    for subject, before, after in (
        ('flavor', outcome.previous_flavor, outcome.new_flavor),
        ('state', outcome.status, None),
    ):
        verdict = 'refused' if subject in refused else 'ok'
        yield subject, before, after, verdict
    if 'service' in refused:
        yield 'service', None, None, 'refused'
    elif outcome.preview is not None:
        yield from _rows_of_preview(outcome.preview)
    elif outcome.result is Result.NOT_STARTED:
        yield 'service', None, None, 'left to the service'


def _rows_of_preview(
    preview: _preview.LoadBalancerResizePreview,
) -> Iterator[_Row]:
    yield 'service', None, None, 'ok'
    if preview.topology:
        yield 'topology', preview.topology, preview.topology, 'same'
    for field in preview.profile or ():
        before, after = field.get('from'), field.get('to')
        verdict = 'same' if before == after else 'changes'
        yield field.get('name'), before, after, verdict
