# SPDX-License-Identifier: Apache-2.0
"""Compare messages with how they are written down, whole."""

from collections.abc import Callable
from collections.abc import Iterable
import textwrap
from typing import Any

import testtools

from resize_client.osc.command import Message


class TestCase(testtools.TestCase):
    def check(
        self,
        function: Callable[[Any], Message | Iterable[Message]],
        outcomes: dict[str, Any],
        expected: str,
    ) -> None:
        """Compare the messages of some outcomes.

        :param function: What returns a message, or several.
        :param outcomes: Its argument in each case.
        :param expected: Each case with its text, broken in lines, and its
            hints, which begin with a dash.
        """
        shown = []
        for case, outcome in outcomes.items():
            messages = function(outcome)
            if isinstance(messages, Message):
                messages = [messages]
            shown.append(f'{case}:\n{"".join(map(of, messages))}')
        self.assertEqual(
            textwrap.dedent(expected).strip(), ''.join(shown).strip()
        )


def of(message: Message) -> str:
    """Write a message down, indented."""
    lines = textwrap.wrap(message.text, 60)
    for purpose, arguments in message.hints:
        hint = f'{purpose}: {" ".join(arguments)}'
        lines += textwrap.wrap(
            hint, 60, initial_indent='- ', subsequent_indent='  '
        )
    return textwrap.indent(''.join(f'{line}\n' for line in lines), '    ')
