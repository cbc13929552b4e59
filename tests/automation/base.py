# SPDX-License-Identifier: Apache-2.0

"""A sandbox with Heat that all tests share."""

from collections.abc import Callable
import contextlib
import fcntl
import functools
import time
import uuid

from openstack import exceptions
from openstack.connection import Connection
from openstack.load_balancer.v2 import load_balancer as _lb
import testtools

from resize_client.sdk import connection
from resize_sandbox import clouds
from resize_sandbox.octavia import subnets
from resize_sandbox.sandbox import Sandbox
from resize_sandbox.seeds import identity
from tests.functional import shared_sandbox

TIMEOUT_SECONDS = 90


@functools.cache
def shared() -> Sandbox:
    """Return the sandbox, running."""
    return shared_sandbox.running('automation', '--heat')


@functools.cache
def connect(cloud: str = clouds.MEMBER_CLOUD) -> Connection:
    """Return a connection to the sandbox."""
    return identity.connect(shared().state, cloud)


class TestCase(testtools.TestCase):
    """A test with the tenant's load balancers and clusters."""

    def setUp(self) -> None:
        super().setUp()
        self.tenant = connect()
        self.flavors = {
            flavor.id: flavor.name
            for flavor in self.tenant.load_balancer.flavors()
        }

    def unique(self, name: str) -> str:
        """Return a name that no other test uses."""
        return f'{name}-{uuid.uuid4().hex[:8]}'

    def flavor_id(self, name: str) -> str:
        """Return the ID of a flavor."""
        return next(i for i, found in self.flavors.items() if found == name)

    def create_load_balancer(self, flavor: str) -> _lb.LoadBalancer:
        """Create a load balancer, and wait until it is ACTIVE."""
        created = self.tenant.load_balancer.create_load_balancer(
            name=self.unique('lb'),
            vip_subnet_id=subnets.VIP_SUBNET,
            flavor_id=self.flavor_id(flavor),
        )
        self.addCleanup(self.delete_load_balancer, created.id)
        return self.tenant.load_balancer.wait_for_load_balancer(created.id)

    def delete_load_balancer(self, load_balancer_id: str) -> None:
        """Delete a load balancer with all its children, if it is there."""
        with contextlib.suppress(
            exceptions.NotFoundException, exceptions.ConflictException
        ):
            self.tenant.load_balancer.delete_load_balancer(
                load_balancer_id, cascade=True
            )

    def is_there(self, load_balancer_id: str) -> bool:
        """Return whether Octavia has a load balancer."""
        return load_balancer_id in {
            found.id for found in self.tenant.load_balancer.load_balancers()
        }

    def seen(self, load_balancer_id: str) -> tuple[str, str]:
        """Return provisioning status and flavor's name of a load balancer."""
        found = self.tenant.load_balancer.get_load_balancer(load_balancer_id)
        return found.provisioning_status, self.flavors[found.flavor_id]

    def amphorae(self, load_balancer_id: str) -> dict[str, str]:
        """Return the compute flavor of each amphora, by the amphora's ID."""
        return {
            amphora.id: amphora.compute_flavor
            for amphora in connect(clouds.ADMIN_CLOUD).load_balancer.amphorae(
                loadbalancer_id=load_balancer_id
            )
            if amphora.status == 'ALLOCATED'
        }

    def take_cluster(self, name: str) -> str:
        """Wait for a cluster to be free, and bring it to its first size.

        :returns: Its UUID.
        """
        turn = (shared().state.run / f'tests-cluster-{name}.lock').open('w')
        self.addCleanup(turn.close)
        fcntl.flock(turn, fcntl.LOCK_EX)
        magnum = connection.extend(
            self.tenant
        ).container_infrastructure_management
        before = magnum.get_cluster(name)
        control_plane = magnum.get_nodegroup(name, 'default-master')
        if control_plane.node_count != 1:
            magnum.resize_cluster(before, 1, nodegroup=control_plane)
            magnum.wait_for_cluster_resize(before, control_plane, 1)
        return str(before.uuid)

    def control_plane(self, cluster: str) -> tuple[str, str, int]:
        """Return UUID and status of a cluster, and the size of its masters."""
        magnum = connection.extend(
            self.tenant
        ).container_infrastructure_management
        found = magnum.get_cluster(cluster)
        masters = magnum.get_nodegroup(found, 'default-master')
        return str(found.uuid), str(found.status), masters.node_count

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true.

        :raises AssertionError: when it doesn't.
        """
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.3)
