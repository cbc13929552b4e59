# SPDX-License-Identifier: Apache-2.0

"""The sandbox's services and python-octaviaclient, python-magnumclient."""

from tests.functional import base
from tests.functional import load_balancer


class TestOctaviaClient(load_balancer.TestCase):
    def test_show(self):
        lb = self.create_load_balancer('small')
        shown = self.openstack(
            'loadbalancer', 'show', '-f', 'json', lb.name
        ).data
        self.assertEqual(lb.id, shown['id'])
        self.assertEqual(self.flavors['small'], shown['flavor_id'])
        self.assertEqual(2, len(shown['listeners']))

    def test_list(self):
        lb = self.create_load_balancer('small', children=False)
        rows = self.openstack('loadbalancer', 'list', '-f', 'json').data
        names = [row['name'] for row in rows]
        self.assertIn(lb.name, names)
        self.assertIn('web', names)
        self.assertIn('shop', names)

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

    def test_flavors(self):
        rows = self.openstack(
            'loadbalancer', 'flavor', 'list', '-f', 'json'
        ).data
        self.assertEqual(
            {
                *('small', 'large', 'ha-small', 'ha-large'),
                *('slow', 'ha-slow', 'broken', 'retired', 'other'),
            },
            {row['name'] for row in rows},
        )

    def test_seeds(self):
        for name, flavor in (('web', 'small'), ('shop', 'ha-small')):
            shown = self.openstack('loadbalancer', 'status', 'show', name).data
            (listener,) = shown['loadbalancer']['listeners']
            (pool,) = listener['pools']
            self.assertEqual(2, len(pool['members']))
            shown = self.openstack(
                'loadbalancer', 'show', '-f', 'json', name
            ).data
            self.assertEqual(self.flavors[flavor], shown['flavor_id'])


class TestMagnumClient(base.TestCase):
    def test_cluster_list(self):
        rows = self.openstack('coe', 'cluster', 'list', '-f', 'json').data
        self.assertEqual(
            {'dev', 'legacy', 'prod'}, {row['name'] for row in rows}
        )

    def test_cluster_show(self):
        shown = self.openstack(
            'coe', 'cluster', 'show', '-f', 'json', 'legacy'
        ).data
        self.assertEqual('legacy', shown['name'])
        self.assertEqual(1, shown['master_count'])

    def test_nodegroup_list(self):
        rows = self.openstack(
            'coe', 'nodegroup', 'list', '-f', 'json', 'dev'
        ).data
        self.assertEqual(
            {('default-master', 'master'), ('default-worker', 'worker')},
            {(row['name'], row['role']) for row in rows},
        )

    def test_nodegroup_show(self):
        shown = self.openstack(
            *('coe', 'nodegroup', 'show', '-f', 'json'),
            *('legacy', 'default-master'),
        ).data
        self.assertEqual('default-master', shown['name'])
        self.assertEqual(1, shown['node_count'])
