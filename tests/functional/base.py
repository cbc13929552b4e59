# SPDX-License-Identifier: Apache-2.0

"""What functional tests have in common: real commands, real services."""

from collections.abc import Callable
from collections.abc import Sequence
import os
from pathlib import Path
import re
import shlex
import subprocess
import time
import uuid

from openstack.connection import Connection
import testtools

from resize_sandbox import clouds
from resize_sandbox.sandbox import Sandbox
from tests.functional import openstack_command
from tests.functional import shared_sandbox
from tests.functional.openstack_command import Finished

ADMIN = clouds.ADMIN_CLOUD
MEMBER = clouds.MEMBER_CLOUD
READER = 'sandbox-reader'
OTHER = 'sandbox-other'

_COMMAND_TIMEOUT_SECONDS = 120
_WAIT_SECONDS = 180


def run(
    arguments: Sequence[str | Path],
    environment: dict[str, str],
    timeout: float = _COMMAND_TIMEOUT_SECONDS,
) -> Finished:
    """Run a program without a terminal, and wait for its end.

    :raises subprocess.TimeoutExpired: when it doesn't come.
    """
    finished = subprocess.run(
        arguments,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Finished(finished.returncode, finished.stdout, finished.stderr)


class TestCase(testtools.TestCase):
    """A test that runs ``openstack`` against the shared sandbox."""

    def setUp(self) -> None:
        super().setUp()
        openstack_command.prepare()
        self.admin = self.connect(ADMIN)
        self.member = self.connect(MEMBER)

    def find_sandbox(self) -> Sandbox:
        """Return the sandbox that the test uses, running."""
        return shared_sandbox.shared()

    def connect(self, cloud: str) -> Connection:
        """Return a connection to the sandbox.

        :param cloud: the name of a cloud in its clouds.yaml.
        """
        return shared_sandbox.connect(cloud, self.find_sandbox())

    def openstack(
        self,
        *arguments: str,
        cloud: str = MEMBER,
        status: int = 0,
        stderr: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        sandbox: Sandbox | None = None,
    ) -> Finished:
        """Run a command, and check how it ends.

        :param arguments: what follows ``openstack``.
        :param cloud: as whom.
        :param status: the exit status that it must have.
        :param stderr: a regular expression for each line that it must write
            to stderr, in their order. Any other line fails the test; only
            the progress that --wait shows is left out.
        :param environment: variables to add.
        :param sandbox: where; by default that of the test.
        """
        finished = self.run_openstack(
            *arguments, cloud=cloud, environment=environment, sandbox=sandbox
        )
        shown = f'openstack {" ".join(arguments)}: {finished}'
        self.assertEqual(status, finished.status, shown)
        lines = [
            line
            for line in finished.stderr.splitlines()
            if not line.startswith(openstack_command.DEPRECATION)
        ]
        if {'--wait', '--in-steps'} & set(arguments):
            lines = [
                line
                for line in lines
                if not openstack_command.PROGRESS.fullmatch(line)
            ]
        self.assertEqual(len(stderr), len(lines), shown)
        for expression, line in zip(stderr, lines, strict=True):
            self.assertIsNotNone(
                re.search(expression, line),
                f'{expression!r} is not in {line!r}',
            )
        return finished

    def type_hint(
        self,
        finished: Finished,
        purpose: str,
        *,
        cloud: str = MEMBER,
    ) -> Finished:
        """Run a command as another one has printed it, which must succeed.

        :param finished: the other one.
        :param purpose: what the command is printed for.
        :param cloud: as whom.
        """
        before = f'{purpose}: '
        (line,) = [
            line.removeprefix(before)
            for line in finished.stderr.splitlines()
            if line.startswith(before)
        ]
        return self.type_line(line, cloud=cloud)

    def type_line(self, line: str, *, cloud: str = MEMBER) -> Finished:
        """Run a command line as a shell would read it; it must succeed."""
        program, *arguments = shlex.split(line)
        self.assertEqual('openstack', program)
        typed = self.run_openstack(*arguments, cloud=cloud)
        self.assertEqual(0, typed.status, f'{line}: {typed}')
        return typed

    def run_openstack(
        self,
        *arguments: str,
        cloud: str = MEMBER,
        environment: dict[str, str] | None = None,
        sandbox: Sandbox | None = None,
    ) -> Finished:
        """Run a command, however it ends.

        The parameters are those of :meth:`openstack`.
        """
        return self.start_openstack(
            *arguments, cloud=cloud, environment=environment, sandbox=sandbox
        ).wait(_COMMAND_TIMEOUT_SECONDS)

    def start_openstack(
        self,
        *arguments: str,
        cloud: str = MEMBER,
        environment: dict[str, str] | None = None,
        sandbox: Sandbox | None = None,
    ) -> openstack_command.Command:
        """Start a command.

        The parameters are those of :meth:`openstack`.
        """
        return openstack_command.Command(
            arguments,
            shared_sandbox.environment(sandbox or self.find_sandbox())
            | {'OS_CLOUD': cloud}
            | (environment or {}),
        )

    def wait_until(self, happens: Callable[[], object]) -> None:
        """Wait until something happens.

        :raises AssertionError: when it doesn't.
        """
        deadline = time.monotonic() + _WAIT_SECONDS
        while not happens():
            if time.monotonic() > deadline:
                raise AssertionError('it did not happen')
            time.sleep(0.1)

    def unique(self, name: str) -> str:
        """Return a name that no other test uses."""
        return f'{name}-{uuid.uuid4().hex[:8]}'


def processes_of(directory: Path) -> list[str]:
    """Return the processes that run with files of a directory.

    :returns: process ID and command line of each, from /proc.
    """
    needle = os.fsencode(directory)
    found = []
    for process in Path('/proc').iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            command = (process / 'cmdline').read_bytes()
            environment = (process / 'environ').read_bytes()
        except OSError:
            # The process has ended meanwhile, or is somebody else's.
            continue
        if needle in command or needle in environment:
            found.append(f'{process.name} {command.decode(errors="replace")}')
    return found
