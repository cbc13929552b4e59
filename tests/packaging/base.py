# SPDX-License-Identifier: Apache-2.0

"""What tests of the packages have in common: environments with a wheel."""

from collections.abc import Sequence
import json
import os
from pathlib import Path
import subprocess
import tempfile
from typing import Any

import testtools

CHECKOUT = Path(__file__).parents[2]


def directory() -> Path:
    """Return where tools/test-packages puts packages and environments."""
    name = 'RESIZE_PACKAGES_DIR'
    if name not in os.environ:
        raise RuntimeError(
            f'${name} names no directory with packages and environments. '
            'These tests are run by tools/test-packages.'
        )
    return Path(os.environ[name])


class TestCase(testtools.TestCase):
    """A test that uses one of the environments."""

    #: The name of the environment.
    environment = ''

    def setUp(self) -> None:
        super().setUp()
        self.prefix = directory() / self.environment
        temporary = tempfile.TemporaryDirectory(dir=directory())
        self.addCleanup(temporary.cleanup)
        #: The current directory, and home, of everything that is run.
        self.home = Path(temporary.name)

    def run_program(
        self,
        program: str,
        *arguments: str | Path,
        status: int = 0,
        environment: dict[str, str] | None = None,
        timeout: float = 300,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, away from the checkout.

        :param program: its name in the environment's bin directory.
        :param arguments: its arguments.
        :param status: the exit status that it must have.
        :param environment: variables to add.
        :param timeout: the seconds after which the test fails.
        """
        finished = subprocess.run(
            [self.prefix / 'bin' / program, *arguments],
            cwd=self.home,
            env={
                'HOME': str(self.home),
                'LANG': 'C.UTF-8',
                'PATH': f'{self.prefix / "bin"}:{os.defpath}',
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        self.assertEqual(
            status, finished.returncode, f'{finished.stdout}{finished.stderr}'
        )
        return finished

    def run_python(
        self, source: str, environment: dict[str, str] | None = None
    ) -> str:
        """Run Python code in the environment.

        :returns: what it prints.
        """
        return self.run_program(
            'python', '-I', '-c', source, environment=environment
        ).stdout


def pip(*arguments: str | Path) -> Any:
    """Run pip for its JSON output.

    :param arguments: the command line.
    :returns: the output.
    """
    program: Sequence[str | Path] = ('pip', '--disable-pip-version-check')
    return json.loads(
        subprocess.run(
            [*program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=300,
            check=True,
        ).stdout
    )
