# SPDX-License-Identifier: Apache-2.0

from unittest import mock

import testtools

from octavia_resize.cmd import db_manage
from octavia_resize.db import schema


class TestCommands(testtools.TestCase):
    def test_functions(self) -> None:
        commands = mock.MagicMock()
        db_manage._add_commands(commands)
        defaults = commands.add_parser.return_value.set_defaults
        self.assertEqual(
            [
                (('upgrade',), schema.upgrade),
                (('remove',), schema.remove),
            ],
            [
                (added.args, default.kwargs['function'])
                for added, default in zip(
                    commands.add_parser.call_args_list,
                    defaults.call_args_list,
                    strict=True,
                )
            ],
        )
