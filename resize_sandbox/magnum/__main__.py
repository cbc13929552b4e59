# SPDX-License-Identifier: Apache-2.0

"""The Magnum process: database, API and conductor.

The messages between API and conductor stay in the process.
"""

# First: it chooses how Magnum's threads run, before Magnum is imported.
from resize_sandbox.magnum import conductor  # isort: split

from magnum.api import app
from magnum.common import service
from magnum.db.sqlalchemy import models
from oslo_db.sqlalchemy import enginefacade

from resize_sandbox import database
from resize_sandbox import wsgi
from resize_sandbox.magnum import options


def main() -> None:
    """Run until SIGTERM."""
    arguments = wsgi.parse_arguments()
    database.install()
    options.register(conductor.CONF)
    service.prepare_service(['magnum', '--config-file', arguments.config_file])
    models.Base.metadata.create_all(enginefacade.writer.get_engine())
    application = app.load_app()
    with conductor.running():
        wsgi.serve(application, arguments)


if __name__ == '__main__':
    main()
