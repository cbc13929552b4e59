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
