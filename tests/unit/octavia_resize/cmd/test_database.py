# SPDX-License-Identifier: Apache-2.0

"""What programs do when the database does not answer."""

import json
import pathlib
import socket
import subprocess
import sys
from typing import Any

import fixtures
from sqlalchemy import event
import testtools

from octavia_resize.cmd import database
from tests.unit.octavia_resize import base


class TestWithoutDatabase(testtools.TestCase):
    """The program itself, which must not wait for oslo.db's retries."""

    def _run(
        self,
        port: int,
        *arguments: str,
        script: str = 'status',
        more: str = '',
    ) -> tuple[int, str, str]:
        """Return exit status, stdout and the last line of stderr.

        :param port: The one of the database.
        :param more: Further text of the configuration.
        """
        config_file = self.useFixture(fixtures.TempDir()).join('octavia.conf')
        pathlib.Path(config_file).write_text(
            '[database]\n'
            f'connection = mysql+pymysql://octavia@127.0.0.1:{port}/octavia\n'
            + more
        )
        ended = subprocess.run(
            [
                sys.executable,
                '-c',
                f'from octavia_resize.cmd import scripts; scripts.{script}()',
                '--config-file',
                config_file,
                *arguments,
            ],
            capture_output=True,
            text=True,
            # oslo.db would try for 100 seconds.
            timeout=95,
        )
        return ended.returncode, ended.stdout, ended.stderr.splitlines()[-1]

    def test_no_answer(self) -> None:
        """As of a host that swallows packets."""
        listening = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listening.close)
        port = listening.getsockname()[1]
        code, output, error = self._run(port, '--json')
        message = (
            "Octavia's database does not answer: no answer within 5 seconds"
        )
        self.assertEqual((2, message), (code, error))
        self.assertEqual({'resizes': [], 'error': message}, json.loads(output))

    def test_no_configuration(self) -> None:
        code, output, error = self._run(1, '--json', '--config-file', '/none')
        message = 'Failed to find some config files: /none'
        self.assertEqual((2, message), (code, error))
        self.assertEqual({'resizes': [], 'error': message}, json.loads(output))

    def test_wrong_argument(self) -> None:
        code, output, error = self._run(1, '--json', '--warn-after', 'x')
        self.assertEqual((2, 'Wrong arguments'), (code, error))
        self.assertEqual(error, json.loads(output)['error'])

    def test_wrong_option(self) -> None:
        code, _, error = self._run(
            1,
            'e2f0c3a4-6f0b-4a51-9a3e-2f5d7c1b8e90',
            script='unlock',
            more='[octavia_resize]\nabandoned_after = x\n',
        )
        self.assertEqual(2, code)
        self.assertIn('abandoned_after', error)


class TestRun(base.TestCase):
    def test_commit_fails(self) -> None:
        def fail(session: Any) -> None:
            raise ValueError('No commit')

        with testtools.ExpectedException(database.Unavailable, '.*No commit'):
            database.run(lambda s: event.listen(s, 'before_commit', fail))
