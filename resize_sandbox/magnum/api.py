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

"""Magnum's API in a process of its own."""

from oslo_service import backend

# Before Magnum is imported: it takes the default, eventlet, otherwise.
backend.init_backend(backend.BackendType.THREADING)

from magnum.api import app
from magnum.common import service

from resize_sandbox import wsgi


def main() -> None:
    """Run until SIGTERM."""
    arguments = wsgi.parse_arguments()
    service.prepare_service(['magnum', '--config-file', arguments.config_file])
    wsgi.serve(app.load_app(), arguments)


if __name__ == '__main__':
    main()
