# SPDX-License-Identifier: Apache-2.0

"""What the cloud of benchmarks/cloud.py has before Octavia starts.

python benchmarks/cloud_seeds.py DIRECTORY users|resources
"""

import sys

from resize_sandbox import clouds
from resize_sandbox.dataplane import networks
from resize_sandbox.deployment import DISTRIBUTED
from resize_sandbox.deployment import Deployment
from resize_sandbox.deployment import Options
from resize_sandbox.neutron.resources import Neutron
from resize_sandbox.seeds import identity
from resize_sandbox.seeds import load_balancer
from resize_sandbox.state import StateDirectory


def _create_resources(deployment: Deployment) -> None:
    """Create what amphorae are made of: image, flavors and networks."""
    with identity.connect(deployment.state, clouds.ADMIN_CLOUD) as admin:
        admin.create_image(
            'amphora',
            data=bytes(2**20),
            disk_format='raw',
            container_format='bare',
            visibility='public',
            tags=['amphora'],
        )
        names = {'sandbox.default'} | {
            flavor.data.get('compute_flavor', 'sandbox.default')
            for flavor in load_balancer.FLAVORS
        }
        for name in names:
            admin.compute.create_flavor(
                name=name, id=name, ram=1024, vcpus=1, disk=1
            )
        neutron = Neutron(admin.network)
        for network in networks.Names(1).networks:
            neutron.create_network(network)


def main() -> None:
    directory, what = sys.argv[1:]
    state = StateDirectory(directory)
    deployment = Deployment(
        state, Options(profile=DISTRIBUTED), state.read_json('ports')
    )
    {'users': identity.seed, 'resources': _create_resources}[what](deployment)


if __name__ == '__main__':
    main()
