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

from openstack import exceptions

from tests.unit.sdk import base
from tests.unit.sdk import cloud


class TestOnce(base.TestCase):
    """What changes something isn't asked for twice by keystoneauth."""

    def test_whatever_retries_are_configured(self) -> None:
        octavia = self.conn.load_balancer
        magnum = self.conn.container_infrastructure_management
        for proxy in (octavia, magnum):
            proxy.connect_retries = proxy.status_code_retries = 2
        web, dev = cloud.load_balancer('web', None), cloud.cluster()
        workers = cloud.nodegroup(dev, 'default-worker')
        self.cloud.load_balancers(web)
        self.cloud.latest_resize(web, 'RUNNING')
        busy = {'status_code': 503}
        self.cloud.resize(web, **busy)
        self.cloud.answer_to_dry_run(web, **busy)
        self.cloud.requests.delete(
            f'{cloud.LBS_URL}/{web["id"]}/resize?cancel=true', **busy
        )
        self.cloud.clusters(dev)
        self.cloud.nodegroups(workers)
        self.cloud.resize_cluster(dev, **busy)
        for method, call in (
            ('PUT', lambda: octavia.resize_load_balancer(web['id'], 'b')),
            (
                'PUT',
                lambda: octavia.preview_load_balancer_resize(web['id'], 'b'),
            ),
            ('DELETE', lambda: octavia.cancel_load_balancer_resize(web['id'])),
            (
                'POST',
                lambda: magnum.resize_cluster(
                    dev['uuid'], 3, nodegroup=workers['uuid']
                ),
            ),
        ):
            before = self.cloud.count(method)
            self.assertRaises(exceptions.HttpException, call)
            self.assertEqual(1, self.cloud.count(method) - before, method)


class TestNextPage(base.TestCase):
    def test_only_the_service_that_was_asked(self) -> None:
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
                self.cloud.asked()[-2:],
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
        self.assertEqual(2, len(self.cloud.asked()))
