# SPDX-License-Identifier: Apache-2.0


"""The messages in our source."""

import ast
from collections.abc import Iterable
from collections.abc import Iterator
import functools
from pathlib import Path
import re

from tests.functional.docs import console

_PACKAGES = ('octavia_resize', 'resize_client')

# What a message gets at run time, in the ways of "%" and of "format".
_PLACEHOLDER = re.compile(r'%\(\w+\)[sd]|%[sd]|\{\w*\}')


def missing(messages: Iterable[str]) -> list[str]:
    """Return the messages that we never print.

    :param messages: parts of messages, with an ellipsis for what they get at
        run time.
    """
    return [
        message
        for message in messages
        if not any(_matches(message, text) for text in _texts())
    ]


def _matches(message: str, text: str) -> bool:
    """Return whether a part of a message is in the source's.

    Octavia's own messages, which we wait for, aren't in ours.
    """
    pattern = '.*'.join(map(re.escape, re.split(' ?… ?', message)))
    return re.search(pattern, text) is not None


@functools.cache
def _texts() -> list[str]:
    """Return the strings in the source, placeholders as ellipses."""
    found = []
    for package in _PACKAGES:
        for path in (console.ROOT / package).rglob('*.py'):
            found += _strings(path)
    return found


def _strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield _PLACEHOLDER.sub('…', node.value)
        elif isinstance(node, ast.JoinedStr):
            yield ''.join(
                part.value
                if isinstance(part, ast.Constant)
                and isinstance(part.value, str)
                else '…'
                for part in node.values
            )
