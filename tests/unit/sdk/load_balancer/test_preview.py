# SPDX-License-Identifier: Apache-2.0

from resize_client.sdk.load_balancer import plan
from tests.unit.sdk.load_balancer import load_balancers


class TestPreview(load_balancers.PlanTestCase):
    def test_several(self) -> None:
        outcomes = plan.plan_resizes(self.proxy, ['web', 'shop'], 'large')
        self.assertEqual(
            ['SINGLE', 'SINGLE'],
            [outcome.preview.topology for outcome in outcomes],
        )
        self.assertEqual(5, len(self.cloud.requested()))
