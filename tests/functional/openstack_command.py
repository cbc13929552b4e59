# SPDX-License-Identifier: Apache-2.0

"""The ``openstack`` command in processes that start quickly."""

from collections.abc import Mapping
from collections.abc import Sequence
import dataclasses
from importlib import metadata
import json
import multiprocessing
from multiprocessing import forkserver
import os
from pathlib import Path
import re
import signal
import sys
import tempfile
import time
from typing import Any

# Loading the program, and all its commands, takes far longer than running it:
# a server does it once, and forks for each command.
FORKS = multiprocessing.get_context('forkserver')
FORKS.set_forkserver_preload(
    [
        'openstackclient.shell',
        *{
            point.module
            for group in metadata.entry_points().groups
            if group.startswith('openstack.')
            for point in metadata.entry_points(group=group)
        },
    ]
)

# What python-octaviaclient's own commands say in OpenStack 2025.2.
DEPRECATION = 'The python binding code in neutronclient is deprecated'

# What --wait reports on stderr depends on how long it takes.
PROGRESS = re.compile(
    r'.+: ([A-Z_]+(, .+)?|queued|draining|switching|cleaning up|'
    r'building( amphorae \d+ of \d+)?|rolling back|refused|deleted) \(\d.*\)'
)


@dataclasses.dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def data(self) -> Any:
        """What it has printed with -f json."""
        return json.loads(self.stdout)


def prepare() -> None:
    """Begin to load the program, so that the first command is quick, too."""
    forkserver.ensure_running()


class Command:
    """A command that runs.

    :param arguments: what follows ``openstack``.
    :param environment: all its environment variables.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self.line = f'openstack {" ".join(arguments)}'
        self._directory = tempfile.TemporaryDirectory()
        self._stdout = Path(self._directory.name, 'stdout')
        self._stderr = Path(self._directory.name, 'stderr')
        self._process = FORKS.Process(
            target=_run,
            args=(
                tuple(arguments),
                dict(environment),
                str(self._stdout),
                str(self._stderr),
            ),
        )
        self._process.start()

    @property
    def stderr(self) -> str:
        """What it has written to stderr so far."""
        try:
            return self._stderr.read_text()
        except FileNotFoundError:
            return ''

    @property
    def runs(self) -> bool:
        """Whether it hasn't ended yet."""
        return self._process.is_alive()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def wait(self, timeout: float) -> Finished:
        """Wait for its end.

        :raises AssertionError: when it doesn't end in time.
        """
        began = time.monotonic()
        self._process.join(timeout)
        late = self._process.is_alive()
        if late:
            self.signal(signal.SIGKILL)
            self._process.join()
        assert self._process.exitcode is not None
        finished = Finished(
            self._process.exitcode,
            self._stdout.read_text() if self._stdout.exists() else '',
            self.stderr,
        )
        self._process.close()
        self._directory.cleanup()
        if late:
            raise AssertionError(
                f'{self.line} still runs after '
                f'{time.monotonic() - began:.0f} s: {finished}'
            )
        return finished


def _run(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    stdout: str,
    stderr: str,
) -> None:
    for descriptor, path in ((1, stdout), (2, stderr)):
        with open(path, 'wb') as file:
            os.dup2(file.fileno(), descriptor)
    sys.exit(become(arguments, environment))


def become(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Do in this process what the command does in one of its own.

    :returns: its exit status.
    :raises SystemExit: as it does.
    """
    from cliff import app
    from openstackclient import shell

    sys.argv = ['openstack', *arguments]
    # Taken from the server's command line when that loaded it.
    app.App.NAME = 'openstack'
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, name, errors in (
        (1, 'stdout', 'strict'),
        (2, 'stderr', 'backslashreplace'),
    ):
        stream = open(
            descriptor, 'w', encoding='utf-8', errors=errors, closefd=False
        )
        setattr(sys, name, stream)
    status: int = shell.main(sys.argv[1:])
    return status
