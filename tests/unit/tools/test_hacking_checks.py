# SPDX-License-Identifier: Apache-2.0

import ast

import testtools

from tools import hacking_checks


class TestForbiddenImports(testtools.TestCase):
    def _check(self, filename: str, source: str) -> list[tuple[int, str]]:
        return [
            (line, message)
            for line, _, message, _ in hacking_checks.forbidden_imports(
                ast.parse(source), filename
            )
        ]

    def test_client_without_server(self):
        source = (
            'import octavia.common.constants\n'
            'from octavia_lib import api\n'
            'def late():\n'
            '    from octavia_resize import constants\n'
        )
        for filename, package in (
            ('resize_client/osc/load_balancer.py', 'resize_client.osc'),
            (
                './resize_client/sdk/load_balancer/_proxy.py',
                'resize_client.sdk',
            ),
        ):
            self.assertEqual(
                [
                    (
                        1,
                        f'R001 {package} may not import '
                        'octavia.common.constants',
                    ),
                    (2, f'R001 {package} may not import octavia_lib.api'),
                    (
                        4,
                        f'R001 {package} may not import '
                        'octavia_resize.constants',
                    ),
                ],
                self._check(filename, source),
            )

    def test_sdk_without_command_line(self):
        source = (
            'from resize_client import osc\n'
            'from resize_client.osc import errors\n'
            'import cliff\n'
            'from osc_lib import exceptions\n'
            'import rich.console\n'
        )
        found = self._check('resize_client/sdk/wait.py', source)
        self.assertEqual([1, 2, 3, 4, 5], [line for line, _ in found])
        self.assertEqual([], self._check('resize_client/osc/x.py', source))

    def test_allowed(self):
        source = (
            'from collections import abc\n'
            'from octaviaclient import osc\n'
            'from openstack import exceptions\n'
            'from resize_client.osc import errors\n'
            'from resize_client.sdk import wait\n'
        )
        self.assertEqual(
            [], self._check('resize_client/osc/command.py', source)
        )

    def test_server_without_client(self):
        found = self._check(
            'octavia_resize/api/app.py',
            'import octavia\n'
            'import resize_client.sdk\n'
            'import resize_sandbox\n'
            'import heat\n',
        )
        self.assertEqual([2, 3, 4], [line for line, _ in found])

    def test_elsewhere(self):
        source = 'import octavia, resize_client\n'
        for filename in ('tests/unit/x.py', 'resize_sandbox/x.py'):
            self.assertEqual([], self._check(filename, source))
