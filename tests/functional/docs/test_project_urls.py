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

"""Where documents say that the source is."""

from pathlib import Path

import fixtures
from sphinx.cmd import build
import testtools

from tests.functional.docs import console

_CONFIGURATION = f"""
import sys
sys.path.insert(0, {str(console.ROOT / 'doc' / 'extensions')!r})
extensions = ['project_urls']
project_urls_file = 'setup.cfg'
"""


class TestProjectUrls(testtools.TestCase):
    def _built(self, setup: str) -> str:
        """Return a page with the directive, as text."""
        directory = Path(self.useFixture(fixtures.TempDir()).path)
        (directory / 'conf.py').write_text(_CONFIGURATION)
        (directory / 'setup.cfg').write_text(setup)
        (directory / 'index.rst').write_text(
            'Page\n====\n\n.. project-urls::\n\nThe end.\n'
        )
        status = build.main(
            ['-q', '-W', '-b', 'text', str(directory), str(directory / 'out')]
        )
        self.assertEqual(0, status)
        return (directory / 'out' / 'index.txt').read_text()

    def test_known(self):
        built = self._built(
            '[metadata]\n'
            'project_urls =\n'
            '    Source = https://git.example.org/resize?a=b\n'
            '    Bug Tracker = https://bugs.example.org/resize\n'
        )
        self.assertIn(
            'The source is at https://git.example.org/resize?a=b. Report '
            'problems at https://bugs.example.org/resize.',
            ' '.join(built.split()),
        )

    def test_unknown(self):
        built = self._built('[metadata]\nname = x\n')
        self.assertEqual(['Page', '****', 'The', 'end.'], built.split())
