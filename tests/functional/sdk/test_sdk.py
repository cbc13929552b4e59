# SPDX-License-Identifier: Apache-2.0

"""What a Python program does, against real services."""

from openstack import exceptions

from resize_client.sdk import connection
from resize_sandbox.seeds import identity
from tests.functional import base
from tests.functional import load_balancer
from tests.functional import shared_sandbox


class TestLoadBalancer(load_balancer.TestCase):
    def setUp(self) -> None:
        super().setUp()
        # No other test uses this connection.
        extended = connection.extend(
            identity.connect(shared_sandbox.shared().state, base.MEMBER)
        )
        self.addCleanup(extended.close)
        self.proxy = extended.load_balancer

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
