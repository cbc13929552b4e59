# SPDX-License-Identifier: Apache-2.0

"""The resize-sandbox command."""

import os
from pathlib import Path
import stat

from resize_sandbox.sandbox import Sandbox
from tests.functional import base
from tests.functional import shared_sandbox

# The shell of somebody who uses another cloud, through a proxy
_ELSEWHERE = {
    'OS_REGION_NAME': 'elsewhere',
    'http_proxy': 'http://127.0.0.1:9',
}
_SERVICES = ['keystone', 'octavia', 'magnum', 'capi']


class TestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sandbox: Sandbox = shared_sandbox.own('tests')
        self.addCleanup(shared_sandbox.discard, self.sandbox)

    def resize_sandbox(
        self, verb: str, *options: str, **environment: str
    ) -> base.Finished:
        """Run a command on a sandbox of the test's own.

        :param environment: variables to add.
        """
        return base.run(
            [
                *(shared_sandbox.BIN / 'resize-sandbox', verb),
                *('--state-dir', self.sandbox.state.root, *options),
            ],
            {**os.environ, **environment},
        )

    def status(self) -> dict[str, dict[str, str]]:
        finished = self.resize_sandbox('status', '-f', 'json')
        services = {service['name']: service for service in finished.data}
        self.assertEqual(_SERVICES, list(services))
        return services

    def assert_nothing_runs(self) -> None:
        self.assertEqual([], base.processes_of(self.sandbox.state.root))


class TestLifeCycle(TestCase):
    def test_life_cycle(self):
        root = self.sandbox.state.root
        self._nothing_yet()

        up = self.resize_sandbox('up', **_ELSEWHERE)
        self.assertEqual(0, up.status, up)
        self.assertEqual(
            [
                'unset OS_REGION_NAME',
                f'export OS_CLIENT_CONFIG_FILE={root}/clouds.yaml',
                'export OS_CLOUD=sandbox-member',
                'export no_proxy=127.0.0.1,localhost',
            ],
            up.stdout.splitlines(),
        )
        services = self.status()
        self.assertEqual(
            ['running'] * len(_SERVICES),
            [s['state'] for s in services.values()],
        )
        self._beside_the_shared_one(services)
        self._up_again(up, services)
        self._logs()
        self._private_files()
        self._down()
        self._with_damaged_data(root)

    def _nothing_yet(self) -> None:
        status = self.resize_sandbox('status')
        self.assertEqual(1, status.status)
        self.assertEqual(len(_SERVICES), status.stdout.count('stopped'))
        logs = self.resize_sandbox('logs', 'octavia')
        self.assertEqual(1, logs.status)
        self.assertIn('has not been started yet', logs.stderr)
        self.assertEqual(0, self.resize_sandbox('down').status)

    def _beside_the_shared_one(
        self, services: dict[str, dict[str, str]]
    ) -> None:
        mine = {service['url'] for service in services.values()}
        shared = {s.url for s in shared_sandbox.shared().status()}
        self.assertEqual(set(), mine & shared)
        for url in mine:
            self.assertRegex(url, r'^http://127\.0\.0\.1:\d+$')
        rows = self.openstack(
            *('loadbalancer', 'list', '-f', 'json'), sandbox=self.sandbox
        ).data
        self.assertEqual({'web', 'shop'}, {row['name'] for row in rows})

    def _up_again(
        self, up: base.Finished, services: dict[str, dict[str, str]]
    ) -> None:
        again = self.resize_sandbox('up', **_ELSEWHERE)
        self.assertEqual(0, again.status, again)
        self.assertEqual(up.stdout, again.stdout)
        self.assertNotIn('Starting', again.stderr)
        self.assertEqual(services, self.status())
        other = self.resize_sandbox('up', '--octavia', 'plain')
        self.assertEqual(1, other.status)
        self.assertIn('resize-sandbox down', other.stderr)
        self.assertEqual(services, self.status())

    def _logs(self) -> None:
        logs = self.resize_sandbox('logs')
        self.assertEqual(0, logs.status)
        for service in _SERVICES:
            self.assertIn(f'{service}.log', logs.stdout)
        logs = self.resize_sandbox('logs', '-n', '3', 'octavia')
        self.assertEqual(3, len(logs.stdout.splitlines()))
        logs = self.resize_sandbox('logs', 'nova')
        self.assertEqual(1, logs.status)
        self.assertIn('keystone, octavia, magnum, capi', logs.stderr)

    def _private_files(self) -> None:
        for path in (
            self.sandbox.state.root,
            *self.sandbox.state.root.rglob('*'),
        ):
            # Programs write into its home what they want, below a directory
            # that is private.
            if path.is_symlink() or self.sandbox.state.home in path.parents:
                continue
            is_run = path.is_dir() or path.parent.name == 'bin'
            wanted = 0o700 if is_run else 0o600
            self.assertEqual(
                oct(wanted), oct(stat.S_IMODE(path.stat().st_mode)), path
            )

    def _down(self) -> None:
        down = self.resize_sandbox('down')
        self.assertEqual(0, down.status, down)
        self.assert_nothing_runs()
        self.assertEqual(
            ['stopped'] * len(_SERVICES),
            [s['state'] for s in self.status().values()],
        )
        self.assertEqual(0, self.resize_sandbox('down').status)

    def _with_damaged_data(self, root: Path) -> None:
        """One service's data is damaged: none is left running."""
        data = root / 'data'
        (data / 'octavia.db').write_bytes(b'not a database' * 100)
        # SQLite would repair it with these.
        for path in data.glob('octavia.db-*'):
            path.unlink()
        failed = self.resize_sandbox('up')
        self.assertEqual(1, failed.status, failed)
        self.assertEqual('', failed.stdout)
        self.assertIn('The service octavia did not start: ', failed.stderr)
        self.assertIn(f'{root}/logs/octavia.log', failed.stderr)
        self.assertIn('file is not a database', failed.stderr)
        self.assertIn('have been stopped', failed.stderr)
        self.assertNotIn('resize_sandbox/cli.py', failed.stderr)
        self.assert_nothing_runs()
