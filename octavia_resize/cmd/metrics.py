# SPDX-License-Identifier: Apache-2.0

"""The metrics of resizes in Prometheus' text format."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from octavia_resize.lifecycle import phases

_PHASES = dict.fromkeys(
    [*(step.phase for step in phases.TABLE if step.phase), 'stuck']
)


def render(
    resizes: Iterable[Mapping[str, Any]], abandoned: int, failed: int
) -> str:
    """Return the metrics of resizes.

    :param resizes: Those in progress and those of stuck load balancers, with
        ``phase`` and ``age`` in seconds.
    :param abandoned: How many have a heartbeat that stands still.
    :param failed: How many have failed in the last hour.
    """
    resizes = list(resizes)
    return '\n'.join(
        (
            *_render_gauge(
                'in_progress',
                'Resizes in progress, and stuck load balancers.',
                {
                    f'{{phase="{phase}"}}': sum(
                        resize['phase'] == phase for resize in resizes
                    )
                    for phase in _PHASES
                },
            ),
            *_render_gauge(
                'oldest_age_seconds',
                'Age of the oldest resize in progress, 0 for none.',
                {'': max((resize['age'] for resize in resizes), default=0)},
            ),
            *_render_gauge(
                'abandoned',
                'Resizes in progress whose heartbeat stands still.',
                {'': abandoned},
            ),
            *_render_gauge(
                'failed_last_hour',
                'Load balancers whose latest resize failed in the last hour.',
                {'': failed},
            ),
        )
    )


def _render_gauge(
    name: str, text: str, values: Mapping[str, int]
) -> Iterator[str]:
    metric = f'octavia_resize_{name}'
    yield f'# HELP {metric} {text}'
    yield f'# TYPE {metric} gauge'
    for labels, value in values.items():
        yield f'{metric}{labels} {value}'
