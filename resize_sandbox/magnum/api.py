# SPDX-License-Identifier: Apache-2.0

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
