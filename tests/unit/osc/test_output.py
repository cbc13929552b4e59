# SPDX-License-Identifier: Apache-2.0

import io
import subprocess
import sys

import testtools

from resize_client.osc import output
from tests.unit.sdk import cloud


class TestLog(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.useFixture(cloud.Clock())

    def test_a_line_for_each_change(self) -> None:
        stream = io.StringIO()
        with output.progress(stream, ['web', 'shop']) as display:
            display.update('web', 'PENDING_UPDATE')
            self.clock.sleep(3.6)
            display.update('web', 'PENDING_UPDATE')
            display.update('shop', 'PENDING_UPDATE')
            display.finish('web', 'ACTIVE')
        self.assertEqual(
            'web: PENDING_UPDATE (0 s)\n'
            'shop: PENDING_UPDATE (4 s)\n'
            'web: ACTIVE (4 s)\n',
            stream.getvalue(),
        )


class TestImports(testtools.TestCase):
    """What an import costs everybody who doesn't need it."""

    def _imported_by(self, module: str) -> set[str]:
        listed = subprocess.run(
            [
                sys.executable,
                '-c',
                f'import {module}, sys; print(*sys.modules)',
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        return {name.partition('.')[0] for name in listed.split()}

    def test_commands(self) -> None:
        for module in ('load_balancer', 'cluster'):
            self.assertFalse(
                {'rich', 'octavia', 'magnum', 'octaviaclient', 'magnumclient'}
                & self._imported_by(f'resize_client.osc.{module}')
            )

    def test_sdk_without_the_command_line(self) -> None:
        self.assertFalse(
            {'cliff', 'osc_lib', 'openstackclient', 'rich'}
            & self._imported_by('resize_client.sdk.connection')
        )
