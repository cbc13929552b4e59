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

"""Show people on stderr how a wait goes on."""

from collections.abc import Iterator
import contextlib
import os
import time
from typing import Protocol
from typing import TextIO

from resize_client.osc import stream

# More lines than this would scroll the screen away.
_MOST_LINES = 8


class Progress(Protocol):
    """Shows the state of what is waited for."""

    def update(self, subject: str, state: str) -> None:
        """Tell the state that something is in.

        :param subject: What is waited for.
        :param state: Its state now.
        """

    def finish(self, subject: str, state: str) -> None:
        """Tell the state in which something has ended.

        :param subject: What was waited for.
        :param state: How it has ended.
        """


class _Silent:
    def update(self, subject: str, state: str) -> None:
        pass

    def finish(self, subject: str, state: str) -> None:
        pass


class _Log:
    """A line for each change of state."""

    def __init__(self, target: TextIO | None):
        self._stream = target
        self._began = time.monotonic()
        self._states: dict[str, str] = {}

    def update(self, subject: str, state: str) -> None:
        if self._states.get(subject) != state:
            self._states[subject] = state
            waited = time.monotonic() - self._began
            stream.write_line(
                self._stream, f'{subject}: {state} ({waited:.0f} s)'
            )

    finish = update


def _is_live(target: TextIO) -> bool:
    """Tell whether lines can be drawn over."""
    is_dumb = os.environ.get('TERM', '') in ('dumb', 'unknown')
    return stream.is_terminal(target) and not is_dumb


@contextlib.contextmanager
def shown(
    target: TextIO | None, subjects: list[str], *, quiet: bool = False
) -> Iterator[Progress]:
    """Show progress while in the context.

    :param target: Where: live if it is a terminal that can, else a line for
        each change of state; None for nowhere.
    :param subjects: What is waited for.
    :param quiet: Whether to show nothing.
    :returns: A context manager which gives the :class:`Progress`.
    """
    if quiet:
        yield _Silent()
    elif target is not None and _is_live(target):
        # Slow to import, and useless without a terminal.
        from resize_client.osc import terminal

        with terminal.shown(target, subjects, _MOST_LINES) as progress:
            yield progress
    else:
        yield _Log(target)
