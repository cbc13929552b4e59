# SPDX-License-Identifier: Apache-2.0


from openstack import exceptions

from tests.unit.sdk import base
from tests.unit.sdk import cloud

DEV = cloud.cluster()
MASTERS = cloud.nodegroup(DEV)


class TestNextPage(base.TestCase):
    def test_only_the_requested_service(self) -> None:
        web, shop = (cloud.load_balancer(n, None) for n in ('web', 'shop'))
        for link in (
            'https://inside.example.net:9876/v2.0/lbaas/loadbalancers',
            'https://inside.example.net/load-balancer/v2.0/lbaas/loadbalancers',
            '//inside.example.net/v2/lbaas/loadbalancers',
        ):
            self.cloud.requests.get(
                cloud.LBS_URL,
                json={
                    'loadbalancers': [web],
                    'loadbalancers_links': [
                        {'rel': 'next', 'href': f'{link}?marker={web["id"]}'}
                    ],
                },
            )
            self.cloud.requests.get(
                f'{cloud.LBS_URL}?marker={web["id"]}',
                json={'loadbalancers': [shop]},
            )
            found = list(self.conn.load_balancer.load_balancers())
            self.assertEqual([web['id'], shop['id']], [f.id for f in found])
            self.assertEqual(
                [
                    f'GET {cloud.LBS_URL}',
                    f'GET {cloud.LBS_URL}?marker={web["id"]}',
                ],
                self.cloud.requested()[-2:],
            )

    def test_of_magnum(self) -> None:
        dev, prod = cloud.cluster('dev'), cloud.cluster('prod')
        link = 'https://inside.example.net/container-infra/v1/clusters'
        marker = f'limit=1&marker={dev["uuid"]}'
        self.cloud.requests.get(
            cloud.CLUSTERS_URL,
            json={'clusters': [dev], 'next': f'{link}?{marker}'},
        )
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}?{marker}', json={'clusters': [prod]}
        )
        magnum = self.conn.container_infrastructure_management
        self.assertEqual(['dev', 'prod'], [c.name for c in magnum.clusters()])
        self.assertEqual(2, len(self.cloud.requested()))

    def test_that_was_read_before(self) -> None:
        web, shop = (cloud.load_balancer(n, None) for n in ('web', 'shop'))
        octavia = self.conn.load_balancer

        def page(load_balancer, link):
            return {
                'loadbalancers': [load_balancer],
                'loadbalancers_links': [{'rel': 'next', 'href': link}],
            }

        first, second = cloud.LBS_URL, f'{cloud.LBS_URL}?marker=web'
        for links in (
            # The first page links to itself
            (first, first),
            # The second page does
            (second, second),
            # The second page has lost its marker
            (second, first),
            (second, f'{cloud.LBS_URL}?limit=1'),
        ):
            self.cloud.requests.get(first, json=page(web, links[0]))
            self.cloud.requests.get(second, json=page(shop, links[1]))
            before = self.cloud.count('GET')
            exc = self.assertRaises(
                exceptions.SDKException, list, octavia.load_balancers()
            )
            self.assertEqual(
                'A list of the service has no end: the link to its next page '
                'leads to one that was read before',
                str(exc),
            )
            self.assertLess(self.cloud.count('GET') - before, 4)

    def test_without_news(self) -> None:
        """Each page has another link, and what was read before."""
        web, shop = (cloud.load_balancer(n, None) for n in ('web', 'shop'))

        def page(request, context):
            number = self.cloud.count('GET')
            link = f'{cloud.LBS_URL}?page={number}'
            return {
                'loadbalancers': [web] if number == 1 else [shop],
                'loadbalancers_links': [{'rel': 'next', 'href': link}],
            }

        self.cloud.requests.get(cloud.LBS_URL, json=page)
        exc = self.assertRaises(
            exceptions.SDKException,
            list,
            self.conn.load_balancer.load_balancers(),
        )
        self.assertIn('has no end', str(exc))
        self.assertEqual(4, self.cloud.count('GET'))

    def test_that_was_read_before_of_flavors_and_nodegroups(self) -> None:
        small = cloud.flavor('small')
        self.cloud.requests.get(
            cloud.FLAVORS_URL,
            json={
                'flavors': [small],
                'flavors_links': [{'rel': 'next', 'href': cloud.FLAVORS_URL}],
            },
        )
        self.cloud.requests.get(f'{cloud.FLAVORS_URL}/large', status_code=404)
        nodegroups = f'{cloud.CLUSTERS_URL}/a/nodegroups'
        self.cloud.requests.get(
            nodegroups, json={'nodegroups': [MASTERS], 'next': nodegroups}
        )
        magnum = self.conn.container_infrastructure_management
        for call in (
            lambda: self.conn.load_balancer.find_flavor('large'),
            lambda: list(self.conn.load_balancer.flavors()),
            lambda: list(magnum.nodegroups('a')),
        ):
            exc = self.assertRaises(exceptions.SDKException, call)
            self.assertIn('has no end', str(exc))

    def test_the_same_list_twice(self) -> None:
        self.cloud.flavors(cloud.flavor('small'))
        for _ in range(2):
            self.assertEqual(1, len(list(self.conn.load_balancer.flavors())))
