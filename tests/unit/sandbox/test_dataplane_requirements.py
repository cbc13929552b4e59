# SPDX-License-Identifier: Apache-2.0
import subprocess
from unittest import mock

import fixtures
import testtools

from resize_sandbox import debian
from resize_sandbox import exceptions
from resize_sandbox.dataplane import requirements
from resize_sandbox.dataplane.ovn import programs
from resize_sandbox.deployment import BRIDGES


class TestCheck(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.useFixture(fixtures.MonkeyPatch('os.geteuid', lambda: 0))

    def refusal(self, *missing: str, trial: int = 0, stderr: str = '') -> str:
        with (
            mock.patch.object(
                debian,
                'find',
                autospec=True,
                side_effect=lambda n: (
                    None if n in missing else f'/usr/bin/{n}'
                ),
            ),
            mock.patch(
                'subprocess.run',
                autospec=True,
                return_value=subprocess.CompletedProcess(
                    [], trial, '', stderr
                ),
            ),
        ):
            error = self.assertRaises(
                exceptions.SandboxError, requirements.check, BRIDGES
            )
        return str(error)

    def test_not_root(self) -> None:
        self.useFixture(fixtures.MonkeyPatch('os.geteuid', lambda: 1000))
        self.assertIn('as root', self.refusal())

    def test_one_message_for_all(self) -> None:
        with mock.patch('importlib.util.find_spec', return_value=None):
            message = self.refusal('haproxy', 'keepalived')
        self.assertRegex(
            message,
            r'Install it with: apt-get install haproxy keepalived && '
            r'.+/pip install pyroute2$',
        )

    def test_machine_refuses(self) -> None:
        self.assertIn(
            'this machine refuses some of it, as containers do that are not '
            'privileged: unshare: Operation not permitted',
            self.refusal(trial=1, stderr='unshare: Operation not permitted\n'),
        )


class TestOVN(testtools.TestCase):
    def _check(self, version: str | None) -> None:
        def run(*arguments: str) -> str:
            if version is None:
                raise FileNotFoundError
            return f'ovs-vswitchd (Open vSwitch) {version}\n'

        with mock.patch.object(programs, 'run', run):
            programs.check()

    def test_versions(self) -> None:
        """Those that abort under load are refused."""
        for version, words in (
            (None, 'which are not installed here'),
            ('3.1.0', 'Open vSwitch 3.1.0, which is installed here, aborts'),
        ):
            error = self.assertRaises(
                exceptions.SandboxError, self._check, version
            )
            self.assertIn(words, str(error))
            self.assertTrue(str(error).endswith('with: tools/install-ovn'))
        for version in ('3.3.0', '3.10.1', '4.0.0'):
            self._check(version)
