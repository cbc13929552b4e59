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

"""The directive ``project-urls``: where the source is, and where to report.

The addresses are those in ``[metadata] project_urls`` of setup.cfg, as PyPI
shows them, too. What isn't there is left out.
"""

import configparser
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

#: What is said of an address, by its name in setup.cfg
_SENTENCES = {
    'Source': 'The source is at ',
    'Bug Tracker': 'Report problems at ',
}


class ProjectUrls(Directive):
    """A sentence for each address that is known."""

    def run(self) -> list[nodes.Node]:
        env = self.state.document.settings.env
        setup = configparser.ConfigParser(interpolation=None)
        setup.read(Path(env.srcdir, env.config.project_urls_file))
        listed = setup.get('metadata', 'project_urls', fallback='')
        urls = dict(
            (part.strip() for part in line.split('=', 1))
            for line in listed.split('\n')
            if '=' in line
        )
        paragraph = nodes.paragraph()
        for name, sentence in _SENTENCES.items():
            if name in urls:
                url = urls[name]
                paragraph += nodes.Text(sentence)
                paragraph += nodes.reference(url, url, refuri=url)
                paragraph += nodes.Text('. ')
        return [paragraph] if paragraph.children else []


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive, and the option that names setup.cfg."""
    app.add_config_value('project_urls_file', '', 'env', str)
    app.add_directive('project-urls', ProjectUrls)
    return {'parallel_read_safe': True}
