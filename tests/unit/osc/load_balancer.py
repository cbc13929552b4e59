# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""Load balancers to resize in the tests of the commands."""

import json

from tests.unit.osc import base
from tests.unit.sdk import cloud

SMALL = cloud.flavor('small')
LARGE = cloud.flavor('large')
RETIRED = cloud.flavor('retired', enabled=False)
WEB = cloud.load_balancer('web', SMALL)
SHOP = cloud.load_balancer('shop', SMALL)
PENDING = {**WEB, 'provisioning_status': 'PENDING_UPDATE'}
RESIZED = {**WEB, 'flavor_id': LARGE['id']}
ERROR = {**WEB, 'provisioning_status': 'ERROR'}
WEB_LABEL = f'Load balancer web ({WEB["id"]})'
SHOP_LABEL = f'Load balancer shop ({SHOP["id"]})'
RESIZE_URL = f'{cloud.LBS_URL}/{WEB["id"]}/resize'


class TestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.flavors(SMALL, LARGE, RETIRED)
        self.cloud.load_balancers(WEB, SHOP)
        for load_balancer in (WEB, SHOP):
            self.cloud.resize(load_balancer)
            self.cloud.dry_run(load_balancer, LARGE)

    def resize(self, options: str = '', name: str = 'web', flavor='large'):
        return self.openstack(
            f'loadbalancer resize --flavor {flavor} -f json {options} {name}'
        )

    def row(self, result: base.Result) -> dict[str, str | None]:
        (row,) = json.loads(result.stdout)
        return row

    def assertNothingChanged(self) -> None:
        self.assertEqual(
            [],
            [
                asked
                for asked in self.cloud.asked()
                if not asked.startswith('GET ')
                and not asked.endswith('?dry_run=true')
            ],
        )
