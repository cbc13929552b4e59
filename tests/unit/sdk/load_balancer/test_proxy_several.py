# SPDX-License-Identifier: Apache-2.0

from resize_client.sdk.outcome import Result
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.sdk.load_balancer import load_balancers


class TestResizeSeveral(load_balancers.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.flavors(SMALL, LARGE)
        self.cloud.load_balancers(WEB, SHOP)
        for load_balancer in (WEB, SHOP):
            self.cloud.dry_run(load_balancer, LARGE)
            self.cloud.resize(load_balancer)

    def _resize(self, **kwargs) -> list[Result]:
        return [
            outcome.result
            for outcome in self.proxy.resize_load_balancers(
                ['web', SHOP['id']], 'large', **kwargs
            )
        ]

    def test_done(self) -> None:
        self.cloud.states(RESIZED)
        self.cloud.states(SHOP, {**SHOP, 'flavor_id': LARGE['id']})
        seen = []
        self.assertEqual(
            [Result.RESIZED, Result.RESIZED],
            self._resize(
                wait=True, callback=lambda o: seen.append((o.id, o.result))
            ),
        )
        for found in (WEB, SHOP):
            self.assertEqual(
                [Result.UNKNOWN, Result.ACCEPTED, Result.RESIZED],
                [result for lb_id, result in seen if lb_id == found['id']],
            )

    def test_timeout(self) -> None:
        self.cloud.states(PENDING)
        self.cloud.states(SHOP, {**SHOP, 'flavor_id': LARGE['id']})
        self.assertEqual(
            [Result.TIMED_OUT, Result.RESIZED],
            self._resize(wait=True, timeout=5),
        )
