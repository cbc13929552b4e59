# SPDX-License-Identifier: Apache-2.0

import contextlib
import io
from pathlib import Path
from unittest import mock

import fixtures
import testtools

from resize_sandbox import cli
from resize_sandbox import exceptions
from resize_sandbox.deployment import Options
from resize_sandbox.sandbox import Sandbox


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

    def test_options(self) -> None:
        """Those that are not named are as at the last start."""
        distributed = {'profile': 'distributed'}
        for last, arguments, options in (
            ({}, '', {}),
            (
                {},
                '--octavia plain --cluster-resize-seconds 0.5',
                {'octavia': 'plain', 'cluster_resize_seconds': 0.5},
            ),
            (distributed, '', distributed),
            (
                distributed,
                '--jobboard',
                distributed | {'jobboard': True},
            ),
            (
                distributed | {'jobboard': True},
                '',
                distributed | {'jobboard': True},
            ),
            (distributed | {'jobboard': True}, '--no-jobboard', distributed),
            # What isn't seeded yet may get another profile.
            (distributed | {'jobboard': True}, '--profile embedded', {}),
            ({'octavia': 'idle'}, '', {'octavia': 'idle'}),
            ({'octavia': 'idle'}, '--octavia resize', {}),
            ({'heat': True}, '', {'heat': True}),
            ({'heat': True}, '--no-heat', {}),
            ({'barbican': True}, '', {'barbican': True}),
            ({'barbican': True}, '--no-barbican', {}),
            ({'barbican': True}, '--traffic', {'traffic': True}),
            ({'barbican': True}, '--profile distributed', distributed),
            (
                {'network': 'ovn'},
                '--distributed-floating-ips',
                {'network': 'ovn', 'distributed_floating_ips': True},
            ),
        ):
            Sandbox(self.root).state.write_json('last-options', last)
            with mock.patch.object(Sandbox, 'up', autospec=True) as up:
                status, _, stderr = self.run_cli('up', *arguments.split())
            self.assertEqual(0, status, stderr)
            (started,) = up.call_args.args
            self.assertEqual(Options(**options), started.options, arguments)

    def test_options_of_other_profiles(self) -> None:
        for arguments, message in (
            ('--jobboard', 'use --profile distributed --jobboard'),
            (
                '--profile distributed --octavia specification',
                'use --profile embedded --octavia specification',
            ),
            (
                '--profile distributed --heat',
                'profile has no Heat',
            ),
            (
                '--profile distributed --barbican',
                'use --profile embedded --no-traffic --barbican',
            ),
            (
                '--traffic --barbican',
                'use --profile embedded --no-traffic --barbican',
            ),
            (
                '--traffic --distributed-floating-ips',
                'use --traffic --network ovn --distributed-floating-ips',
            ),
        ):
            with mock.patch.object(Sandbox, 'up', autospec=True) as up:
                status, _, stderr = self.run_cli('up', *arguments.split())
            self.assertEqual(1, status)
            self.assertIn(message, stderr)
            up.assert_not_called()

    def test_wrong_rate(self) -> None:
        for value in ('-1', '0', '0.5', '1001', 'x'):
            status, _, stderr = self.run_cli(
                *('traffic', f'--requests-per-second={value}', 'web')
            )
            self.assertEqual(2, status)
            self.assertIn('is not a whole number from 1 to 1000', stderr)

    def test_wrong_duration(self) -> None:
        for value in ('-1', 'nan', 'inf', 'x'):
            status, _, stderr = self.run_cli(
                'up', f'--cluster-resize-seconds={value}'
            )
            self.assertEqual(2, status)
            self.assertIn('--cluster-resize-seconds', stderr)

    def test_error(self) -> None:
        error = exceptions.SandboxError('What happened. What next.')
        with mock.patch.object(
            Sandbox, 'up', autospec=True, side_effect=error
        ):
            self.assertEqual(
                (1, '', 'What happened. What next.\n'), self.run_cli('up')
            )

    def test_interrupt(self) -> None:
        with mock.patch.object(
            Sandbox, 'up', autospec=True, side_effect=KeyboardInterrupt
        ):
            self.assertEqual((130, '', 'Interrupted.\n'), self.run_cli('up'))
