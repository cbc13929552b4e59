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

import argparse
import sys

from octavia.common import service
from octavia.db import api as db_apis
from oslo_config import cfg

from octavia_resize import opts
from octavia_resize.db import schema

COMMANDS = {'upgrade': schema.upgrade, 'remove': schema.remove}


def main() -> None:
    """Change the schema of the database that octavia.conf names."""
    parser = argparse.ArgumentParser(
        prog='octavia-resize-db-manage',
        description='Add, update or remove the table that octavia_resize '
        "keeps in Octavia's database.",
        epilog="All other arguments are Octavia's, like --config-file.",
    )
    parser.add_argument('command', choices=COMMANDS)
    arguments, octavia_arguments = parser.parse_known_args()
    opts.register_opts(cfg.CONF)
    service.prepare_service([sys.argv[0], *octavia_arguments])
    COMMANDS[arguments.command](db_apis.get_engine())
