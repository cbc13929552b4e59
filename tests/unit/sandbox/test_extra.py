# SPDX-License-Identifier: Apache-2.0

import importlib.util
import sys
from unittest import mock

import testtools

from resize_sandbox import exceptions
from resize_sandbox import extra


class TestCheck(testtools.TestCase):
    def test_installed(self) -> None:
        extra.check()

    def test_client_alone(self) -> None:
        with mock.patch.object(
            importlib.util, 'find_spec', autospec=True, return_value=None
        ):
            refused = self.assertRaises(exceptions.SandboxError, extra.check)
        self.assertEqual(
            'The sandbox needs Keystone, Octavia, Magnum and '
            'magnum-capi-helm, which are not all installed in '
            f'{sys.prefix}. Install them there with, in a clone '
            "of python-resizeclient: pip install '.[sandbox]'",
            str(refused),
        )
