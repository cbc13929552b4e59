# SPDX-License-Identifier: Apache-2.0

from typing import Any

from openstack import exceptions

from resize_client.sdk import connection
from resize_client.sdk.load_balancer import plan
from resize_client.sdk.load_balancer import request
from resize_client.sdk.outcome import Result
from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.sdk import base
from tests.unit.sdk import cloud
from tests.unit.sdk.load_balancer import load_balancers

_OLD, _NEW = '2026-11-25T12:00:00', '2026-11-25T12:00:09'
_READ = {'updated_at': '2026-11-25T12:00:05'}


class TestRebuild(load_balancers.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.flavors(SMALL)
        self.cloud.load_balancers(WEB, SHOP)
        for load_balancer in (WEB, SHOP):
            self.cloud.rebuild(load_balancer)

    def _latest(self, *states: str | dict[str, Any], **fields: Any) -> None:
        fields = {'operation': 'rebuild', **fields}
        self.cloud.latest_resize(
            WEB, *states, new_flavor_id=SMALL['id'], **fields
        )

    def _results(self, **kwargs: Any) -> list[Result]:
        outcomes = self.proxy.rebuild_load_balancers(
            ['web'], **{'wait': False, **kwargs}
        )
        return [outcome.result for outcome in outcomes]

    def test_one(self) -> None:
        self.cloud.states(WEB, PENDING, WEB)
        self._latest('COMPLETED')
        web = self.proxy.rebuild_load_balancer(
            WEB['id'], drain_seconds=3, wait=True
        )
        self.assertEqual('ACTIVE', web.provisioning_status)
        self.assertEqual({'drain_seconds': 3}, self.cloud.body_of_last('PUT'))
        again = self.proxy.wait_for_load_balancer_rebuild(WEB['id'])
        self.assertEqual(WEB['id'], again.id)

    def test_end(self) -> None:
        busy = {'state': 'RUNNING'}
        for polls, states, result in (
            ([PENDING, WEB], ['COMPLETED'], Result.REBUILT),
            # Read from a replica that lags
            ([WEB, WEB], [busy, 'COMPLETED'], Result.REBUILT),
            ([WEB], ['CANCELLED'], Result.FAILED),
            ([ERROR], ['FAILED'], Result.FAILED),
            ([ERROR, WEB], [busy, 'COMPLETED'], Result.REBUILT),
            ([PENDING], [busy], Result.TIMED_OUT),
        ):
            self.cloud.load_balancers(WEB)
            self.cloud.states(*polls)
            self._latest(*states)
            self.assertEqual([result], self._results(wait=True, timeout=9))

    def test_end_that_cannot_be_read(self) -> None:
        url = f'{cloud.LBS_URL}/{WEB["id"]}/resize'
        done = {
            'json': {'resize': {'state': 'COMPLETED', 'operation': 'rebuild'}}
        }
        no = {'status_code': 403, 'json': cloud.fault('No.')}
        for answers, result in (
            ([{'status_code': 503}, done], Result.REBUILT),
            ([no], Result.UNKNOWN),
        ):
            self.cloud.requests.get(url, answers)
            self.assertEqual([result], self._results(wait=True))

    def test_lost_answer(self) -> None:
        """A rebuild that was accepted is not requested again."""
        for now, fields, result, requests in (
            (PENDING, {'state': 'RUNNING'}, Result.ACCEPTED, 1),
            (WEB, {'state': 'RUNNING'}, Result.ACCEPTED, 1),
            (WEB, {'created_at': _NEW}, Result.ACCEPTED, 1),
            (
                ERROR,
                {'state': 'FAILED', 'created_at': _NEW},
                Result.ACCEPTED,
                1,
            ),
            # Those of before
            (WEB, {'created_at': _OLD}, Result.FAILED, 3),
            (
                WEB,
                {'created_at': _NEW, 'operation': 'resize'},
                Result.FAILED,
                3,
            ),
            (
                PENDING,
                {'state': 'RUNNING', 'operation': 'resize'},
                Result.FAILED,
                1,
            ),
        ):
            self.cloud.load_balancers({**WEB, **_READ})
            outcomes = plan.plan_rebuilds(self.proxy, ['web'])
            self.cloud.rebuild(WEB, exc=base.dropped())
            self.cloud.states({**now, **_READ})
            self._latest({'state': 'COMPLETED', **fields})
            before = self.cloud.count('PUT')
            (sent,) = request.send_all(self.proxy, outcomes)
            self.assertEqual(
                (result, requests),
                (sent.result, self.cloud.count('PUT') - before),
                fields,
            )

    def test_only_outdated(self) -> None:
        self.cloud.rebuild(SHOP, outdated=False)
        outcomes = self.proxy.rebuild_load_balancers(
            ['web', 'shop'], only_outdated=True, wait=False
        )
        self.assertEqual(
            [Result.ACCEPTED, Result.UNCHANGED], [o.result for o in outcomes]
        )
        # What is in ERROR is healed.
        self.cloud.load_balancers(ERROR)
        self.cloud.rebuild(ERROR, outdated=False)
        self.assertEqual([Result.ACCEPTED], self._results(only_outdated=True))

    def test_in_progress(self) -> None:
        self.cloud.load_balancers(PENDING)
        for state, operation, flavor, result, reason in (
            ('RUNNING', 'rebuild', None, Result.ACCEPTED, None),
            ('RUNNING', 'resize', None, Result.REFUSED, 'is being resized to'),
            ('CANCELLING', 'rebuild', None, Result.REFUSED, 'is keeping its'),
            ('CANCELLING', 'resize', None, Result.REFUSED, 'is returning to'),
            (
                'RUNNING',
                'rebuild',
                'small',
                Result.REFUSED,
                'is being rebuilt',
            ),
        ):
            self._latest(state, operation=operation)
            (outcome,) = (
                plan.plan_rebuilds(self.proxy, ['web'])
                if flavor is None
                else plan.plan_resizes(self.proxy, ['web'], flavor)
            )
            self.assertEqual(result, outcome.result)
            if reason is not None:
                self.assertIn(reason, str(outcome.error))
        self.assertEqual(0, self.cloud.count('PUT'))

    def test_not_offered(self) -> None:
        """Once a service has refused, nothing more is sent."""
        for fault in (
            cloud.STOCK_OCTAVIA_PUT.replace('resize', 'rebuild'),
            'Unknown argument: "dry_run"',
        ):
            self.cloud.rebuild(WEB, status_code=400, json=cloud.fault(fault))
            conn = connection.extend(base.connect())
            proxy = conn.load_balancer
            before = self.cloud.count('PUT')
            for call in (
                proxy.preview_load_balancer_rebuild,
                proxy.preview_load_balancer_rebuild,
                proxy.rebuild_load_balancer,
            ):
                exc = self.assertRaises(
                    exceptions.NotSupported, call, WEB['id']
                )
                self.assertIn('does not offer rebuild', str(exc))
            self.assertEqual(1, self.cloud.count('PUT') - before)

    def test_dry_run_that_is_none(self) -> None:
        for answer, error in (
            ({'status_code': 202}, exceptions.SDKException),
            ({'json': {'rebuild': None}}, ValueError),
            ({'json': {'rebuild': {'outdated': 'yes'}}}, ValueError),
            (
                {'json': {'rebuild': {'outdated': True, 'amphorae': ['a']}}},
                ValueError,
            ),
        ):
            self.cloud.rebuild(WEB, **answer)
            self.assertRaises(
                error, self.proxy.preview_load_balancer_rebuild, WEB['id']
            )


class TestMayRebuild(base.TestCase):
    roles = ('admin',)

    def test_unchanged(self) -> None:
        """A resize that changes nothing could be a rebuild."""
        self.cloud.flavors(SMALL)
        self.cloud.load_balancers(WEB)
        proxy = self.conn.load_balancer
        url = f'{cloud.LB_URL}/v2.0/lbaas/resizes'
        for answer, can_rebuild in (
            ({'json': {'resizes': []}}, True),
            (cloud.UNKNOWN_PATH, False),
        ):
            self.cloud.requests.get(url, **answer)
            (outcome,) = plan.plan_resizes(proxy, ['web'], 'small')
            self.assertEqual(
                (Result.UNCHANGED, can_rebuild),
                (outcome.result, outcome.can_rebuild),
            )
