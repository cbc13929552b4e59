# SPDX-License-Identifier: Apache-2.0
"""What a terminal shows while requests are sent."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import dataclasses
import os
import subprocess
import threading

from rich.console import Console
from rich.status import Status
from rich.text import Text

from resize_sandbox.dataplane.traffic import records


@dataclasses.dataclass
class Tally:
    """What clients have seen so far, counted as it comes."""

    #: When it began, in seconds since the epoch: an earlier request does
    #: not count.
    began: float
    sent: int = 0
    failed: int = 0
    #: The longest time without an answer, in seconds.
    gap: float = 0.0
    broken: int = 0

    def __post_init__(self) -> None:
        self._answered = self.began

    def add(self, new: Iterable[records.Record]) -> None:
        """Count records, which come as they ended."""
        for record in new:
            if record.kind == records.BREAK:
                self.broken += record.ended >= self.began
            elif record.kind == records.REQUEST and record.began >= self.began:
                self.sent += 1
                self.failed += record.error is not None
                self.gap = max(self.gap, record.ended - self._answered)
                if record.error is None:
                    self._answered = record.ended


class Display:
    """The last line of a terminal, and above it what the command prints.

    :param console: the terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = Status('Warming up', console=console)
        self._tally: Tally | None = None

    @contextlib.contextmanager
    def shown(self) -> Iterator['Display']:
        """Show it meanwhile."""
        with self._status:
            yield self

    def begin(self, now: float) -> None:
        """Count from now on.

        :param now: seconds since the epoch.
        """
        self._tally = Tally(now)

    def see(self, new: Sequence[records.Record]) -> None:
        """Show what is new."""
        if self._tally:
            self._tally.add(new)
            self._status.update(_line(self._tally))

    def say(self, line: str) -> None:
        """Print a line above, as it is."""
        self._console.print(Text.from_ansi(line), soft_wrap=True)

    def start(self, command: Sequence[str]) -> subprocess.Popen[str]:
        """Start a command, and print what it prints.

        :raises OSError: It can't be run.
        """
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            # Two live displays on one terminal would overwrite each other.
            stderr=subprocess.STDOUT,
            text=True,
            errors='replace',
            # openstack's tables have no terminal to fit into.
            env={'CLIFF_MAX_TERM_WIDTH': str(self._console.width)}
            | os.environ,
        )

        def pump() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                self.say(line.rstrip('\n'))

        # What the command leaves behind may hold its output open.
        threading.Thread(target=pump, daemon=True).start()
        return process


def _line(tally: Tally) -> Text:
    return Text.assemble(
        f'{tally.sent:,} sent, ',
        (f'{tally.failed:,} failed', 'bold red' if tally.failed else ''),
        f', longest gap {tally.gap * 1000:,.0f} ms, ',
        f'{tally.broken} connections broken',
    )
