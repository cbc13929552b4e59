# SPDX-License-Identifier: Apache-2.0

"""The lines of the installation page, for each kind of user."""

import os
from pathlib import Path
import re
import subprocess
import sys

from tests.packaging import base

_PAGE = base.CHECKOUT / 'doc' / 'source' / 'install' / 'index.rst'
_CLONE = './python-resizeclient'


class TestInstalling(base.TestCase):
    """With a home directory that is new, and a clone beside it."""

    def setUp(self) -> None:
        super().setUp()
        self._run(f'git clone --quiet {base.CHECKOUT} {_CLONE}')
        self.lines = re.findall(
            rf'``([^`]*{re.escape(_CLONE)})``', _PAGE.read_text()
        )

    def _run(self, line: str, path: str = '') -> str:
        """Type a line.

        :param path: directories of programs, before those of the tests.
        :returns: what was printed on stdout.
        """
        constraints = str(base.CHECKOUT / 'tools' / 'constraints.txt')
        finished = subprocess.run(
            ['bash', '-c', line],
            cwd=self.home,
            env={
                name: value
                for name, value in os.environ.items()
                if name == 'UV_CACHE_DIR'
                or not name.startswith(('XDG_', 'PIPX_', 'UV_', 'VIRTUAL_ENV'))
            }
            | {
                'HOME': str(self.home),
                'PATH': f'{path}:{Path(sys.executable).parent}:{os.defpath}',
                'PIP_CONSTRAINT': constraints,
                'UV_CONSTRAINT': constraints,
                'UV_PYTHON': sys.executable,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.assertEqual(0, finished.returncode, finished.stderr)
        return finished.stdout

    def _line(self, begin: str) -> str:
        (line,) = {line for line in self.lines if line.startswith(begin)}
        return line

    def _check(self, path: Path) -> None:
        """Check for the commands in an ``openstack``.

        :param path: the directory that it is in.
        """
        self.assertTrue((path / 'openstack').exists())
        for command in ('loadbalancer resize', 'coe cluster resize'):
            shown = self._run(f'openstack {command} --help', str(path))
            self.assertIn('provided by the python-resizeclient plugin', shown)

    def test_pipx(self) -> None:
        self._run('pipx install python-openstackclient')
        self._run(self._line('pipx '))
        self._check(self.home / '.local' / 'bin')

    def test_uv(self) -> None:
        # Whether or not it is there already.
        self._run('uv tool install python-openstackclient')
        self._run(self._line('uv '))
        self._check(self.home / '.local' / 'bin')

    def test_virtual_environment(self) -> None:
        make = re.search('``(python3 -m venv [^`]*)``', _PAGE.read_text())
        assert make
        self._run(make[1])
        self._run(self._line('~/openstack/bin/pip '))
        self._check(self.home / 'openstack' / 'bin')
