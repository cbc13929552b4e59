# SPDX-License-Identifier: Apache-2.0

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb

from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.sdk import cloud
from tests.unit.sdk.load_balancer import load_balancers


class TestWatch(load_balancers.TestCase):
    def _many(self, count: int, project: str = 'shop') -> list[dict]:
        return [
            cloud.load_balancer(
                f'{project}-{number}', SMALL, project_id=project
            )
            for number in range(count)
        ]

    def _targets(self, load_balancers: list[dict]) -> list[tuple]:
        return [
            (_lb.LoadBalancer.existing(**found), LARGE['id'])
            for found in load_balancers
        ]

    def _wait(self, load_balancers: list[dict], **kwargs) -> dict:
        return dict(
            self.proxy.wait_for_load_balancer_resizes(
                self._targets(load_balancers), **kwargs
            )
        )

    def test_requests_per_page_not_per_load_balancer(self) -> None:
        before = self._many(20)
        after = [{**lb, 'flavor_id': LARGE['id']} for lb in before]
        pending = [
            {**lb, 'provisioning_status': 'PENDING_UPDATE'} for lb in before
        ]
        self.cloud.requests.get(
            cloud.LBS_URL,
            [
                {'json': {'loadbalancers': pending}},
                {'json': {'loadbalancers': after[:10] + pending[10:]}},
                {'json': {'loadbalancers': after}},
            ],
        )
        # Nobody reads the phases of so many.
        ended = self._wait(before, callback=lambda lb, resize: None)
        self.assertEqual({lb['id'] for lb in before}, set(ended))
        self.assertEqual(3, len(self.cloud.requested()))
        query = self.cloud.requests.last_request.qs
        self.assertEqual(['shop'], query['project_id'])
        self.assertEqual(
            [
                *('id', 'name', 'flavor_id', 'provisioning_status'),
                *('project_id', 'updated_at'),
            ],
            query['fields'],
        )

    def test_few_are_polled_one_by_one(self) -> None:
        for project in ('shop', 'yard'):
            for found in self._many(3, project):
                self.cloud.states({**found, 'flavor_id': LARGE['id']})
        self._wait([*self._many(3, 'shop'), *self._many(3, 'yard')])
        self.assertEqual(
            [], [a for a in self.cloud.requested() if 'project_id' in a]
        )

    def test_list_that_cannot_be_read(self) -> None:
        """It is tried once."""
        before = self._many(5)
        link = {'rel': 'next', 'href': f'{cloud.LBS_URL}?limit=1'}
        without_end = {
            'loadbalancers': before[:1],
            'loadbalancers_links': [link],
        }
        # Among others
        an_odd_one = {'loadbalancers': [*before, {**WEB, 'name': 1}]}
        for answer, requests in (
            ({'status_code': 403}, 1),
            ({'json': without_end}, 2),
            ({'json': an_odd_one}, 1),
            ({'text': '<html>'}, 1),
        ):
            for found in before:
                pending = {**found, 'provisioning_status': 'PENDING_UPDATE'}
                self.cloud.states(pending, {**found, 'flavor_id': LARGE['id']})
            self.cloud.requests.get(cloud.LBS_URL, **answer)
            sent = len(self.cloud.requested())
            self.assertEqual(5, len(self._wait(before, timeout=60)))
            self.assertEqual(
                2 * 5 + requests, len(self.cloud.requested()) - sent
            )

    def test_named_by_their_ids(self) -> None:
        """Their project shows at the first poll."""
        before = self._many(5)
        for found in before:
            self.cloud.states(
                {**found, 'provisioning_status': 'PENDING_UPDATE'}
            )
        self.cloud.requests.get(
            cloud.LBS_URL,
            json={
                'loadbalancers': [
                    {**found, 'flavor_id': LARGE['id']} for found in before
                ]
            },
        )
        ended = self.proxy.wait_for_load_balancer_resizes(
            [(found['id'], LARGE['id']) for found in before]
        )
        self.assertEqual(5, len(list(ended)))
        self.assertEqual(6, len(self.cloud.requested()))

    def test_phases_cost_one_request_a_poll(self) -> None:
        before = self._many(2)
        for found in before:
            pending = {**found, 'provisioning_status': 'PENDING_UPDATE'}
            self.cloud.states(
                pending, pending, {**found, 'flavor_id': LARGE['id']}
            )
            self.cloud.latest_resize(
                found, 'RUNNING', phase='switching', new_flavor_id='x'
            )
        seen = []
        self._wait(
            before,
            callback=lambda lb, resize: seen.append(
                (lb.name, resize and resize.phase)
            ),
        )
        self.assertEqual(
            [
                ('shop-0', 'switching'),
                ('shop-1', None),
                ('shop-0', None),
                ('shop-1', 'switching'),
            ],
            seen,
        )

    def test_phases_of_a_service_without_any(self) -> None:
        self.cloud.states(PENDING, PENDING, RESIZED)
        self.cloud.requests.get(RESIZE_URL, status_code=404)
        seen = []
        self._wait([WEB], callback=lambda lb, resize: seen.append(resize))
        self.assertEqual([None, None], seen)
        self.assertEqual(1, self.cloud.requested().count(f'GET {RESIZE_URL}'))

    def test_one_fails_and_one_is_gone(self) -> None:
        self.cloud.states(ERROR)
        self.cloud.requests.get(RESIZE_URL, status_code=500)
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{SHOP["id"]}', **cloud.not_found(SHOP['id'])
        )
        ended = self._wait([WEB, SHOP])
        self.assertEqual(
            'ERROR', ended[WEB['id']].load_balancer['provisioning_status']
        )
        self.assertIn('was deleted', str(ended[SHOP['id']]))

    def test_one_that_cannot_be_polled(self) -> None:
        self.cloud.states(RESIZED)
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{SHOP["id"]}', status_code=503
        )
        ended = {}

        def wait() -> None:
            for (
                load_balancer_id,
                end,
            ) in self.proxy.wait_for_load_balancer_resizes(
                self._targets([WEB, SHOP]), timeout=30
            ):
                ended[load_balancer_id] = end

        exc = self.assertRaises(exceptions.ResourceTimeout, wait)
        self.assertEqual([WEB['id']], list(ended))
        self.assertEqual(503, exc.__cause__.status_code)

    def test_nothing_to_wait_for(self) -> None:
        self.assertEqual({}, self._wait([]))
        self.assertEqual([], self.cloud.requested())
