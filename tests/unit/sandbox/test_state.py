# SPDX-License-Identifier: Apache-2.0

import os
from pathlib import Path

import fixtures
import testtools

from resize_sandbox import exceptions
from resize_sandbox import state


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


class TestStateDirectory(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = Path(self.useFixture(fixtures.TempDir()).path) / 'state'
        self.state = state.StateDirectory(self.root)

    def test_directories_are_private(self) -> None:
        previous = os.umask(0)
        self.addCleanup(os.umask, previous)
        self.state.create()
        found = [self.root, *(p for p in self.root.rglob('*') if p.is_dir())]
        self.assertEqual({0o700}, {mode(path) for path in found})
        self.assertIn(self.state.logs, found)

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

    def test_files_are_private(self) -> None:
        previous = os.umask(0)
        self.addCleanup(os.umask, previous)
        self.state.write(self.root / 'etc' / 'file', 'content')
        self.assertEqual('content', (self.root / 'etc/file').read_text())
        self.assertEqual(0o600, mode(self.root / 'etc' / 'file'))
        self.assertEqual(['file'], os.listdir(self.root / 'etc'))

    def test_secret_is_kept(self) -> None:
        secret = self.state.secret('one')
        self.assertRegex(secret, '^[0-9a-f]{32}$')
        again = state.StateDirectory(self.root)
        self.assertEqual(secret, again.secret('one'))
        self.assertNotEqual(secret, again.secret('two'))

    def test_json(self) -> None:
        self.assertEqual({}, self.state.read_json('ports'))
        self.state.write_json('ports', {'octavia': 9876})
        self.assertEqual({'octavia': 9876}, self.state.read_json('ports'))

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


class TestDefaultDirectory(testtools.TestCase):
    def test_environment(self) -> None:
        self.useFixture(
            fixtures.EnvironmentVariable('RESIZE_SANDBOX_DIR', '/somewhere')
        )
        self.assertEqual(Path('/somewhere'), state.default_directory())

    def test_current_directory(self) -> None:
        self.useFixture(fixtures.EnvironmentVariable('RESIZE_SANDBOX_DIR'))
        self.assertEqual(Path('.sandbox'), state.default_directory())
