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
