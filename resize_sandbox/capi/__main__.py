# SPDX-License-Identifier: Apache-2.0

"""The services that magnum-capi-helm needs, in one process.

The driver is the released one. What it has around it in a cloud isn't here:
a Kubernetes cluster with Cluster API, images, and volume types.
"""

from pathlib import Path

from resize_sandbox import wsgi
from resize_sandbox.capi import api
from resize_sandbox.capi import config


def main() -> None:
    """Run until SIGTERM."""
    arguments = wsgi.parse_arguments()
    config_file = Path(arguments.config_file)
    application = api.Application(
        config.management_cluster(config_file),
        config.read(config_file)['token'],
    )
    wsgi.serve(application, arguments)


if __name__ == '__main__':
    main()
