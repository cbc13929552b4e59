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

import subprocess
import sys

import testtools


class TestMagnumDriver(testtools.TestCase):
    def test_cases(self) -> None:
        # Magnum and Octavia can't be imported into one process: they
        # register different options by the same names.
        result = subprocess.run(
            [
                sys.executable,
                '-W',
                'ignore',
                '-m',
                'unittest',
                'tests.unit.sandbox.magnum_driver_cases',
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertIn('Ran 10 tests', result.stderr)
