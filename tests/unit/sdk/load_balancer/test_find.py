# SPDX-License-Identifier: Apache-2.0
from openstack import exceptions

from resize_client.sdk.load_balancer import find
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.sdk import cloud
from tests.unit.sdk.load_balancer import load_balancers


class TestLoadBalancer(load_balancers.TestCase):
    def _named(self, name: str, *found: dict) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name={name}', json={'loadbalancers': found}
        )

    def _error(self, name: str) -> str:
        return str(
            self.assertRaises(
                exceptions.SDKException,
                find.find_load_balancer,
                self.proxy,
                name,
            )
        )

    def test_name_that_looks_like_an_id(self) -> None:
        name = SHOP['id']
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{name}', **cloud.not_found(name)
        )
        self._named(name, {**WEB, 'name': name})
        self.assertEqual(
            WEB['id'], find.find_load_balancer(self.proxy, name).id
        )
        self.cloud.requests.get(cloud.LBS_URL, status_code=403)
        self.assertIn("'openstack loadbalancer list'", self._error(name))

    def test_database_that_compares_without_case(self) -> None:
        self._named('web', {**SHOP, 'name': 'WEB'}, WEB)
        self.assertEqual(
            WEB['id'], find.find_load_balancer(self.proxy, 'web').id
        )
        # Nothing is resized that was not named.
        self._named('WEB', WEB)
        self.assertEqual(
            "No load balancer with the name or ID 'WEB' found; did you mean "
            'web?',
            self._error('WEB'),
        )

    def test_ambiguous(self) -> None:
        self._named('web', WEB, {**SHOP, 'name': 'web'})
        self.assertEqual(
            "2 load balancers have the name 'web'; give the ID of one: "
            f'{WEB["id"]}, {SHOP["id"]}',
            self._error('web'),
        )


class TestFlavors(load_balancers.TestCase):
    def _find(self, name_or_id: str) -> str:
        flavors = find.flavors_for(self.proxy, name_or_id)
        return str(flavors.find(name_or_id).id)

    def test_id_before_name(self) -> None:
        # Somebody has named a flavor after the ID of another.
        self.cloud.flavors({**SMALL, 'name': LARGE['id']}, LARGE)
        self.assertEqual(LARGE['id'], self._find(LARGE['id']))

    def test_id_where_flavors_cannot_be_read(self) -> None:
        for answer in ({'status_code': 403}, {'status_code': 503}):
            self.cloud.requests.get(cloud.FLAVORS_URL, **answer)
            self.assertEqual(LARGE['id'], self._find(LARGE['id']))
            self.assertRaises(exceptions.HttpException, self._find, 'large')
            readable = find.readable_flavors(self.proxy)
            self.assertEqual(LARGE['id'], readable.name(LARGE['id']))
            self.assertTrue(readable.is_offered(LARGE['id']))

    def test_nearly_right(self) -> None:
        self.cloud.flavors(SMALL, LARGE)
        exc = self.assertRaises(
            exceptions.NotFoundException, self._find, 'larg'
        )
        self.assertEqual(
            "No load balancer flavor with the name or ID 'larg' found; did "
            'you mean large?',
            str(exc),
        )


class TestLatestResize(load_balancers.TestCase):
    def test_service_that_shows_none(self) -> None:
        url = f'{cloud.LBS_URL}/{WEB["id"]}/resize'
        self.cloud.requests.get(url, status_code=503)
        self.assertRaises(
            exceptions.HttpException,
            find.latest_resize,
            self.proxy,
            WEB['id'],
        )
        self.cloud.requests.get(url, json={'loadbalancers': []})
        self.assertEqual(
            (None, False), find.latest_resize(self.proxy, WEB['id'])
        )
