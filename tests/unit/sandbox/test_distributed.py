# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
from unittest import mock

import fixtures
import testtools

from resize_sandbox import debian
from resize_sandbox import exceptions
from resize_sandbox.deployment import DISTRIBUTED
from resize_sandbox.deployment import Deployment
from resize_sandbox.deployment import Options
from resize_sandbox.distributed import octavia
from resize_sandbox.distributed import packages
from resize_sandbox.distributed import services
from resize_sandbox.state import StateDirectory


class TestPackages(testtools.TestCase):
    def missing(self, *names: str) -> str:
        with mock.patch.object(
            debian,
            'find',
            autospec=True,
            side_effect=lambda n: None if n in names else f'/usr/bin/{n}',
        ):
            error = self.assertRaises(exceptions.SandboxError, packages.check)
        return str(error)

    def test_one_message_for_all(self) -> None:
        # Whether or not the Python modules are installed here.
        self.useFixture(
            fixtures.MonkeyPatch('importlib.util.find_spec', lambda name: name)
        )
        self.assertEqual(
            'The distributed profile needs what is not installed here. '
            'Install it with: apt-get install mariadb-server redis-server',
            self.missing('mariadbd', 'mariadb-install-db', 'redis-server'),
        )

    def test_part_of_a_package(self) -> None:
        self.assertIn('apt-get install rabbitmq-server', self.missing('epmd'))

    def test_python_modules(self) -> None:
        with mock.patch('importlib.util.find_spec', return_value=None):
            self.assertIn(
                'Install it with, in a clone of python-resizeclient: '
                "apt-get install mariadb-server && pip install '.[sandbox,"
                "distributed]'",
                self.missing('mariadbd'),
            )


class TestServices(testtools.TestCase):
    def deployment(self, *, jobboard: bool) -> Deployment:
        options = Options(profile=DISTRIBUTED, jobboard=jobboard)
        ports = {}
        for service in services.services(options):
            for name in (service.name, *service.other_ports):
                if service.listens:
                    ports[name] = 20000 + len(ports)
        state = StateDirectory(
            Path(self.useFixture(fixtures.TempDir()).path) / 'state'
        )
        state.create()
        return Deployment(state, options, ports)

    def test_each_stands_after_what_it_needs(self) -> None:
        for jobboard in (False, True):
            seen: set[str] = set()
            for service in services.services(
                Options(profile=DISTRIBUTED, jobboard=jobboard)
            ):
                self.assertLessEqual(set(service.needs), seen)
                seen.add(service.name)
            self.assertEqual(jobboard, 'redis' in seen)

    def test_configuration_is_private(self) -> None:
        deployment = self.deployment(jobboard=True)
        for service in services.services(deployment.options):
            service.configure(deployment)
        files = [p for p in deployment.state.etc.rglob('*') if p.is_file()]
        self.assertLess(10, len(files))
        modes = {p.name: p.stat().st_mode & 0o777 for p in files}
        # A program, which Magnum's driver runs.
        self.assertEqual(0o700, modes.pop('helm'))
        self.assertEqual({0o600}, set(modes.values()))

    def test_jobboard(self) -> None:
        for jobboard in (False, True):
            deployment = self.deployment(jobboard=jobboard)
            octavia.write(deployment)
            text = deployment.state.config_file('octavia').read_text()
            self.assertEqual(jobboard, 'jobboard_enabled = True' in text)
            self.assertIn(deployment.transport_url, text)
            self.assertIn(deployment.database_url('octavia'), text)
