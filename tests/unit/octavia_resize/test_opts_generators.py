# SPDX-License-Identifier: Apache-2.0

"""The samples that oslo.config's and oslo.policy's generators make."""

from pathlib import Path
import subprocess
import sys

import testtools

from octavia_resize import opts
from octavia_resize import policies

_ETC = Path(__file__).parents[3] / 'etc' / 'octavia-resize'


class TestGenerators(testtools.TestCase):
    def _generate(self, generator: str, config: str) -> str:
        generated = subprocess.run(
            [
                Path(sys.executable).with_name(generator),
                *('--config-file', _ETC / config),
                # Instead of the file that it names.
                *('--output-file', '/dev/stdout'),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.assertEqual(0, generated.returncode, generated.stderr)
        return generated.stdout

    def test_options(self) -> None:
        sample = self._generate(
            'oslo-config-generator', 'octavia-resize-config-generator.conf'
        )
        self.assertIn('[octavia_resize]\n', sample)
        for option in opts.resize_opts:
            default = option.default
            if isinstance(default, bool):
                default = str(default).lower()
            self.assertIn(f'\n#{option.name} = {default}\n', sample)

    def test_rules(self) -> None:
        sample = self._generate(
            'oslopolicy-sample-generator',
            'octavia-resize-policy-generator.conf',
        )
        for rule in policies.rules:
            self.assertIn(f'\n#"{rule.name}": "{rule.check_str}"\n', sample)
            for operation in rule.operations:
                self.assertIn(
                    f'\n# {operation["method"]}  {operation["path"]}\n', sample
                )
