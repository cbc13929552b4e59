# SPDX-License-Identifier: Apache-2.0

from unittest import mock

import fixtures
import testtools

from resize_sandbox import debian
from resize_sandbox import exceptions
from resize_sandbox.distributed import packages


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
