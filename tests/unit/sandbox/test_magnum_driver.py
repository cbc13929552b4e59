# SPDX-License-Identifier: Apache-2.0

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
        self.assertIn('Ran 5 tests', result.stderr)
