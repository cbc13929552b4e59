# SPDX-License-Identifier: Apache-2.0
"""Unit files, as far as the amphora agent writes them.

See systemd.unit(5), systemd.service(5) and systemd.exec(5).
"""

from collections.abc import Mapping
from collections.abc import Sequence
import dataclasses

_ESCAPES = {'n': '\n', 't': '\t'}


def split_command(line: str, environment: Mapping[str, str]) -> list[str]:
    """Split a command line as systemd does.

    A variable, such as $OPTIONS, becomes as many arguments as its
    value has.

    :param environment: the values of variables; others stay as they are.
    """
    arguments: list[str] = []
    word: str | None = None
    quote = ''
    characters = iter(line)
    for character in characters:
        if character == '\\':
            escaped = next(characters, '\\')
            word = (word or '') + _ESCAPES.get(escaped, escaped)
        elif quote:
            if character == quote:
                quote = ''
            else:
                word = (word or '') + character
        elif character in '\'"':
            quote = character
            word = word or ''
        elif character.isspace():
            if word is not None:
                arguments.append(word)
            word = None
        else:
            word = (word or '') + character
    if word is not None:
        arguments.append(word)
    return [
        part
        for word in arguments
        for part in (
            environment[word[1:]].split()
            if word.startswith('$') and word[1:] in environment
            else [word]
        )
    ]


@dataclasses.dataclass(frozen=True)
class Command:
    """A command of a unit."""

    line: str
    #: Whether its failure is none of the service.
    may_fail: bool


@dataclasses.dataclass(frozen=True)
class Unit:
    """What a unit file says, each setting with all its values."""

    settings: Mapping[str, Sequence[str]]

    @classmethod
    def parse(cls, text: str) -> 'Unit':
        """Read a unit file."""
        settings: dict[str, list[str]] = {}
        for line in text.splitlines():
            name, equals, value = line.strip().partition('=')
            if equals and not name.startswith(('#', ';', '[')):
                settings.setdefault(name, []).append(value)
        return cls(settings)

    def last(self, name: str, default: str = '') -> str:
        """Return the value of a setting that has one."""
        return [default, *self.settings.get(name, ())][-1]

    def commands(self, name: str) -> list[Command]:
        """Return the commands of ExecStart and the like."""
        return [
            Command(line.lstrip('-@!+'), line.startswith('-'))
            for line in self.settings.get(name, ())
        ]

    @property
    def kind(self) -> str:
        """The type of the service: simple, oneshot, notify or forking."""
        return self.last('Type', 'simple')

    @property
    def required(self) -> list[str]:
        """The units that must run before it."""
        return ' '.join(self.settings.get('Requires', ())).split()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that it sets."""
        return dict(
            (name, value)
            for line in self.settings.get('Environment', ())
            for name, _, value in (
                word.partition('=') for word in split_command(line, {})
            )
        )

    @property
    def open_files(self) -> int | None:
        """The limit of open files, if it sets one."""
        limit = self.last('LimitNOFILE')
        return int(limit) if limit.isdecimal() else None
