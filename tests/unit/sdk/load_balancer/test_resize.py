# SPDX-License-Identifier: Apache-2.0
from openstack import exceptions
import testtools

from resize_client.sdk import connection
from resize_client.sdk.load_balancer import resize
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.sdk import base
from tests.unit.sdk import cloud
from tests.unit.sdk.load_balancer import load_balancers


class TestFlavorChange(testtools.TestCase):
    def test_names(self) -> None:
        for fields, names in (
            ({'previous_flavor_name': 'small'}, ('small', 'b')),
            ({'new_flavor_name': 'large'}, ('a', 'large')),
            ({'previous_flavor_id': None}, (None, 'b')),
        ):
            change = resize.FlavorChange.existing(
                **{'previous_flavor_id': 'a', 'new_flavor_id': 'b', **fields}
            )
            self.assertEqual(
                names, (change.previous_flavor, change.new_flavor)
            )


class TestLeadsTo(load_balancers.TestCase):
    def test_leads_to(self) -> None:
        for operation, state, resized, is_rebuilt in (
            (None, 'QUEUED', [LARGE], False),
            ('resize', 'RUNNING', [LARGE], False),
            ('resize', 'CANCELLING', [SMALL], False),
            ('resize', 'COMPLETED', [], False),
            ('rebuild', 'RUNNING', [], True),
            ('rebuild', 'CANCELLING', [], False),
            ('rebuild', 'COMPLETED', [], False),
        ):
            found = resize.LoadBalancerResize.existing(
                operation=operation,
                state=state,
                previous_flavor_id=SMALL['id'],
                new_flavor_id=LARGE['id'],
            )
            self.assertEqual(
                (resized, is_rebuilt),
                (
                    [f for f in (SMALL, LARGE) if found.leads_to(f['id'])],
                    found.leads_to(LARGE['id'], is_rebuild=True),
                ),
            )


class TestLatestResize(load_balancers.TestCase):
    URL = f'{cloud.LBS_URL}/{WEB["id"]}/resize'

    def test_latest(self) -> None:
        self.cloud.latest_resize(
            WEB,
            'FAILED',
            previous_flavor_id=None,
            reason='No amphora',
            detail='No valid host',
            request_id='req-1',
        )
        latest = self.proxy.get_load_balancer_resize(WEB['id'])
        assert latest is not None
        fields = latest.to_dict(computed=False, ignore_none=True)
        self.assertEqual(
            {
                'state': 'FAILED',
                'new_flavor_id': LARGE['id'],
                'new_flavor_name': 'large',
                'reason': 'No amphora',
                'detail': 'No valid host',
                'request_id': 'req-1',
            },
            fields,
        )

    def test_never_resized(self) -> None:
        self.assertIsNone(self.proxy.get_load_balancer_resize(WEB['id']))

    def test_not_offered(self) -> None:
        # The first is what Octavia 19 answers.
        for answer in ({'json': {'loadbalancer': {}}}, cloud.UNKNOWN_PATH):
            self.cloud.requests.get(self.URL, **answer)
            proxy = connection.extend(base.connect()).load_balancer
            self.assertRaises(
                exceptions.NotSupported,
                proxy.get_load_balancer_resize,
                WEB['id'],
            )


class TestNotOffered(load_balancers.TestCase):
    def test_not_offered(self) -> None:
        for answer in (
            {
                'status_code': 400,
                'json': cloud.fault(cloud.STOCK_OCTAVIA_PUT),
            },
            cloud.UNKNOWN_PATH,
            {'status_code': 405, 'json': {'code': 405, 'title': 'No PUT'}},
        ):
            self.cloud.resize(WEB, **answer)
            proxy = connection.extend(base.connect()).load_balancer
            for _ in range(2):
                exc = self.assertRaises(
                    exceptions.NotSupported,
                    proxy.resize_load_balancer,
                    WEB['id'],
                    LARGE['id'],
                )
                self.assertEqual(
                    "This cloud's load balancing service does not offer "
                    'resize',
                    str(exc),
                )
        self.assertEqual(3, self.cloud.count('PUT'))

    def test_another_address(self) -> None:
        """Where Octavia does not know even its own paths."""
        web, large = WEB['id'], LARGE['id']
        rebuild = f'{cloud.LBS_URL}/{web}/rebuild'
        for url in (cloud.LBS_URL, RESIZE_URL, rebuild, cloud.RESIZES_URL):
            for method in ('GET', 'PUT'):
                self.cloud.requests.register_uri(
                    method, url, **cloud.UNKNOWN_PATH
                )
        for call in (
            lambda: self.proxy.preview_load_balancer_resize(web, large),
            lambda: self.proxy.preview_load_balancer_rebuild(web),
            lambda: self.proxy.get_load_balancer_resize(web),
            lambda: list(self.proxy.load_balancer_resizes()),
        ):
            self.assertRaises(exceptions.NotFoundException, call)

    def test_filters_that_the_service_ignores(self) -> None:
        resizes = [
            {'id': state, 'state': state, 'new_flavor_id': 'large'}
            for state in ('RUNNING', 'FAILED', 'COMPLETED')
        ]
        self.cloud.requests.get(cloud.RESIZES_URL, json={'resizes': resizes})
        for wanted, count in (('failed', 1), (['FAILED', 'RUNNING'], 2)):
            found = list(self.proxy.load_balancer_resizes(state=wanted))
            self.assertEqual(count, len(found))

    def test_something_else(self) -> None:
        """Nothing is offered for sure: a gateway, or a flavor that is gone."""
        web, large = WEB['id'], LARGE['id']
        for method, call in (
            ('PUT', lambda: self.proxy.resize_load_balancer(web, large)),
            (
                'PUT',
                lambda: self.proxy.preview_load_balancer_resize(web, large),
            ),
            ('GET', lambda: self.proxy.get_load_balancer_resize(web)),
            ('GET', lambda: list(self.proxy.load_balancer_resizes())),
        ):
            for answer in (
                {'status_code': 404},
                {'status_code': 404, 'text': '<html>Not Found</html>'},
                {'status_code': 404, 'json': cloud.fault('Flavor not found')},
                {'status_code': 404, 'json': {'code': 404, 'message': 'No'}},
                {'status_code': 405, 'text': '<html>Not Allowed</html>'},
                {'status_code': 405, 'json': [405]},
            ):
                for url in (RESIZE_URL, cloud.RESIZES_URL):
                    self.cloud.requests.register_uri(method, url, **answer)
                self.assertRaises(exceptions.HttpException, call)
