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
