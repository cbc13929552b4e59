# SPDX-License-Identifier: Apache-2.0


"""The Barbican process: database and API."""

from pathlib import Path
import sys

from resize_sandbox import database
from resize_sandbox import wsgi


def main() -> None:
    """Run until SIGTERM."""
    arguments = wsgi.parse_arguments()
    database.install()
    # Imported, Barbican reads its configuration.
    from barbican.model import models
    from oslo_db.sqlalchemy import enginefacade
    from paste import deploy

    paste = Path(sys.prefix, 'etc', 'barbican', 'barbican-api-paste.ini')
    application = deploy.loadapp(f'config:{paste}')
    models.BASE.metadata.create_all(enginefacade.writer.get_engine())
    wsgi.serve(application, arguments)


if __name__ == '__main__':
    main()
