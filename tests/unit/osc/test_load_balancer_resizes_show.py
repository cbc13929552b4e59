# SPDX-License-Identifier: Apache-2.0


import json

from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import SHOP_LABEL
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.osc import base


class TestShow(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.load_balancers(WEB)
        self.cloud.flavors(SMALL, LARGE)

    def _show(self, format_: str = 'json') -> base.Result:
        return self.openstack(f'loadbalancer resize show -f {format_} web')

    def _failed(self) -> None:
        self.cloud.latest_resize(
            WEB,
            'FAILED',
            reason='No valid host was found.',
            request_id='req-1',
            created_at='2026-11-25T12:00:00',
            updated_at='2026-11-25T12:00:09',
        )

    def test_failed(self) -> None:
        self._failed()
        shown = self._show()
        self.assertEqual((0, ''), (shown.status, shown.stderr))
        self.assertEqual(
            {
                'loadbalancer_id': WEB['id'],
                'name': 'web',
                'operation': None,
                'state': 'FAILED',
                'phase': None,
                'previous_flavor': 'small',
                'new_flavor': 'large',
                'reason': 'No valid host was found.',
                'detail': None,
                'request_id': 'req-1',
                'created_at': '2026-11-25T12:00:00',
                'updated_at': '2026-11-25T12:00:09',
            },
            json.loads(shown.stdout),
        )

    def test_several(self) -> None:
        self._failed()
        self.cloud.load_balancers(SHOP)
        self.cloud.never_resized(SHOP)
        shown = self.openstack(
            'loadbalancer resize show -f json -c name -c state web shop web'
        )
        self.assertEqual(
            (
                1,
                [
                    {'name': 'web', 'state': 'FAILED'},
                    {'name': 'shop', 'state': None},
                ],
                f'{SHOP_LABEL} has never been resized\n',
            ),
            (shown.status, json.loads(shown.stdout), shown.stderr),
        )
        shown = self.openstack('loadbalancer resize show -f shell web shop')
        self.assertIn("'-f shell' prints one ", shown.stderr)

    def test_empty_cells_are_empty(self) -> None:
        self._failed()
        self.assertNotIn('None', self._show('table').stdout)

    def test_failures(self) -> None:
        for answer, message in (
            (
                {'json': {'resize': None}},
                f'Load balancer web ({WEB["id"]}) has never been resized',
            ),
            (
                {'status_code': 503},
                'Failed to get the latest resize of load balancer web: the '
                'service answered 503',
            ),
            (
                {'json': {'loadbalancer': {}}},
                "This cloud's load balancing service can neither show nor "
                'cancel a resize',
            ),
        ):
            self.cloud.requests.get(RESIZE_URL, **answer)
            self.assertEqual(base.Result('', f'{message}\n', 1), self._show())
