# SPDX-License-Identifier: Apache-2.0

"""Live progress on a terminal."""

import collections
from collections.abc import Iterator
import contextlib
import datetime
import time
from typing import TextIO

from rich import console
from rich import progress as rich_progress
from rich import table

# The line that counts, and the cursor's
_OTHER_LINES = 2

# Enough for a clock that shows seconds
_REFRESHES_PER_SECOND = 4


class _Live:
    def __init__(self, display: rich_progress.Progress) -> None:
        self._display = display

    def show(self, text: str) -> None:
        self._display.console.print(text, markup=False, highlight=False)


class _Lines(_Live):
    """A line for each subject."""

    def __init__(
        self, display: rich_progress.Progress, subjects: list[str]
    ) -> None:
        super().__init__(display)
        self._tasks = {
            subject: display.add_task(
                subject, start=False, total=None, state=''
            )
            for subject in subjects
        }

    def update(self, subject: str, state: str) -> None:
        self._start(subject)
        self._display.update(self._tasks[subject], state=state)

    def finish(self, subject: str, state: str) -> None:
        self._start(subject)
        self._display.update(
            self._tasks[subject], state=state, total=1, completed=1
        )

    def _start(self, subject: str) -> None:
        """Start the clock of a subject, which may have waited for others."""
        if not self._display.tasks[self._tasks[subject]].started:
            self._display.start_task(self._tasks[subject])


class _Count(_Live):
    """A line that counts, and one for each subject that is in progress."""

    def __init__(
        self, display: rich_progress.Progress, subjects: list[str]
    ) -> None:
        super().__init__(display)
        self._total = len(subjects)
        self._began = time.monotonic()
        self._finished: dict[str, str] = {}
        self._count = display.add_task('', total=self._total, state='')
        # What is in progress, as far as the terminal has lines
        self._lines: dict[str, rich_progress.TaskID] = {}
        self._show()

    def update(self, subject: str, state: str) -> None:
        if subject in self._lines:
            self._display.update(self._lines[subject], state=state)
        elif len(self._lines) < self._display.console.height - _OTHER_LINES:
            self._lines[subject] = self._display.add_task(
                subject, total=None, state=state
            )

    def finish(self, subject: str, state: str) -> None:
        self._finished[subject] = state
        if subject in self._lines:
            self._display.remove_task(self._lines.pop(subject))
        self._show()

    def _show(self) -> None:
        ended = len(self._finished)
        text = f'{ended} of {self._total} ended'
        seconds = time.monotonic() - self._began
        if ended and seconds:
            left = (self._total - ended) * seconds / ended
            text += (
                f', {ended / seconds * 60:.1f}/min, '
                f'{datetime.timedelta(seconds=round(left))} left'
            )
        self._display.update(
            self._count,
            description=text,
            state=self._count_states(),
            completed=ended,
        )

    def _count_states(self) -> str:
        """Return how many have which state, such as ``5 ACTIVE, 1 ERROR``."""
        counts = collections.Counter(
            state.partition(',')[0] for state in self._finished.values()
        )
        return ', '.join(f'{n} {state}' for state, n in counts.most_common())


@contextlib.contextmanager
def progress(
    stream: TextIO, subjects: list[str], *, is_many: bool
) -> Iterator[_Lines | _Count]:
    """Show live progress while in the context, then remove it.

    :param stream: The terminal.
    :param subjects: What is waited for.
    :param is_many: Whether to count them, and to show those in progress only.
    :returns: A context manager which yields the progress.
    """
    # In a narrow window the name is cut, not state and clock.
    display = rich_progress.Progress(
        rich_progress.SpinnerColumn(finished_text='-'),
        rich_progress.TextColumn(
            '{task.description}',
            markup=False,
            table_column=table.Column(ratio=1, no_wrap=True),
        ),
        rich_progress.TextColumn(
            '{task.fields[state]}',
            markup=False,
            table_column=table.Column(no_wrap=True),
        ),
        rich_progress.TimeElapsedColumn(),
        console=console.Console(file=stream),
        transient=True,
        expand=True,
        refresh_per_second=_REFRESHES_PER_SECOND,
    )
    with display:
        if is_many:
            yield _Count(display, subjects)
        else:
            yield _Lines(display, subjects)
