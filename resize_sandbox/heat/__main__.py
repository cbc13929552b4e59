# SPDX-License-Identifier: Apache-2.0

"""The Heat process: database, API and engine.

The messages between API and engine stay in the process.
"""

import sys

from oslo_service import backend

# Before Heat is imported, as heat-engine does.
backend.init_backend(backend.BackendType.THREADING)

from heat.api.openstack import wsgi as heat_api
from heat.common import config as heat_config
from heat.db import migration
from heat.engine import service
from heat.rpc import api as rpc_api
from oslo_config import cfg

from resize_sandbox import database
from resize_sandbox import wsgi


def main() -> None:
    """Run until SIGTERM."""
    arguments = wsgi.parse_arguments()
    database.install()
    # Heat parses the arguments of the process itself.
    sys.argv[1:] = ['--config-file', arguments.config_file]
    application = heat_api.init_application()
    heat_config.startup_sanity_check()
    migration.db_sync()
    engine = service.EngineService(cfg.CONF.host, rpc_api.ENGINE_TOPIC)
    engine.start()
    try:
        wsgi.serve(application, arguments)
    finally:
        engine.stop()


if __name__ == '__main__':
    main()
