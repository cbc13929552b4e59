# SPDX-License-Identifier: Apache-2.0

"""Commands that run while a test does something else."""

import subprocess
import tempfile

from tests.functional import shared_sandbox

#: How long a command may take.
_END_SECONDS = 120.0


class Command:
    """An ``openstack`` command that runs in the background."""

    def __init__(
        self, arguments: tuple[str, ...], environment: dict[str, str]
    ) -> None:
        self._file = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [shared_sandbox.BIN / 'openstack', *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=subprocess.STDOUT,
        )

    def wait(self) -> int:
        """Return its exit status.

        :raises subprocess.TimeoutExpired: when it doesn't end.
        """
        return self._process.wait(_END_SECONDS)

    def kill(self) -> None:
        """Kill it, if it still runs."""
        self._process.kill()
        self._process.wait()

    def output(self) -> str:
        """Return what it has written."""
        self._file.seek(0)
        return self._file.read().decode()
