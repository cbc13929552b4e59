# SPDX-License-Identifier: Apache-2.0

"""Shows the style sheet which literals needn't be broken within a word.

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
