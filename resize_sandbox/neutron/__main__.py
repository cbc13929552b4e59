# SPDX-License-Identifier: Apache-2.0
"""The Neutron process: database and API.

Networks and subnets may be created with the ID that the sandbox has for them,
whichever network it is on.
"""

from concurrent import futures
import os
import sys
from typing import Any

from neutron import server
from neutron.db import ovn_hash_ring_db
from neutron.db.migration.models import head
from neutron.server import api
from neutron_lib.api.definitions import network
from neutron_lib.api.definitions import subnet
from neutron_lib.db import api as db_api

from resize_sandbox import database
from resize_sandbox import wsgi


def _allow_ids() -> None:
    for resources in (
        network.RESOURCE_ATTRIBUTE_MAP['networks'],
        subnet.RESOURCE_ATTRIBUTE_MAP['subnets'],
    ):
        resources['id'] |= {'allow_post': True, 'default': None}


def _keep_alive_apart() -> None:
    """Write the heartbeat of this process in a thread of its own.

    Neutron writes it in the thread that also reports OVN's answers to
    requests. A request that waits for an answer may have SQLite's write lock.
    """
    touch = ovn_hash_ring_db.touch_node
    pool = futures.ThreadPoolExecutor(1)

    def touch_apart(context: Any, node_uuid: str) -> None:
        pool.submit(touch, context, node_uuid)

    ovn_hash_ring_db.touch_node = touch_apart


def _load() -> Any:
    database.create_tables(
        db_api.get_context_manager().writer.get_engine(), head.get_metadata()
    )
    return api.api_server()


def main() -> None:
    """Run until SIGTERM."""
    arguments = wsgi.parse_arguments()
    database.install()
    _allow_ids()
    _keep_alive_apart()
    os.environ['OS_NEUTRON_CONFIG_FILES'] = arguments.config_file
    # Neutron parses the arguments of the process itself.
    del sys.argv[1:]
    wsgi.serve(server.boot_server(_load), arguments)


if __name__ == '__main__':
    main()
