# SPDX-License-Identifier: Apache-2.0

"""Load balancers in the tests of the SDK."""

from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.sdk import base


class TestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.proxy = self.conn.load_balancer
        self.cloud.states(WEB)
        self.cloud.never_resized(WEB)


class PlanTestCase(base.TestCase):
    """Two load balancers whose service makes dry runs."""

    def setUp(self) -> None:
        super().setUp()
        self.cloud.flavors(SMALL, LARGE)
        self.cloud.load_balancers(WEB, SHOP)
        for load_balancer in (WEB, SHOP):
            self.cloud.dry_run(load_balancer, LARGE)
        self.proxy = self.conn.load_balancer
