# SPDX-License-Identifier: Apache-2.0

"""What a Python program does, against real services."""

from openstack import exceptions

from resize_client.sdk import connection
from resize_sandbox.seeds import identity
from tests.functional import base
from tests.functional import load_balancer
from tests.functional import shared_sandbox
from tests.functional.osc import test_cluster


def connect() -> connection.ResizeConnection:
    """Return an extended connection which no other test uses."""
    return connection.extend(
        identity.connect(shared_sandbox.shared().state, base.MEMBER)
    )


class TestLoadBalancer(load_balancer.TestCase):
    def setUp(self) -> None:
        super().setUp()
        extended = connect()
        self.addCleanup(extended.close)
        self.proxy = extended.load_balancer

    def test_resize_and_wait(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        resized = self.proxy.resize_load_balancer(
            lb, self.flavors['large'], wait=True, timeout=60
        )
        self.assertEqual('ACTIVE', resized.provisioning_status)
        self.assertEqual(self.flavors['large'], resized.flavor_id)
        self.assert_unchanged(before, 'large')

    def test_failure(self):
        lb = self.create_load_balancer('small', children=False)
        self.proxy.resize_load_balancer(lb, self.flavors['broken'])
        error = self.assertRaises(
            exceptions.ResourceFailure,
            self.proxy.wait_for_load_balancer_resize,
            lb,
            self.flavors['broken'],
            timeout=60,
        )
        self.assertIn('and a cancel leads back (req-', str(error))

    def test_timeout_and_cancel(self):
        lb = self.create_load_balancer('small', children=False)
        with self.find_sandbox().state.hold_builds(lb.id):
            self.proxy.resize_load_balancer(lb, self.flavors['slow'])
            self.assertRaises(
                exceptions.ResourceTimeout,
                self.proxy.wait_for_load_balancer_resize,
                lb,
                self.flavors['slow'],
                timeout=0.5,
            )
            self.proxy.cancel_load_balancer_resize(lb)
        self.wait_for(lb.id, 'ACTIVE')
        cancelled = self.proxy.get_load_balancer_resize(lb)
        self.assertEqual('CANCELLED', cancelled.state)

    def test_other_connections_stay_as_they_are(self):
        self.assertFalse(
            hasattr(self.member.load_balancer, 'resize_load_balancer')
        )
        later = identity.connect(shared_sandbox.shared().state, base.MEMBER)
        self.addCleanup(later.close)
        self.assertFalse(hasattr(later.load_balancer, 'resize_load_balancer'))


class TestCluster(test_cluster.TestCase):
    def setUp(self) -> None:
        super().setUp()
        extended = connect()
        self.addCleanup(extended.close)
        self.proxy = extended.container_infrastructure_management

    def test_resize_and_wait(self):
        self.take('dev')
        proxy = self.proxy
        for node_count in (3, 1):
            cluster = proxy.get_cluster('dev')
            nodegroup = proxy.find_nodegroup(cluster, 'default-master')
            proxy.resize_cluster(cluster, node_count, nodegroup=nodegroup)
            resized = proxy.wait_for_cluster_resize(
                cluster, nodegroup, node_count, timeout=60
            )
            self.assertEqual(node_count, resized.node_count)
            self.assertEqual('UPDATE_COMPLETE', resized.status)
