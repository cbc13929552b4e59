# SPDX-License-Identifier: Apache-2.0

import json

from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.osc import base
from tests.unit.osc import load_balancer
from tests.unit.sdk import cloud


class TestCancel(load_balancer.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.load_balancers(PENDING)
        self.cloud.latest_resize(WEB, 'RUNNING')
        self.cloud.requests.delete(RESIZE_URL, status_code=202)

    def cancel(self, options: str = '') -> base.Result:
        return self.openstack(
            f'loadbalancer resize cancel -f json {options} web'
        )

    def test_accepted(self) -> None:
        result = self.cancel()
        self.assertEqual((0, ''), (result.status, result.stderr))
        self.assertEqual(
            {
                'id': WEB['id'],
                'name': 'web',
                'previous_flavor': 'small',
                'new_flavor': 'large',
                'provisioning_status': 'PENDING_UPDATE',
                'result': 'accepted',
            },
            self.row(result),
        )
        self.assertEqual(
            f'DELETE {RESIZE_URL}?cancel=true', self.cloud.requested()[-1]
        )
        # The flavors' names come with the resize.
        self.assertNotIn(f'GET {cloud.FLAVORS_URL}', self.cloud.requested())

    def test_results(self) -> None:
        accepted = {'status_code': 202}
        refused = {'status_code': 409, 'json': cloud.fault('Already.')}
        running = ['RUNNING', 'RUNNING']
        for latest, answer, polls, options, *expected in (
            (running, accepted, (PENDING, WEB), '', 0, 'cancelled'),
            (
                *([*running, 'FAILED'], accepted, (PENDING, ERROR), ''),
                *(1, 'failed', 'is ERROR with flavor small\nTo check: '),
            ),
            (
                *(running, accepted, (PENDING,), '--timeout 3'),
                *(124, 'timed out', '; the cancel continues\n'),
            ),
            (
                *(['CANCELLED'], accepted, (PENDING, ERROR), ''),
                *(0, 'cancelled', ' as before\nTo rebuild with '),
            ),
            (
                *(['CANCELLING'], refused, (PENDING, WEB), ''),
                *(0, 'cancelled', 'is being cancelled already\n'),
            ),
            (
                *(['CANCELLED'], refused, (WEB,), '', 0, 'unchanged'),
                'is cancelled already; the load balancer is ACTIVE with ',
            ),
            (
                *(['CANCELLED'], refused, (ERROR,), '', 0, 'unchanged'),
                'is ERROR with flavor small, as before\nTo rebuild ',
            ),
        ):
            self.cloud.latest_resize(WEB, *latest)
            self.cloud.requests.delete(RESIZE_URL, **answer)
            self.cloud.states(*polls)
            self.check(self.cancel(f'--wait {options}'), *expected)

    def test_too_late(self) -> None:
        self.cloud.load_balancers(RESIZED)
        self.cloud.latest_resize(WEB, 'COMPLETED')
        self.cloud.requests.delete(
            RESIZE_URL, status_code=409, json=cloud.fault('It is over.')
        )
        shown = 'It is over. The load balancer is ACTIVE\nTo undo: '
        self.check(self.cancel(), 1, 'refused', shown)
        self.cloud.flavors({**SMALL, 'enabled': False}, LARGE)
        self.assertNotIn('To undo', self.cancel().stderr)

    def test_nothing_is_sent_without_a_resize(self) -> None:
        # A DELETE without a resize may delete the load balancer.
        for answer, message, shown in (
            (
                {'json': {'loadbalancer': {}}},
                'refused',
                'can neither show nor cancel',
            ),
            ({'json': {'resize': None}}, 'refused', 'has never been resized'),
            ({'status_code': 500}, 'failed', 'the service answered 500'),
        ):
            self.cloud.requests.get(RESIZE_URL, **answer)
            result = self.cancel('--wait')
            self.check(result, 1, message, shown)
            self.assertIsNone(self.row(result)['previous_flavor'])
        result = self.openstack('loadbalancer resize cancel web')
        self.assertNotIn('None', result.stdout)
        self.assertEqual(0, self.cloud.count('DELETE'))

    def test_interrupted_while_sending(self) -> None:
        self.cloud.requests.delete(RESIZE_URL, exc=KeyboardInterrupt)
        shown = 'Interrupted while sending the request: '
        self.check(self.cancel(), 130, 'unknown', shown)

    def test_several(self) -> None:
        """All are checked first; one that fails does not stop another."""
        self.cloud.states(PENDING, WEB)
        result = self.openstack(
            'loadbalancer resize cancel --wait -f json nope web shop gone'
        )
        self.assertEqual(
            (1, ['not found', 'cancelled', 'refused', 'not found']),
            (
                result.status,
                [row['result'] for row in json.loads(result.stdout)],
            ),
        )
        self.assertEqual(2, result.stderr.count("No load balancer with "))
        self.assertIn('has never been resized', result.stderr)
        requests = self.cloud.requested()
        sent = requests.index(f'DELETE {RESIZE_URL}?cancel=true')
        found = f'GET {cloud.LBS_URL}?name='
        self.assertFalse([a for a in requests[sent:] if a.startswith(found)])

    def test_several_where_there_is_no_cancel(self) -> None:
        """What is about the cloud is shown once."""
        self.cloud.load_balancers(WEB, SHOP)
        for one in (WEB, SHOP):
            self.cloud.requests.get(
                f'{cloud.LBS_URL}/{one["id"]}/resize', **cloud.UNKNOWN_PATH
            )
        for verb, end in (('cancel', '. Nothing was changed'), ('show', '')):
            result = self.openstack(f'loadbalancer resize {verb} web shop')
            self.assertEqual(
                (
                    1,
                    "This cloud's load balancing service can neither show nor "
                    f'cancel a resize{end}\n',
                ),
                (result.status, result.stderr),
            )

    def test_no_such_load_balancer(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=web', json={'loadbalancers': []}
        )
        result = self.cancel()
        self.assertEqual((1, ''), (result.status, result.stdout))
        self.assertIn('found; ', result.stderr)
