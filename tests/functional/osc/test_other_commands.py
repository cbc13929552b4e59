# SPDX-License-Identifier: Apache-2.0

"""Commands of python-octaviaclient beside ours."""

from tests.functional import base
from tests.functional import load_balancer


class TestOctaviaClient(load_balancer.TestCase):
    def test_failover(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        amphorae = self.amphorae(lb.id)
        self.openstack(
            *('loadbalancer', 'failover', '--wait', lb.name),
            cloud=base.ADMIN,
        )
        self.assert_unchanged(before, 'small')
        self.assertEqual(set(), set(amphorae) & set(self.amphorae(lb.id)))
