# SPDX-License-Identifier: Apache-2.0

import json

from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.load_balancers import WEB_LABEL
from tests.unit.osc import base
from tests.unit.osc import load_balancer
from tests.unit.sdk import cloud

_OLD_IMAGE = {
    'id': 'a1',
    'image_id': {'from': 'old', 'to': 'new'},
    'compute_flavor': {'from': 's', 'to': 's'},
    'outdated': True,
    'reason': 'image old is not new',
}


class TestRebuild(load_balancer.TestCase):
    def setUp(self) -> None:
        super().setUp()
        for found in (WEB, SHOP):
            self.cloud.rebuild(found, amphorae=[_OLD_IMAGE])

    def rebuild(self, options: str = '', name: str = 'web') -> base.Result:
        return self.openstack(f'loadbalancer rebuild -f json {options} {name}')

    def test_ends(self) -> None:
        cancel = 'To cancel: openstack loadbalancer resize cancel web\n'
        again = 'To try again: openstack loadbalancer rebuild --wait web\n'
        for states, latest, options, *expected in (
            ([WEB], {}, '', 0, 'accepted', cancel),
            ([PENDING, WEB], {'state': 'COMPLETED'}, '--wait', 0, 'rebuilt'),
            (
                *([ERROR], {'state': 'FAILED', 'can_cancel': True}, '--wait'),
                *(1, 'failed', f'with flavor small\n{cancel}{again}'),
            ),
            ([ERROR], {'state': 'FAILED'}, '--wait', 1, 'failed', again),
            (
                *([WEB], {'state': 'CANCELLED'}, '--wait'),
                *(1, 'failed', ' small: the rebuild was cancelled\n'),
            ),
            (
                *([PENDING], {}, '--wait --timeout 3'),
                *(124, 'timed out', 'the rebuild continues\n', cancel),
            ),
        ):
            self.cloud.load_balancers(WEB)
            self.cloud.states(*states)
            self.cloud.latest_resize(
                WEB, latest, operation='rebuild', new_flavor_id=SMALL['id']
            )
            self.check(self.rebuild(options), *expected)

    def test_refused(self) -> None:
        no = {'status_code': 403, 'json': cloud.fault('No.')}
        stock = cloud.fault(
            cloud.STOCK_OCTAVIA_PUT.replace('resize', 'rebuild')
        )
        rule = 'rule os_load-balancer_api:loadbalancer:put_rebuild: No'
        for answer, shown in (
            (
                no,
                f'{WEB_LABEL} was not rebuilt: your roles do not allow it '
                f'({rule}',
            ),
            ({'status_code': 400, 'json': stock}, ' does not offer rebuild. '),
        ):
            self.cloud.rebuild(WEB, **answer)
            unchanged = 'The load balancer is unchanged: ACTIVE with flavor '
            self.check(self.rebuild(), 1, 'refused', shown, unchanged)

    def test_outdated(self) -> None:
        self.cloud.rebuild(WEB, outdated=False)
        self.check(
            *(self.rebuild('--outdated'), 0, 'unchanged'),
            f'{WEB_LABEL} already has what a rebuild would give it\n',
        )

    def test_dry_run(self) -> None:
        result = self.rebuild('--dry-run', 'web shop')
        self.assertEqual(
            'Amphorae of web, shop are outdated: image old is not new\n',
            result.stderr,
        )
        self.assertIn(
            ['web', 'image_id of amphora a1', 'old', 'new', 'outdated'],
            [list(row.values()) for row in json.loads(result.stdout)],
        )
        self.assertNothingChanged()

    def test_in_progress(self) -> None:
        self.cloud.load_balancers(PENDING)
        for operation, status, result, shown in (
            ('rebuild', 0, 'accepted', ' is being rebuilt already\n'),
            (
                *('resize', 1, 'refused'),
                ' is being resized to large. Run the same command again when '
                'the load balancer is ACTIVE\nTo cancel that resize: ',
            ),
        ):
            self.cloud.latest_resize(
                WEB,
                'RUNNING',
                operation=operation,
                new_flavor_id=cloud.flavor(
                    'small' if operation == 'rebuild' else 'large'
                )['id'],
            )
            self.check(self.rebuild(), status, result, shown)
        self.assertEqual(0, self.cloud.count('PUT'))

    def test_interrupted(self) -> None:
        self.cloud.rebuild(WEB, exc=KeyboardInterrupt)
        self.check(self.rebuild(), 130, 'unknown', 'again with --outdated: ')


class TestInstead(load_balancer.TestCase):
    """A resize that changes nothing says what gives new amphorae."""

    roles = ('load-balancer_admin',)

    def test_unchanged(self) -> None:
        url = f'{cloud.LB_URL}/v2.0/lbaas/resizes'
        self.cloud.requests.get(url, json={'resizes': []})
        self.check(
            *(self.resize(flavor='small'), 0, 'unchanged'),
            'To give it new amphorae: openstack loadbalancer rebuild --wait '
            'web\n',
        )
