# SPDX-License-Identifier: Apache-2.0

"""The Octavia process: database, API and workers.

The messages between API and workers stay in the process.
"""

import argparse
from typing import Any

from octavia.api import app
from octavia.controller.queue.v2 import consumer
from octavia.db import api as db_api
from oslo_config import cfg
import sqlalchemy

from resize_sandbox import database
from resize_sandbox import deployment
from resize_sandbox import wsgi
from resize_sandbox.octavia import images
from resize_sandbox.octavia import options
from resize_sandbox.octavia import schema


def _start_octavia(argv: list[str]) -> tuple[wsgi.Application, list[Any]]:
    application = app.setup_app(argv=argv)
    schema.create_tables(_engine())
    return application, [consumer.ConsumerService(0, cfg.CONF)]


def _start_octavia_with_resize(
    argv: list[str],
) -> tuple[wsgi.Application, list[Any]]:
    # A plain Octavia must not even import it.
    from octavia_resize.api import app as resize_app
    from octavia_resize.db import schema as resize_schema
    from octavia_resize.worker import consumer as resize_consumer

    application = resize_app.setup_app(argv=argv)
    schema.create_tables(_engine())
    resize_schema.upgrade(_engine())
    return application, [
        consumer.ConsumerService(0, cfg.CONF),
        resize_consumer.ConsumerService(0, cfg.CONF),
    ]


def _start_octavia_of_specification(
    argv: list[str],
) -> tuple[wsgi.Application, list[Any]]:
    from resize_sandbox.specification import api
    from resize_sandbox.specification import worker

    application = api.setup_app(argv=argv)
    schema.create_tables(_engine())
    return application, [worker.ConsumerService(0, cfg.CONF)]


_START = {
    deployment.RESIZE: _start_octavia_with_resize,
    deployment.PLAIN: _start_octavia,
    deployment.SPECIFICATION: _start_octavia_of_specification,
    deployment.IDLE: _start_octavia_of_specification,
}


def _engine() -> sqlalchemy.Engine:
    # SQLAlchemy's pool for SQLite refuses Octavia's default.
    cfg.CONF.set_override('pool_timeout', None, group='database')
    return db_api.get_engine()


def _which_octavia(arguments: argparse.Namespace) -> str:
    conf = cfg.ConfigOpts()
    options.register(conf)
    conf(
        [],
        default_config_files=[arguments.config_file],
        default_config_dirs=[],
    )
    which: str = conf[options.GROUP].octavia
    return which


def main() -> None:
    """Run until SIGTERM."""
    arguments = wsgi.parse_arguments()
    database.install()
    options.register(cfg.CONF)
    images.install()
    application, workers = _START[_which_octavia(arguments)](
        ['octavia', '--config-file', arguments.config_file]
    )
    if cfg.CONF[options.GROUP].dataplane_directory:
        # Imported late: without traffic nobody needs it.
        from resize_sandbox.dataplane import api

        application = api.refuse_listeners(application)
    for worker in workers:
        worker.run()
    try:
        wsgi.serve(application, arguments)
    finally:
        for worker in workers:
            worker.terminate()


if __name__ == '__main__':
    main()
