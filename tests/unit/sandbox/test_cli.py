# SPDX-License-Identifier: Apache-2.0

import contextlib
import io
import json
from pathlib import Path
from unittest import mock

import fixtures
import testtools

from resize_sandbox import cli
from resize_sandbox import exceptions
from resize_sandbox.deployment import Options
from resize_sandbox.sandbox import Sandbox
from resize_sandbox.supervisor import ServiceStatus


class TestMain(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = Path(self.useFixture(fixtures.TempDir()).path) / 'a dir'
        self.useFixture(
            fixtures.EnvironmentVariable('RESIZE_SANDBOX_DIR', str(self.root))
        )
        # main() changes the handler of the process.
        self.useFixture(fixtures.MonkeyPatch('signal.signal', mock.Mock()))

    def run_cli(self, *arguments: str) -> tuple[int, str, str]:
        stdout, stderr = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(stdout),
            contextlib.redirect_stderr(stderr),
        ):
            try:
                status = cli.main(arguments)
            except SystemExit as end:
                assert isinstance(end.code, int)
                status = end.code
        return status, stdout.getvalue(), stderr.getvalue()

    def test_up(self) -> None:
        with mock.patch.object(Sandbox, 'up', autospec=True) as up:
            status, stdout, stderr = self.run_cli('up')
        self.assertEqual(0, status)
        self.assertEqual(
            f"export OS_CLIENT_CONFIG_FILE='{self.root}/clouds.yaml'\n"
            f'export OS_CLOUD=sandbox-member\n',
            stdout,
        )
        self.assertIn('resize-sandbox down', stderr)
        (started,) = up.call_args.args
        self.assertEqual(Options(), started.options)

    def test_up_distributed(self) -> None:
        with mock.patch.object(Sandbox, 'up', autospec=True) as up:
            status, _, _ = self.run_cli(
                'up', '--profile', 'distributed', '--jobboard'
            )
        self.assertEqual(0, status)
        (started,) = up.call_args.args
        self.assertEqual(
            Options(profile='distributed', jobboard=True),
            started.options,
        )
        self.assertIn('redis', started.services)

    def test_up_keeps_the_profile(self) -> None:
        made = Sandbox(self.root)
        made.state.write_json('last-options', {'profile': 'distributed'})
        with mock.patch.object(Sandbox, 'up', autospec=True) as up:
            self.run_cli('up')
        (started,) = up.call_args.args
        self.assertIn('mariadb', started.services)

    def test_up_keeps_the_jobboard(self) -> None:
        made = Sandbox(self.root)
        for kept, arguments, jobboard in (
            (False, ['--jobboard'], True),
            (True, [], True),
            (True, ['--no-jobboard'], False),
            (False, [], False),
            # What isn't seeded yet may get another profile.
            (True, ['--profile', 'embedded'], False),
        ):
            made.state.write_json(
                'last-options', {'profile': 'distributed', 'jobboard': kept}
            )
            with mock.patch.object(Sandbox, 'up', autospec=True) as up:
                self.assertEqual(0, self.run_cli('up', *arguments)[0])
            (started,) = up.call_args.args
            self.assertEqual(jobboard, started.options.jobboard, arguments)

    def test_up_keeps_the_octavia(self) -> None:
        Sandbox(self.root).state.write_json(
            'last-options', {'octavia': 'specification'}
        )
        for arguments, octavia in (
            ([], 'specification'),
            (['--octavia', 'resize'], 'resize'),
        ):
            with mock.patch.object(Sandbox, 'up', autospec=True) as up:
                self.assertEqual(0, self.run_cli('up', *arguments)[0])
            (started,) = up.call_args.args
            self.assertEqual(octavia, started.options.octavia)

    def test_up_keeps_heat(self) -> None:
        made = Sandbox(self.root)
        for kept, arguments, heat in (
            (False, ['--heat'], True),
            (True, [], True),
            (True, ['--no-heat'], False),
            (False, [], False),
        ):
            made.state.write_json('last-options', {'heat': kept})
            with mock.patch.object(Sandbox, 'up', autospec=True) as up:
                self.assertEqual(0, self.run_cli('up', *arguments)[0])
            (started,) = up.call_args.args
            self.assertEqual(heat, started.options.heat, arguments)
            self.assertEqual(heat, 'heat' in started.services, arguments)

    def test_up_keeps_barbican(self) -> None:
        Sandbox(self.root).state.write_json('last-options', {'barbican': True})
        for arguments, barbican in (
            ([], True),
            (['--no-barbican'], False),
            (['--traffic'], False),
            (['--profile', 'distributed'], False),
        ):
            with mock.patch.object(Sandbox, 'up', autospec=True) as up:
                self.assertEqual(0, self.run_cli('up', *arguments)[0])
            (started,) = up.call_args.args
            self.assertEqual(barbican, started.options.barbican, arguments)
            self.assertEqual(barbican, 'barbican' in started.services)

    def test_barbican_with_traffic(self) -> None:
        with mock.patch.object(Sandbox, 'up') as up:
            for other in (['--traffic'], ['--profile', 'distributed']):
                status, _, stderr = self.run_cli('up', '--barbican', *other)
                self.assertEqual(1, status)
                self.assertIn(
                    'use --profile embedded --no-traffic --barbican', stderr
                )
        up.assert_not_called()

    def test_options_of_other_profiles(self) -> None:
        with mock.patch.object(Sandbox, 'up') as up:
            status, _, stderr = self.run_cli('up', '--jobboard')
            self.assertEqual(1, status)
            self.assertIn('use --profile distributed --jobboard', stderr)
            status, _, stderr = self.run_cli(
                *('up', '--profile', 'distributed'),
                *('--octavia', 'specification'),
            )
            self.assertEqual(1, status)
            self.assertIn(
                'use --profile embedded --octavia specification', stderr
            )
            status, _, stderr = self.run_cli(
                'up', '--profile', 'distributed', '--heat'
            )
            self.assertEqual(1, status)
            self.assertIn('The distributed profile has no Heat', stderr)
        up.assert_not_called()

    def test_up_with_options(self) -> None:
        with mock.patch.object(Sandbox, 'up', autospec=True) as up:
            status, stdout, _ = self.run_cli(
                'up',
                '--state-dir',
                '/elsewhere',
                *('--octavia', 'plain'),
                '--cluster-resize-seconds',
                '0.5',
            )
        self.assertEqual(0, status)
        self.assertIn('=/elsewhere/clouds.yaml\n', stdout)
        (started,) = up.call_args.args
        self.assertEqual(
            Options(octavia='plain', cluster_resize_seconds=0.5),
            started.options,
        )

    def test_wrong_duration(self) -> None:
        for value in ('-1', 'nan', 'inf', 'x'):
            status, _, stderr = self.run_cli(
                'up', f'--cluster-resize-seconds={value}'
            )
            self.assertEqual(2, status)
            self.assertIn('--cluster-resize-seconds', stderr)

    def test_error(self) -> None:
        error = exceptions.SandboxError('What happened. What next.')
        with mock.patch.object(Sandbox, 'up', side_effect=error):
            self.assertEqual(
                (1, '', 'What happened. What next.\n'), self.run_cli('up')
            )

    def test_interrupt(self) -> None:
        with mock.patch.object(Sandbox, 'up', side_effect=KeyboardInterrupt):
            self.assertEqual((130, '', 'Interrupted.\n'), self.run_cli('up'))

    def test_down(self) -> None:
        self.assertEqual(
            (0, '', f'The sandbox in {self.root} is stopped.\n'),
            self.run_cli('down'),
        )

    def test_status(self) -> None:
        statuses = [
            ServiceStatus('keystone', 'running', 12, 'http://127.0.0.1:5000'),
            ServiceStatus('octavia', 'not answering', 13, 'http://x'),
            ServiceStatus('magnum', 'stopped', None, None),
        ]
        with mock.patch.object(Sandbox, 'status', return_value=statuses):
            status, stdout, _ = self.run_cli('status')
            self.assertEqual(1, status)
            self.assertEqual(
                [
                    ['keystone', 'running', '12', 'http://127.0.0.1:5000'],
                    ['octavia', 'not', 'answering', '13', 'http://x'],
                    ['magnum', 'stopped', '-', '-'],
                ],
                [line.split() for line in stdout.splitlines()],
            )
            status, stdout, _ = self.run_cli('status', '-f', 'json')
            self.assertEqual(1, status)
            self.assertEqual(
                {
                    'name': 'keystone',
                    'state': 'running',
                    'pid': 12,
                    'url': 'http://127.0.0.1:5000',
                },
                json.loads(stdout)[0],
            )
        with mock.patch.object(Sandbox, 'status', return_value=statuses[:1]):
            self.assertEqual(0, self.run_cli('status')[0])

    def test_logs_of_unknown_service(self) -> None:
        status, _, stderr = self.run_cli('logs', 'nova')
        self.assertEqual(1, status)
        self.assertIn('keystone, octavia, magnum', stderr)

    def test_no_command(self) -> None:
        self.assertEqual(2, self.run_cli()[0])
