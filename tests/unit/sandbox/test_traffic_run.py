# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
import contextlib
from pathlib import Path
import signal
import subprocess
from unittest import mock

import fixtures
import testtools

from resize_sandbox import exceptions
from resize_sandbox.dataplane.traffic import run
from resize_sandbox.state import StateDirectory


class TestRun(testtools.TestCase):
    """Commands, with clients that see nothing."""

    def setUp(self) -> None:
        super().setUp()
        #: What a client's process says when its exit status is read.
        self.poll = mock.Mock(return_value=None)
        self.state = StateDirectory(self.useFixture(fixtures.TempDir()).path)
        self.state.create()
        for name, value in (
            ('_fabric', mock.DEFAULT),
            ('_started', self._started),
            ('_wait_for_answer', mock.DEFAULT),
            ('WARM_UP_SECONDS', 0.0),
            ('AFTERWARDS_SECONDS', 0.0),
        ):
            self.useFixture(fixtures.MockPatchObject(run, name, value))
        # The command gets a SIGTERM.
        self.addCleanup(
            signal.signal, signal.SIGTERM, signal.getsignal(signal.SIGTERM)
        )

    @contextlib.contextmanager
    def _started(self, client: object, log: Path) -> Iterator[mock.Mock]:
        log.touch()
        yield mock.Mock(subprocess.Popen, poll=self.poll)

    def _run(self, command: list[str]) -> int | None:
        target = run.Target('id', '203.0.113.10', 80)
        return run.run(self.state, target, command).exit_status

    def test_exit_status(self) -> None:
        """It is the command's, as a shell says it."""
        for command, status in (
            ('exit 0', 0),
            ('exit 3', 3),
            ('kill -TERM $$', 143),
        ):
            self.assertEqual(status, self._run(['sh', '-c', command]))

    def test_client_that_has_ended(self) -> None:
        """There is no report of a part of what happened."""
        file = self.state.root / 'file'
        command = ['sh', '-c', f'touch {file}; exit 3']
        for polls, arguments, so, runs in (
            ([1], command, 'the command was not run', False),
            (
                [None, None, None, -15],
                command,
                'there is no report; the command ended with 3',
                True,
            ),
            ([None, None, None, None, 1], [], 'there is no report', True),
        ):
            self.poll.side_effect = polls
            error = self.assertRaises(
                exceptions.SandboxError, self._run, arguments
            )
            self.assertIn(f', so {so}. ', str(error))
            self.assertEqual(runs, file.exists())
