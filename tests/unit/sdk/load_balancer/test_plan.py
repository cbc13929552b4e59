# SPDX-License-Identifier: Apache-2.0

from openstack import exceptions

from resize_client.sdk.load_balancer import plan
from resize_client.sdk.outcome import Result
from tests.unit.load_balancers import WEB
from tests.unit.sdk import cloud
from tests.unit.sdk.load_balancer import load_balancers


class TestPlan(load_balancers.PlanTestCase):
    def test_one_without_a_dry_run(self) -> None:
        (outcome,) = plan.plan_resizes(self.proxy, ['web'], 'large')
        self.assertEqual(
            (Result.NOT_STARTED, WEB['id'], 'small', 'large', None, None),
            (
                outcome.result,
                outcome.id,
                outcome.previous_flavor,
                outcome.new_flavor,
                outcome.error,
                outcome.preview,
            ),
        )
        self.assertEqual(2, len(self.cloud.requested()))

    def test_one_that_is_not_found_does_not_hide_the_others(self) -> None:
        outcomes = plan.plan_resizes(
            self.proxy, ['web', 'nope', 'shop'], 'large'
        )
        self.assertEqual(
            [Result.NOT_STARTED, Result.NOT_FOUND, Result.NOT_STARTED],
            [outcome.result for outcome in outcomes],
        )
        self.assertIsInstance(outcomes[1].error, exceptions.NotFoundException)

    def test_why_not_found(self) -> None:
        by_name = f'{cloud.LBS_URL}?name=web'
        by_id = f'{cloud.LBS_URL}/{WEB["id"]}'
        forbidden = {'status_code': 403, 'json': cloud.fault('No.')}
        for name, url, answer, result in (
            ('web', by_name, {'json': {'loadbalancers': []}}, 'not found'),
            (
                'web',
                by_name,
                {'json': {'loadbalancers': [WEB, {**WEB, 'id': 'twin'}]}},
                'ambiguous',
            ),
            (WEB['id'], by_id, forbidden, 'forbidden'),
        ):
            self.cloud.requests.get(url, **answer)
            (outcome,) = plan.plan_resizes(self.proxy, [name], 'large')
            self.assertEqual(result, outcome.result)
        # A gateway has lost the service.
        self.cloud.requests.get(by_id, status_code=404)
        self.assertRaises(
            exceptions.NotFoundException,
            plan.plan_resizes,
            self.proxy,
            [WEB['id']],
            'large',
        )
