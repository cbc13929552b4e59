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
        'upgrade', help="Add octavia_resize's table, or bring it up to date"
    ).set_defaults(function=schema.upgrade)
    subparsers.add_parser(
        'remove', help='Remove the table and all that is known about resizes'
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
