# SPDX-License-Identifier: Apache-2.0
"""The Neutron process: database and API."""

from concurrent import futures
import os
from typing import Any

from neutron.db import ovn_hash_ring_db
from neutron.db.migration.models import head
from neutron.server import api
from neutron_lib.db import api as db_api

from resize_sandbox import database
from resize_sandbox import wsgi
from resize_sandbox.neutron import application
from resize_sandbox.neutron import config


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
    _keep_alive_apart()
    os.environ[config.CONFIG_FILES] = arguments.config_file
    wsgi.serve(application.load(_load), arguments)


if __name__ == '__main__':
    main()
