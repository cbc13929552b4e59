# SPDX-License-Identifier: Apache-2.0
import json
from typing import Any

import testtools

from resize_client.osc import load_balancer_dry_run as dry_run
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import WEB
from tests.unit.osc import load_balancer
from tests.unit.osc import load_balancer_outcomes as outcomes
from tests.unit.sdk import cloud


class TestDryRun(load_balancer.TestCase):
    def _dry_run(
        self, status: int, *verdicts: str | None, **kwargs: str
    ) -> str:
        result = self.resize('--dry-run', **kwargs)
        self.assertEqual(status, result.status, result.stderr)
        rows = json.loads(result.stdout)
        self.assertEqual(
            list(verdicts), [f'{r["subject"]} {r["result"]}' for r in rows]
        )
        return result.stderr

    def test_ok(self) -> None:
        self.cloud.dry_run(WEB, LARGE, traffic='No gap.')
        shown = self._dry_run(
            0, 'flavor ok', 'state ok', 'service ok', 'topology same'
        )
        self.assertEqual('Traffic meanwhile: No gap\n', shown)
        self.assertNothingChanged()
        self.assertEqual(
            {'new_flavor_id': LARGE['id']}, self.cloud.body_of_last('PUT')
        )

    def test_names_as_the_user_does(self) -> None:
        result = self.resize('--dry-run', name=f'web {SHOP["id"]}')
        rows = json.loads(result.stdout)
        self.assertEqual(
            {'web', SHOP['id']}, {row['load_balancer'] for row in rows}
        )

    def test_refused_by_the_service(self) -> None:
        self.cloud.answer_to_dry_run(
            WEB, status_code=400, json=cloud.fault('Other topology.')
        )
        shown = self._dry_run(1, 'flavor ok', 'state ok', 'service refused')
        self.assertIn('cannot be resized to large: Other topology\n', shown)

    def test_gateway_that_drops_arguments(self) -> None:
        self.cloud.answer_to_dry_run(WEB, **cloud.ACCEPTED)
        shown = self._dry_run(1, 'flavor ok', 'state ok', 'service failed')
        self.assertIn('has dropped "dry_run" from the request', shown)
        self.assertIn('To cancel: ', shown)

    def test_not_found(self) -> None:
        self._dry_run(1, 'None not found', name='nope')

    def test_unchanged(self) -> None:
        shown = self._dry_run(0, 'flavor ok', 'state ok', flavor='small')
        self.assertIn('already has flavor small\n', shown)

    def test_empty_cells_are_empty(self) -> None:
        result = self.openstack(
            'loadbalancer resize --flavor large --dry-run web'
        )
        self.assertNotIn('None', result.stdout)


class TestDryRunRows(testtools.TestCase):
    FLAVOR = ('flavor', 'small', 'large', 'ok')
    STATE = ('state', 'ACTIVE', None, 'ok')

    def _check(self, outcome: Outcome, *rows: tuple[Any, ...]) -> None:
        self.assertEqual(
            [(outcome.argument, *row) for row in rows],
            list(dry_run.rows([outcome])),
        )

    def test_of_the_service(self) -> None:
        preview = _resize.LoadBalancerResizePreview.existing(
            topology='SINGLE',
            profile=[
                {'name': 'compute_flavor', 'from': '1', 'to': '2'},
                {'name': 'sriov_vip', 'from': None, 'to': None},
            ],
        )
        self._check(
            outcomes.outcome(Result.NOT_STARTED, preview=preview),
            self.FLAVOR,
            self.STATE,
            ('service', None, None, 'ok'),
            ('topology', 'SINGLE', 'SINGLE', 'same'),
            ('compute_flavor', '1', '2', 'changes'),
            ('sriov_vip', None, None, 'same'),
        )

    def test_without_one(self) -> None:
        self._check(
            outcomes.outcome(Result.NOT_STARTED),
            self.FLAVOR,
            self.STATE,
            ('service', None, None, 'not checked'),
        )
        self._check(
            outcomes.outcome(Result.UNCHANGED), self.FLAVOR, self.STATE
        )
        self._check(
            Outcome('nope', result=Result.NOT_FOUND, error=outcomes.NO),
            (None, None, None, 'not found'),
        )

    def test_each_subject_that_refuses(self) -> None:
        for error, *rows in (
            (
                Refusal({'flavor': 'It is bad.', 'provider': 'It cannot.'}),
                ('flavor', 'small', 'large', 'refused'),
                self.STATE,
                ('provider', None, None, 'refused'),
            ),
            (
                Refusal({'state': 'It is busy.'}),
                self.FLAVOR,
                ('state', 'ACTIVE', None, 'refused'),
            ),
            (
                outcomes.NO,
                self.FLAVOR,
                self.STATE,
                ('service', None, None, 'refused'),
            ),
        ):
            self._check(outcomes.outcome(Result.REFUSED, error=error), *rows)
