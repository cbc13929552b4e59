# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import fixtures
import testtools

from resize_sandbox import exceptions
from resize_sandbox import state


class TestStateDirectory(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = Path(self.useFixture(fixtures.TempDir()).path) / 'state'
        self.state = state.StateDirectory(self.root)

    def test_cannot_be_created(self) -> None:
        self.root.parent.joinpath('file').touch()
        broken = state.StateDirectory(self.root.parent / 'file' / 'state')
        error = self.assertRaises(exceptions.SandboxError, broken.create)
        self.assertEqual(
            f'The state directory {broken.root} can not be created: '
            f'Not a directory. Name another one with --state-dir.',
            str(error),
        )

    def test_path_that_services_do_not_understand(self) -> None:
        for name in ('a$b', 'a%b', 'a?b', 'a\nb'):
            broken = state.StateDirectory(self.root / name)
            error = self.assertRaises(exceptions.SandboxError, broken.create)
            self.assertIn(f'a path with {name[1]!r}. Name', str(error))
            self.assertFalse(self.root.exists())

    def test_damaged_json(self) -> None:
        self.state.create()
        path = self.state.run / 'ports.json'
        path.write_text('{"octavia":')
        error = self.assertRaises(
            exceptions.SandboxError, self.state.read_json, 'ports'
        )
        self.assertIn(f'{path} is damaged', str(error))
        self.assertIn(f'delete {self.root}', str(error))

    def test_lock(self) -> None:
        other = state.StateDirectory(self.root)
        with self.state.lock():
            error = self.assertRaises(
                exceptions.SandboxError, other.lock().__enter__
            )
        self.assertEqual(
            f'Another command is starting or stopping the sandbox in '
            f'{self.root}. Try again when it is done.',
            str(error),
        )
        with other.lock():
            pass
