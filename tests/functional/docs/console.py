# SPDX-License-Identifier: Apache-2.0

"""What a document shows: its blocks, and the commands in them.

A command begins with ``$`` in a block of the language ``console``; lines that
begin with ``>`` continue it. What follows is all that it prints, errors
included, broken into lines as the page needs it. ``…`` stands for any text
that isn't shown.
"""

from collections.abc import Iterator
import dataclasses
import html
from pathlib import Path
import re

ROOT = Path(__file__).parents[3]

CONSOLE = 'console'

_DIRECTIVE = re.compile(r'( *)\.\. code-block::(?: +(\S+))?$')
_LITERAL = re.compile(r'( *)(?!\.\. ).*::$')
# A program of which more than the name is said.
_MENTIONED = re.compile(
    r'``((?:openstack|octavia-resize-[\w-]+|pip|reno|resize-sandbox|stestr'
    r'|tempest|tools/[\w-]+|tox)\s[^`]*|tools/[^`]*)``'
)
_DRAWN = re.compile(r'<text [^>]*-line-(\d+)\)">(.*?)</text>')


@dataclasses.dataclass(frozen=True)
class Block:
    """Lines of a document that are shown as they are."""

    #: Where its first line is
    path: Path
    number: int
    #: ``console``, ``ini`` and so on; empty when the document names none
    language: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return '\n'.join(self.lines)

    def __str__(self) -> str:
        return f'{self.path.relative_to(ROOT)}:{self.number}'


@dataclasses.dataclass(frozen=True)
class Command:
    """A command of a console block, and what it prints."""

    path: Path
    number: int
    text: str
    output: tuple[str, ...]

    def __str__(self) -> str:
        return f'{self.path.relative_to(ROOT)}:{self.number}: $ {self.text}'


def documents() -> list[Path]:
    """Return everything that people read."""
    return [
        *sorted(ROOT.glob('*.rst')),
        *sorted((ROOT / 'api-ref' / 'source').rglob('*.rst')),
        *sorted((ROOT / 'doc' / 'source').rglob('*.rst')),
    ]


def blocks(path: Path) -> Iterator[Block]:
    """Return the blocks of a document, in their order."""
    lines = path.read_text().splitlines()
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        found = _DIRECTIVE.fullmatch(line) or _LITERAL.fullmatch(line)
        if not found:
            continue
        indentation = len(found[1])
        begin = number
        while number < len(lines) and (
            not lines[number] or _indentation(lines[number]) > indentation
        ):
            number += 1
        inside = lines[begin:number]
        # The options of a directive end with an empty line.
        while inside and inside[0]:
            begin, inside = begin + 1, inside[1:]
        while inside and not inside[0]:
            begin, inside = begin + 1, inside[1:]
        while inside and not inside[-1]:
            inside.pop()
        width = min((_indentation(text) for text in inside if text), default=0)
        language = (found[2] or '') if found.re is _DIRECTIVE else ''
        yield Block(
            path, begin + 1, language, tuple(text[width:] for text in inside)
        )


def commands(path: Path) -> Iterator[Command]:
    """Return the commands of a document, in their order."""
    for block in blocks(path):
        if block.language == CONSOLE:
            yield from _commands(block)


def mentioned_commands(path: Path) -> list[str]:
    """Return the commands that the sentences of a document mention."""
    found = (
        ' '.join(text.split()) for text in _MENTIONED.findall(path.read_text())
    )
    return [command for command in found if '…' not in command]


def drawn_commands(path: Path) -> Iterator[Command]:
    """Return the commands of a picture of a terminal, in their order.

    :param path: an SVG document that rich has made. Of a recording, the last
        frame counts.
    """
    lines: dict[int, str] = {}
    _, _, last = path.read_text().rpartition('class="frame ')
    for number, text in _DRAWN.findall(last):
        lines.setdefault(int(number), '')
        lines[int(number)] += html.unescape(text).replace('\xa0', ' ')
    yield from _commands(
        Block(path, 1, CONSOLE, tuple(lines[n] for n in sorted(lines)))
    )


def _commands(block: Block) -> Iterator[Command]:
    if not block.lines[0].startswith('$ '):
        raise ValueError(f'{block} does not begin with a command')
    texts: list[list[str]] = []
    outputs: list[list[str]] = []
    numbers = []
    for number, line in enumerate(block.lines, block.number):
        if line.startswith('$ '):
            numbers.append(number)
            texts.append([line[2:]])
            outputs.append([])
        elif line.startswith('> ') and not outputs[-1]:
            texts[-1].append(line[2:])
        else:
            outputs[-1].append(line)
    for number, text, output in zip(numbers, texts, outputs, strict=True):
        yield Command(block.path, number, '\n'.join(text), tuple(output))


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(' '))
