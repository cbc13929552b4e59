# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
import re

import testtools

from octavia_resize import constants
from octavia_resize.lifecycle import phases

_FIGURE = Path(__file__).parents[4] / 'doc/source/_static/resize-states.svg'


def _get_box(step: phases.Step) -> str:
    """Return the box of the figure that has a step."""
    return str(step.phase) if step.state == constants.RUNNING else step.state


class TestTable(testtools.TestCase):
    def test_in_progress(self) -> None:
        self.assertEqual(
            set(constants.IN_PROGRESS_STATES),
            {step.state for step in phases.TABLE if not step.has_ended},
        )

    def test_figure(self) -> None:
        """The figure has the arrows of our worker and of a cancel."""
        figure = _FIGURE.read_text()
        self.assertEqual(
            {
                (_get_box(step), _get_box(following))
                for step, row in phases.TABLE.items()
                for following in (*row.next, row.cancel, row.rollback)
                if following and _get_box(step) != _get_box(following)
            },
            set(re.findall('data-from="(.*?)" data-to="(.*?)"', figure)),
        )
        drawn = dict(
            re.findall('class="t".*?>(.*?)<.*?class="s".*?>(.*?)<', figure)
        )
        for step, row in phases.TABLE.items():
            self.assertEqual(
                row.status or 'as it was before',
                drawn[step.state].split(',')[0],
            )
