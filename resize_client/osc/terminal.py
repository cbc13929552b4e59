# SPDX-License-Identifier: Apache-2.0

"""Live progress on a terminal."""

from collections.abc import Iterator
import contextlib
from typing import TextIO

from rich import console
from rich import progress as rich_progress
from rich import table

# More lines than this would scroll the screen away.
_MOST_LINES = 8

# Enough for a clock that shows seconds
_REFRESHES_PER_SECOND = 4


class _Lines:
    """A line for each subject."""

    def __init__(
        self, display: rich_progress.Progress, subjects: list[str]
    ) -> None:
        self._display = display
        self._tasks = {
            subject: display.add_task(subject, total=None, state='')
            for subject in subjects
        }

    def update(self, subject: str, state: str) -> None:
        self._display.update(self._tasks[subject], state=state)

    def finish(self, subject: str, state: str) -> None:
        self._display.update(
            self._tasks[subject], state=state, total=1, completed=1
        )


class _Count:
    """One line with the number of subjects that have ended."""

    def __init__(
        self, display: rich_progress.Progress, subjects: list[str]
    ) -> None:
        self._display = display
        self._total = len(subjects)
        self._finished: set[str] = set()
        self._task = display.add_task('', total=self._total, state='')
        self._show()

    def update(self, subject: str, state: str) -> None:
        pass

    def finish(self, subject: str, state: str) -> None:
        self._finished.add(subject)
        self._show()

    def _show(self) -> None:
        self._display.update(
            self._task,
            description=f'{len(self._finished)} of {self._total} ended',
            completed=len(self._finished),
        )


@contextlib.contextmanager
def progress(stream: TextIO, subjects: list[str]) -> Iterator[_Lines | _Count]:
    """Show live progress while in the context, then remove it.

    :param stream: The terminal.
    :param subjects: What is waited for; of more than 8 only the number.
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
        if len(subjects) > _MOST_LINES:
            yield _Count(display, subjects)
        else:
            yield _Lines(display, subjects)
