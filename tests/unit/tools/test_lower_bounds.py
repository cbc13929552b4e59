# SPDX-License-Identifier: Apache-2.0

"""The lower bounds of requirements are the versions that are tested."""

import configparser
from pathlib import Path

from packaging import requirements
from packaging import utils
import testtools

_TOP = Path(__file__).parents[3]
_TOOLS = {'docs', 'lint'}


def _read(lines: list[str]) -> list[requirements.Requirement]:
    return [
        requirements.Requirement(line.partition('#')[0])
        for line in lines
        if line and not line.startswith('#')
    ]


def _names_and_bounds(
    operator: str, found: list[requirements.Requirement]
) -> dict[str, list[str]]:
    return {
        utils.canonicalize_name(requirement.name): [
            specifier.version
            for specifier in requirement.specifier
            if specifier.operator == operator
        ]
        for requirement in found
    }


class TestLowerBounds(testtools.TestCase):
    def test_are_tested(self) -> None:
        setup = configparser.ConfigParser()
        setup.read(_TOP / 'setup.cfg')
        required = _read((_TOP / 'requirements.txt').read_text().splitlines())
        for extra, lines in setup['extras'].items():
            if extra not in _TOOLS:
                required += _read(lines.splitlines())
        tested = _names_and_bounds(
            '==',
            _read(
                (_TOP / 'tools' / 'constraints-lowest.txt')
                .read_text()
                .splitlines()
            ),
        )
        allowed = _names_and_bounds('>=', required)
        self.assertEqual({name: tested.get(name) for name in allowed}, allowed)
