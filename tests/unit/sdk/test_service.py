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

import threading
import time

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb
import testtools

from resize_client.sdk import faults
from resize_client.sdk import service
from tests.unit.sdk import base
from tests.unit.sdk import cloud


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


class TestNames(testtools.TestCase):
    def test_id_of(self) -> None:
        self.assertEqual('a', service.id_of('a'))
        self.assertEqual('a', service.id_of(_lb.LoadBalancer(id='a')))

    def test_in_path(self) -> None:
        self.assertEqual('a%2F..%3F%20b', service.in_path('a/..? b'))


class TestDemand(testtools.TestCase):
    def test_demand(self) -> None:
        found = _lb.LoadBalancer(name='web')
        self.assertIs(found, service.demand(found, 'name'))
        exc = self.assertRaises(
            ValueError, service.demand, found, 'provisioning_status'
        )
        self.assertEqual('there is no provisioning_status in it', str(exc))


class TestOddJson(base.TestCase):
    """What no service answers; openstacksdk stumbles over each."""

    ODD = (
        'null',
        '[]',
        '"text"',
        '{"%s": null}',
        '{"%s": []}',
        '{"%s": [null]}',
        '{"%s": ["text"]}',
        '{"%s": "text"}',
        '{"%s": 1}',
        '{}',
    )

    def _assert_raises_value_error(self, call, url: str, key: str) -> None:
        for body in self.ODD:
            body = body.replace('%s', key)
            if body == '{"flavors": []}':
                continue
            self.cloud.requests.get(url, text=body)
            self.assertRaises(ValueError, call)

    def test_list(self) -> None:
        self._assert_raises_value_error(
            lambda: list(self.conn.load_balancer.flavors()),
            cloud.FLAVORS_URL,
            'flavors',
        )

    def test_load_balancer(self) -> None:
        self._assert_raises_value_error(
            lambda: self.conn.load_balancer.resize_load_balancer('a', 'b'),
            f'{cloud.LBS_URL}/a',
            'loadbalancer',
        )

    def test_resize(self) -> None:
        for body in self.ODD:
            if body == '{"%s": null}' or body == '{}':
                continue
            self.cloud.requests.get(
                f'{cloud.LBS_URL}/a/resize', text=body.replace('%s', 'resize')
            )
            self.assertRaises(
                ValueError,
                self.conn.load_balancer.get_load_balancer_resize,
                'a',
            )

    def test_dry_run(self) -> None:
        for body in self.ODD:
            self.cloud.requests.put(
                f'{cloud.LBS_URL}/a/resize', text=body.replace('%s', 'resize')
            )
            self.assertRaises(
                ValueError,
                self.conn.load_balancer.preview_load_balancer_resize,
                'a',
                'b',
            )

    def test_error(self) -> None:
        for body in (*self.ODD, '{"errors": null}', '{"faultstring": null}'):
            self.cloud.requests.get(
                cloud.FLAVORS_URL,
                status_code=400,
                text=body.replace('%s', 'error'),
                headers={'Content-Type': 'application/json'},
            )
            exc = self.assertRaises(
                exceptions.BadRequestException,
                list,
                self.conn.load_balancer.flavors(),
            )
            self.assertEqual('', faults.words(exc))

    def test_cluster(self) -> None:
        magnum = self.conn.container_infrastructure_management
        for body in self.ODD:
            self.cloud.requests.get(
                f'{cloud.CLUSTERS_URL}/dev', text=body.replace('%s', 'uuid')
            )
            self.assertRaises(
                ValueError,
                lambda: service.demand(magnum.get_cluster('dev'), 'name'),
            )

    def test_cluster_whose_name_is_null(self) -> None:
        magnum = self.conn.container_infrastructure_management
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/dev', json={'uuid': 'a', 'name': None}
        )
        service.demand(magnum.get_cluster('dev'), 'name')


class TestSideBySide(base.TestCase):
    def test_order(self) -> None:
        def call(number: int) -> int:
            time.sleep(0.01 * (5 - number))
            return number

        self.assertEqual(
            [1, 2, 3, 4], service.side_by_side(call, [1, 2, 3, 4])
        )

    def test_one_without_a_thread(self) -> None:
        self.assertEqual(
            [threading.get_ident()],
            service.side_by_side(lambda _: threading.get_ident(), [1]),
        )

    def test_requests_in_threads_end_as_soon(self) -> None:
        self.cloud.flavors()
        proxy = self.conn.load_balancer
        with service.answered_within(7.0):
            service.side_by_side(lambda _: list(proxy.flavors()), [1, 2])
        self.assertEqual(7.0, self.cloud.requests.last_request.timeout)

    def test_bound(self) -> None:
        lock = threading.Lock()
        running = [0, 0]

        def call(_: int) -> None:
            with lock:
                running[0] += 1
                running[1] = max(running)
            time.sleep(0.005)
            with lock:
                running[0] -= 1

        service.side_by_side(call, list(range(40)))
        self.assertEqual(service.CONCURRENT_REQUESTS, running[1])

    def test_interrupt_stops_what_has_not_begun(self) -> None:
        called = []

        def call(number: int) -> None:
            called.append(number)
            if number == 0:
                raise KeyboardInterrupt
            time.sleep(0.02)

        self.assertRaises(
            KeyboardInterrupt, service.side_by_side, call, list(range(200))
        )
        self.assertLess(len(called), 50)
