# SPDX-License-Identifier: Apache-2.0

"""Write lines and progress for people, to any kind of stream."""

from collections.abc import Iterator
import contextlib
import io
import os
import shutil
import textwrap
import time
from typing import Protocol
from typing import TextIO

# With more subjects than this, only ends are logged.
MOST_LINES = 8


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream, None if it is closed, is a terminal."""
    with contextlib.suppress(OSError, ValueError):
        return stream is not None and stream.isatty()
    return False


def write_line(stream: TextIO | None, text: str) -> None:
    """Write a line if that works: the operation is done either way."""
    if stream is None:
        return
    encoding = getattr(stream, 'encoding', None) or 'utf-8'
    line = f'{text}\n'.encode(encoding, 'backslashreplace')
    with contextlib.suppress(OSError, ValueError):
        stream.write(line.decode(encoding))
        stream.flush()


def wrap(stream: TextIO | None, text: str) -> str:
    """Break long lines at spaces if a stream is a terminal."""
    if not is_terminal(stream):
        return text
    return '\n'.join(
        textwrap.fill(
            line,
            shutil.get_terminal_size().columns,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )


def or_null(stream: TextIO | None) -> TextIO:
    """Return a stream, or the null device if the stream is closed."""
    if stream is None or stream.closed:
        return open(os.devnull, 'w', encoding='utf-8')
    return stream


@contextlib.contextmanager
def escaping(stream: TextIO) -> Iterator[None]:
    """Escape letters that a stream cannot encode while in the context."""
    if not isinstance(stream, io.TextIOWrapper):
        yield
        return
    before = stream.errors
    stream.reconfigure(errors='backslashreplace')
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            stream.reconfigure(errors=before)


class Progress(Protocol):
    """Shows the states of what is waited for."""

    def update(self, subject: str, state: str) -> None:
        """Show the state of a subject."""

    def finish(self, subject: str, state: str) -> None:
        """Show the state in which a subject has ended."""

    def show(self, text: str) -> None:
        """Show a message, above what is live, also if quiet."""


class _Log:
    """A line for each change of state, or for each end."""

    def __init__(
        self, stream: TextIO | None, *, only_ends: bool, is_quiet: bool
    ):
        self._stream = stream
        self._only_ends = only_ends
        self._is_quiet = is_quiet
        self._began = time.monotonic()
        self._states: dict[str, str] = {}

    def update(self, subject: str, state: str) -> None:
        if not self._only_ends:
            self.finish(subject, state)

    def finish(self, subject: str, state: str) -> None:
        if self._states.get(subject) != state and not self._is_quiet:
            self._states[subject] = state
            waited = time.monotonic() - self._began
            self.show(f'{subject}: {state} ({waited:.0f} s)')

    def show(self, text: str) -> None:
        write_line(self._stream, text)


def _is_live(stream: TextIO) -> bool:
    is_dumb = os.environ.get('TERM', '') in ('dumb', 'unknown')
    return is_terminal(stream) and not is_dumb


@contextlib.contextmanager
def progress(
    stream: TextIO | None, subjects: list[str], *, quiet: bool = False
) -> Iterator[Progress]:
    """Show progress while in the context.

    :param stream: Live on a terminal that can, else a line for each change of
        state; None for nothing.
    :param subjects: What is waited for.
    :param quiet: Whether to show nothing.
    :returns: A context manager which yields the :class:`Progress`.
    """
    is_many = len(subjects) > MOST_LINES
    if quiet or stream is None or not _is_live(stream):
        yield _Log(stream, only_ends=is_many, is_quiet=quiet)
        return
    # Slow to import, and useless without a terminal.
    from resize_client.osc import terminal

    with terminal.progress(stream, subjects, is_many=is_many) as shown:
        yield shown
