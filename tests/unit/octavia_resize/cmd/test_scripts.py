# SPDX-License-Identifier: Apache-2.0

"""The console scripts."""

import importlib.util
import sys
from unittest import mock

import testtools

from octavia_resize.cmd import scripts


class TestScripts(testtools.TestCase):
    def test_without_octavia(self) -> None:
        for script, name in (
            (scripts.worker, 'octavia-resize-worker'),
            (scripts.db_manage, 'octavia-resize-db-manage'),
            (scripts.status, 'octavia-resize-status'),
            (scripts.unlock, 'octavia-resize-unlock'),
        ):
            with mock.patch.object(
                importlib.util, 'find_spec', autospec=True, return_value=None
            ):
                refused = self.assertRaises(SystemExit, script)
            self.assertEqual(
                f'{name} needs Octavia, which is not installed in '
                f'{sys.prefix}. Install it there with, in a clone of '
                "python-resizeclient: pip install '.[octavia]'",
                refused.code,
            )
