# SPDX-License-Identifier: Apache-2.0

"""What magnum-capi-helm asks, in a process: a management cluster and a cloud.

The driver is the released one. What it has around it in a cloud isn't here:
a Kubernetes cluster with Cluster API, images, and volume types.
"""

import configparser
from pathlib import Path

from resize_sandbox import wsgi
from resize_sandbox.capi import api
from resize_sandbox.capi import config
from resize_sandbox.capi.management_cluster import ManagementCluster


def main() -> None:
    """Run until SIGTERM."""
    arguments = wsgi.parse_arguments()
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(Path(arguments.config_file).read_text())
    options = parser[config.NAME]
    cluster = ManagementCluster(
        options['database'], float(options['resize_seconds'])
    )
    wsgi.serve(api.Application(cluster, options['token']), arguments)


if __name__ == '__main__':
    main()
