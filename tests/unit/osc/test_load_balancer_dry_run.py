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

import json

from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import WEB
from tests.unit.load_balancers import WEB_LABEL
from tests.unit.osc import base
from tests.unit.osc import load_balancer
from tests.unit.sdk import cloud

OF_CLIENT = [
    ['flavor', 'small', 'large', 'ok'],
    ['state', 'ACTIVE', None, 'ok'],
]


class TestDryRun(load_balancer.TestCase):
    def _rows(self, result: base.Result) -> list[list[str | None]]:
        return [
            [row[column] for column in ('subject', 'from', 'to', 'result')]
            for row in json.loads(result.stdout)
        ]

    def test_of_an_administrator(self) -> None:
        self.cloud.dry_run(
            WEB,
            LARGE,
            profile=[
                {'name': 'compute_flavor', 'from': '1', 'to': '2'},
                {'name': 'sriov_vip', 'from': None, 'to': None},
            ],
        )
        result = self.resize('--dry-run')
        self.assertEqual(0, result.status)
        self.assertEqual(
            [
                *OF_CLIENT,
                ['service', None, None, 'ok'],
                ['topology', 'SINGLE', 'SINGLE', 'same'],
                ['compute_flavor', '1', '2', 'changes'],
                ['sriov_vip', None, None, 'same'],
            ],
            self._rows(result),
        )
        self.assertNothingChanged()
        self.assertEqual(
            {'new_flavor_id': LARGE['id']}, self.cloud.body_of_last('PUT')
        )

    def test_of_a_tenant(self) -> None:
        self.assertEqual(
            [
                *OF_CLIENT,
                ['service', None, None, 'ok'],
                ['topology', 'SINGLE', 'SINGLE', 'same'],
            ],
            self._rows(self.resize('--dry-run')),
        )

    def test_traffic(self) -> None:
        for told, expected in (
            (('No gap.', 'No gap.'), 'Traffic meanwhile: No gap\n'),
            (
                ('No gap.', 'Some.'),
                'Traffic of web meanwhile: No gap\n'
                'Traffic of shop meanwhile: Some\n',
            ),
            (('No gap.', None), 'Traffic meanwhile: No gap\n'),
        ):
            for found, traffic in zip((WEB, SHOP), told, strict=True):
                self.cloud.dry_run(found, LARGE, traffic=traffic)
            result = self.resize('--dry-run', name='web shop')
            self.assertEqual((0, expected), (result.status, result.stderr))

    def test_names_as_the_user_does(self) -> None:
        result = self.resize('--dry-run', name=f'web {SHOP["id"]}')
        self.assertEqual(
            ['web', SHOP['id']],
            list(
                dict.fromkeys(
                    row['load_balancer'] for row in json.loads(result.stdout)
                )
            ),
        )

    def test_refused_by_the_service(self) -> None:
        self.cloud.answer_to_dry_run(
            WEB, status_code=400, json=cloud.fault('Other topology.')
        )
        result = self.resize('--dry-run')
        self.assertEqual(
            (1, f'{WEB_LABEL} cannot be resized to large: Other topology\n'),
            (result.status, result.stderr),
        )
        self.assertEqual(
            [*OF_CLIENT, ['service', None, None, 'refused']],
            self._rows(result),
        )

    def test_disabled_flavor(self) -> None:
        result = self.resize('--dry-run', flavor='retired')
        self.assertEqual(1, result.status)
        self.assertEqual(
            ['flavor', 'small', 'retired', 'refused'], self._rows(result)[0]
        )

    def test_service_that_knows_no_dry_run(self) -> None:
        self.cloud.answer_to_dry_run(WEB, **cloud.UNKNOWN_DRY_RUN)
        self.cloud.requests.get(RESIZE_URL, json={'resize': None})
        result = self.resize('--dry-run')
        self.assertEqual((0, ''), (result.status, result.stderr))
        self.assertEqual(
            [*OF_CLIENT, ['service', None, None, 'not checked']],
            self._rows(result),
        )

    def test_not_offered(self) -> None:
        for answer in (
            cloud.UNKNOWN_DRY_RUN,
            {
                'status_code': 400,
                'json': cloud.fault(cloud.STOCK_OCTAVIA_PUT),
            },
        ):
            self.cloud.answer_to_dry_run(WEB, **answer)
            self.cloud.requests.get(RESIZE_URL, json={'loadbalancer': {}})
            result = self.resize('--dry-run')
            self.assertEqual(
                (
                    1,
                    f"{WEB_LABEL} cannot be resized to large: This cloud's "
                    'load balancing service does not offer resize\n',
                ),
                (result.status, result.stderr),
            )

    def test_gateway_that_drops_arguments(self) -> None:
        self.cloud.answer_to_dry_run(WEB, status_code=202)
        result = self.resize('--dry-run')
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'{WEB_LABEL} is being resized to large: something before the '
            'service has dropped "dry_run" from the request, and the service '
            'has accepted the resize\n'
            'To cancel: openstack loadbalancer resize cancel web\n',
            result.stderr,
        )

    def test_not_found(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=nope', json={'loadbalancers': []}
        )
        result = self.resize('--dry-run', name='nope')
        self.assertEqual(1, result.status)
        self.assertEqual([[None, None, None, 'not found']], self._rows(result))

    def test_unchanged(self) -> None:
        result = self.resize('--dry-run', flavor='small')
        self.assertEqual(0, result.status)
        self.assertEqual(
            f'{WEB_LABEL} already has flavor small\n', result.stderr
        )

    def test_empty_cells_are_empty(self) -> None:
        result = self.openstack(
            'loadbalancer resize --flavor large --dry-run web'
        )
        self.assertNotIn('None', result.stdout)
