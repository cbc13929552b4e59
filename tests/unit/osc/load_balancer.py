# SPDX-License-Identifier: Apache-2.0

"""Load balancers to resize in the tests of the commands."""

import json

from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import RETIRED
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.osc import base


class TestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.flavors(SMALL, LARGE, RETIRED)
        self.cloud.load_balancers(WEB, SHOP)
        for load_balancer in (WEB, SHOP):
            self.cloud.resize(load_balancer)
            self.cloud.never_resized(load_balancer)
            self.cloud.dry_run(load_balancer, LARGE)

    def resize(self, options: str = '', name: str = 'web', flavor='large'):
        return self.openstack(
            f'loadbalancer resize --flavor {flavor} -f json {options} {name}'
        )

    def row(self, result: base.Result) -> dict[str, str | None]:
        (row,) = json.loads(result.stdout)
        return row

    def check(
        self, result: base.Result, status: int, outcome: str, *shown: str
    ) -> None:
        """Check exit status and result, and which messages were shown."""
        self.assertEqual(
            (status, outcome),
            (result.status, self.row(result)['result']),
            result.stderr,
        )
        for part in shown:
            self.assertIn(part, result.stderr)

    def assertNothingChanged(self) -> None:
        self.assertEqual(
            [],
            [
                request
                for request in self.cloud.requested()
                if not request.startswith('GET ')
                and not request.endswith('?dry_run=true')
            ],
        )
