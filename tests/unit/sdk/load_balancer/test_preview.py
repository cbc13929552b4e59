# SPDX-License-Identifier: Apache-2.0

from resize_client.sdk.load_balancer import plan
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.sdk import base


class TestPreview(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.flavors(SMALL, LARGE)
        self.cloud.load_balancers(WEB, SHOP)
        for load_balancer in (WEB, SHOP):
            self.cloud.dry_run(load_balancer, LARGE)
        self.proxy = self.conn.load_balancer

    def test_several(self) -> None:
        outcomes = plan.plan_resizes(self.proxy, ['web', 'shop'], 'large')
        self.assertEqual(
            ['SINGLE', 'SINGLE'],
            [outcome.preview.topology for outcome in outcomes],
        )
        self.assertEqual(5, len(self.cloud.requested()))
