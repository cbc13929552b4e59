# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
import subprocess
import sys
from unittest import mock

import fixtures
import testtools

from resize_sandbox import exceptions
from resize_sandbox import requirements
from resize_sandbox.dataplane.ovn import programs

_VERSION = 'ovs-vswitchd (Open vSwitch) {}\n'


class TestCheck(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.useFixture(fixtures.MonkeyPatch('os.geteuid', lambda: 0))

    def refusal(
        self,
        check: Callable[[], None],
        *missing: str,
        modules: bool = True,
        trial: int = 0,
        stderr: str = '',
    ) -> str:
        """Return the message of a machine that lacks something."""
        finished = subprocess.CompletedProcess([], trial, '', stderr)
        with (
            mock.patch.object(
                requirements,
                'find',
                autospec=True,
                side_effect=lambda n: (
                    None if n in missing else f'/usr/bin/{n}'
                ),
            ),
            mock.patch('subprocess.run', autospec=True, return_value=finished),
            mock.patch(
                'importlib.util.find_spec',
                autospec=True,
                side_effect=lambda name: name if modules else None,
            ),
        ):
            error = self.assertRaises(exceptions.SandboxError, check)
        return str(error)

    def test_installed(self) -> None:
        requirements.check()

    def test_messages(self) -> None:
        distributed = requirements.check_distributed
        traffic = requirements.check_traffic
        for check, missing, modules, expected in (
            (
                requirements.check,
                (),
                False,
                'The sandbox needs Keystone, Octavia, Magnum and '
                'magnum-capi-helm, which are not all installed in '
                f'{sys.prefix}. Install them there with, in a clone '
                "of python-resizeclient: pip install '.[sandbox]'",
            ),
            (
                distributed,
                ('mariadbd', 'mariadb-install-db', 'redis-server', 'epmd'),
                True,
                'The distributed profile needs what is not installed here. '
                'Install it with: apt-get install mariadb-server '
                'rabbitmq-server redis-server',
            ),
            (
                distributed,
                ('mariadbd',),
                False,
                'The distributed profile needs what is not installed here. '
                'Install it with, in a clone of python-resizeclient: apt-get '
                'install mariadb-server && '
                "pip install '.[sandbox,distributed]'",
            ),
            (
                traffic,
                ('haproxy', 'keepalived'),
                False,
                'A sandbox with traffic needs what is not installed here. '
                'Install it with: apt-get install haproxy keepalived && '
                f'{sys.prefix}/bin/pip install h2 pyroute2',
            ),
        ):
            self.assertEqual(
                expected, self.refusal(check, *missing, modules=modules)
            )

    def test_not_root(self) -> None:
        self.useFixture(fixtures.MonkeyPatch('os.geteuid', lambda: 1000))
        self.assertIn('as root', self.refusal(requirements.check_traffic))

    def test_machine_refuses(self) -> None:
        self.assertIn(
            'this machine refuses some of it, as containers do that are not '
            'privileged: unshare: Operation not permitted',
            self.refusal(
                requirements.check_traffic,
                trial=1,
                stderr='unshare: Operation not permitted\n',
            ),
        )


class TestOVN(testtools.TestCase):
    def _check(
        self, output: str, *missing: str, neutron: str | None = 'neutron'
    ) -> None:
        def run(*arguments: str) -> str:
            if not output:
                raise RuntimeError('no library')
            return output

        with (
            mock.patch.object(programs, 'run', run),
            mock.patch.object(
                requirements,
                'find',
                autospec=True,
                side_effect=lambda n: None if n in missing else n,
            ),
            mock.patch(
                'importlib.util.find_spec', autospec=True, return_value=neutron
            ),
        ):
            # tools/install-ovn comes before Neutron.
            programs.check_installed()
            programs.check()

    def _refusal(
        self, output: str, *missing: str, neutron: str | None = 'neutron'
    ) -> str:
        return str(
            self.assertRaises(
                exceptions.SandboxError,
                self._check,
                output,
                *missing,
                neutron=neutron,
            )
        )

    def test_programs(self) -> None:
        """Open vSwitch is not all."""
        for missing in (
            ['ovs-vswitchd'],
            ['ovn-northd'],
            ['ovn-controller', 'ovn-nbctl', 'ovn-northd'],
        ):
            self.assertEqual(
                'A sandbox on OVN needs programs of OVN and Open vSwitch that '
                f'are not installed here: {", ".join(missing)}. Install them '
                'with: tools/install-ovn',
                self._refusal(_VERSION.format('3.3.0'), *missing),
            )

    def test_versions(self) -> None:
        """Those that abort under load are refused."""
        for version in ('3.3.0', '3.10.1', '4.0.0'):
            self._check(_VERSION.format(version))
        for output, neutron, expected in (
            ('', 'neutron', 'no library. Unpack one that does with: tools/'),
            ('3.1.0', 'neutron', 'Open vSwitch 3.1.0, which is installed'),
            ('3.3.0', None, "pip install '.[sandbox,ovn]'"),
        ):
            self.assertIn(
                expected,
                self._refusal(
                    output and _VERSION.format(output), neutron=neutron
                ),
            )
