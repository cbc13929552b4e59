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

"""Tells the style sheet which literals needn't be broken within a word.

A browser breaks "--wait" at its hyphens, which only a path that is longer than
a narrow window's line should suffer.
"""

from docutils import nodes
from sphinx.application import Sphinx

_SHORT = 30


def _mark(app: Sphinx, document: nodes.document) -> None:
    for literal in document.findall(nodes.literal):
        if all(len(word) <= _SHORT for word in literal.astext().split()):
            literal['classes'].append('short-words')


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect('doctree-read', _mark)
    return {'parallel_read_safe': True}
