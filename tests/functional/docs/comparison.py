# SPDX-License-Identifier: Apache-2.0

"""Compare what a document shows with what a command has printed."""

import re

from tests.functional import openstack_command

# What stands for text that isn't shown: for words, or for a part of one.
_WORDS = ' …(?= |$)'
_LETTERS = '…'

_UUID = r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

# What is another one each time, and what says so little that it needn't be
# the same one wherever it stands.
_VOLATILE = (
    r'\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:\+00:00)?',
    r'http://127\.0\.0\.1:\d+',
    # The time waited, and the ID of a process before its URL.
    r'\(\d+ s\)',
    r'\d+(?= http://127)',
)
_SPECIAL = re.compile(
    '|'.join(
        [f'(?P<uuid>{_UUID})', f'(?P<words>{_WORDS})', _LETTERS]
        + [f'(?P<volatile{i}>{v})' for i, v in enumerate(_VOLATILE)]
    )
)

# Python 3.13 shows what both names of an option take once.
_TWICE = re.compile(r'(-\w) (\S+), (--[\w-]+ \2)(?!\S)')


class Comparison:
    """Compares one document, in which an ID means the same throughout.

    :param same: what the document calls otherwise than it is here, such as a
        directory, and what it is here.
    """

    def __init__(self, same: dict[str, str]) -> None:
        self._same = same
        #: The IDs here by those in the document
        self._ids: dict[str, str] = {}

    def localize(self, text: str) -> str:
        """Return what a document shows with the names that are valid here."""
        for shown, here in {**self._same, **self._ids}.items():
            text = text.replace(shown, here)
        return text

    def matches(self, shown: str, printed: str) -> bool:
        """Return whether a command has printed what the document shows.

        Where lines end doesn't matter: a page breaks them as it needs.

        :param shown: as it stands in the document.
        :param printed: as it came here. Progress is left out of both: how
            often it is polled is a matter of time.
        """
        lines = [
            line
            for line in printed.splitlines()
            if not line.startswith(openstack_command.DEPRECATION)
            and not openstack_command.PROGRESS.fullmatch(line)
        ]
        shown = '\n'.join(
            line
            for line in shown.splitlines()
            if not openstack_command.PROGRESS.fullmatch(line)
        )
        words = _words(' '.join(lines))
        new: dict[str, str] = {}
        pattern = self._pattern(_words(shown), new)
        found = re.fullmatch(pattern, words)
        if found is None:
            return False
        self._ids |= {here: found[name] for here, name in new.items()}
        return len(set(self._ids.values())) == len(self._ids)

    def _pattern(self, shown: str, new: dict[str, str]) -> str:
        """Return the regular expression of what is shown.

        :param new: gets the name of the group for each ID that the document
            has not shown before.
        """
        for there, here in self._same.items():
            shown = shown.replace(there, here)
        pattern = []
        position = 0
        for special in _SPECIAL.finditer(shown):
            pattern.append(re.escape(shown[position : special.start()]))
            position = special.end()
            text = special.group()
            if special['words']:
                pattern.append('(?: .*)?')
            elif text == _LETTERS:
                pattern.append('.*')
            elif not special['uuid']:
                kind = str(special.lastgroup).removeprefix('volatile')
                pattern.append(_VOLATILE[int(kind)])
            elif text in self._ids:
                pattern.append(self._ids[text])
            elif text in new:
                pattern.append(f'(?P={new[text]})')
            else:
                new[text] = f'id{len(new)}'
                pattern.append(f'(?P<{new[text]}>{_UUID})')
        pattern.append(re.escape(shown[position:]))
        return ''.join(pattern)


def _words(text: str) -> str:
    return _TWICE.sub(r'\1, \3', ' '.join(text.split()))
