# SPDX-License-Identifier: Apache-2.0

import json

from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import SHOP_LABEL
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.osc import base
from tests.unit.osc import load_balancer
from tests.unit.sdk import cloud


class TestSeveral(load_balancer.TestCase):
    def resize(self, options: str = '', name: str = 'web shop', **kwargs):
        return super().resize(options, name, **kwargs)

    def _results(self, result: base.Result) -> dict[str, str]:
        return {
            row['name']: row['result'] for row in json.loads(result.stdout)
        }

    def _ends(self, *load_balancers) -> None:
        for now in load_balancers:
            self.cloud.states(now)

    def test_done(self) -> None:
        self._ends(RESIZED, {**SHOP, 'flavor_id': LARGE['id']})
        result = self.resize('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual(
            {'web': 'resized', 'shop': 'resized'}, self._results(result)
        )
        self.assertIn(
            'To undo: openstack loadbalancer resize --wait --flavor small '
            'web shop\n',
            result.stderr,
        )
        # For both: the flavors, and the resizes, which are not listed; for
        # each: itself, the dry run, the PUT and one poll.
        self.assertEqual(10, len(self.cloud.requested()))

    def test_all_are_checked_before_any_is_touched(self) -> None:
        self.cloud.load_balancers(
            WEB, {**SHOP, 'provisioning_status': 'PENDING_CREATE'}
        )
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertEqual(
            {'web': 'not started', 'shop': 'refused'}, self._results(result)
        )
        self.assertTrue(
            result.stderr.endswith('None of the load balancers was changed\n')
        )
        self.assertNothingChanged()

    def test_one_that_fails_does_not_stop_the_others(self) -> None:
        self.cloud.resize(
            SHOP, status_code=400, json=cloud.fault('Other topology.')
        )
        self.cloud.states(RESIZED)
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertEqual(
            {'web': 'resized', 'shop': 'refused'}, self._results(result)
        )
        self.assertIn(f'{SHOP_LABEL} was not resized to large', result.stderr)

    def test_one_failed_one_timed_out(self) -> None:
        self._ends(ERROR, {**SHOP, 'provisioning_status': 'PENDING_UPDATE'})
        self.cloud.latest_resize(WEB, 'FAILED', reason='no host')
        self.cloud.states({**SHOP, 'provisioning_status': 'PENDING_UPDATE'})
        result = self.resize('--wait --timeout 20')
        self.assertEqual(1, result.status)
        self.assertEqual(
            {'web': 'failed', 'shop': 'timed out'}, self._results(result)
        )

    def test_one_that_needs_a_retry(self) -> None:
        for url, answer in (
            (f'{cloud.LBS_URL}?name=shop', {'loadbalancers': [SHOP]}),
            (cloud.FLAVORS_URL, {'flavors': [SMALL, LARGE]}),
        ):
            self.cloud.requests.get(
                url,
                [
                    {'status_code': 429, 'headers': {'Retry-After': '3'}},
                    {'json': answer},
                ],
            )
        made = {'new_flavor_id': LARGE['id'], 'topology': 'SINGLE'}
        self.cloud.requests.put(
            f'{cloud.LBS_URL}/{SHOP["id"]}/resize?dry_run=true',
            [{'status_code': 503}, {'json': {'resize': made}}],
        )
        result = self.resize()
        self.assertEqual((0, 2), (result.status, len(self._results(result))))

    def test_one_that_no_retry_gets(self) -> None:
        self.cloud.requests.get(f'{cloud.LBS_URL}?name=shop', status_code=503)
        result = self.resize()
        self.assertEqual(
            (
                1,
                'Failed to get one of 2 load balancers: the service '
                'answered 503. Nothing was changed; run the same command '
                'again\n',
            ),
            (result.status, result.stderr),
        )
        self.assertNothingChanged()
