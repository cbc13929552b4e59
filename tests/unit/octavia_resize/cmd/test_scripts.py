# SPDX-License-Identifier: Apache-2.0

"""The console scripts."""

import importlib.util
import sys
from unittest import mock

import testtools

from octavia_resize.cmd import db_manage
from octavia_resize.cmd import scripts
from octavia_resize.cmd import status
from octavia_resize.cmd import worker


class TestScripts(testtools.TestCase):
    def test_with_octavia(self) -> None:
        for script, module in (
            (scripts.worker, worker),
            (scripts.db_manage, db_manage),
            (scripts.status, status),
        ):
            with mock.patch.object(module, 'main', autospec=True) as main:
                script()
            main.assert_called_once_with()

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
