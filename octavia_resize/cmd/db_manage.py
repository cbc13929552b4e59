# SPDX-License-Identifier: Apache-2.0

"""Entry point of octavia-resize-db-manage."""

import sys
from typing import Any

from octavia.common import service
from octavia.db import api as db_apis
from oslo_config import cfg

from octavia_resize import opts
from octavia_resize.db import schema

CONF = cfg.CONF


def _add_commands(subparsers: Any) -> None:
    subparsers.add_parser(
        'upgrade', help="Create or update octavia_resize's table"
    ).set_defaults(function=schema.upgrade)
    subparsers.add_parser(
        'remove', help='Remove the table with the records of all resizes'
    ).set_defaults(function=schema.remove)


def main() -> None:
    """Change the schema of the database that octavia.conf names.

    The command line is like that of octavia-db-manage: Octavia's options
    come first, then the command.
    """
    opts.register_opts(CONF)
    CONF.register_cli_opt(
        cfg.SubCommandOpt('command', title='Command', handler=_add_commands)
    )
    service.prepare_service(sys.argv)
    CONF.command.function(db_apis.get_engine())
