# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

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
