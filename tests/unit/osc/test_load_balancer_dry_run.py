# SPDX-License-Identifier: Apache-2.0
import json

from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import WEB
from tests.unit.osc import load_balancer
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
        shown = self._dry_run(1, 'flavor ok', 'state ok', 'service refused')
        self.assertIn('has dropped "dry_run" from the request', shown)
        self.assertIn('To cancel: ', shown)

    def test_not_found(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=nope', json={'loadbalancers': []}
        )
        self._dry_run(1, 'None not found', name='nope')

    def test_unchanged(self) -> None:
        shown = self._dry_run(0, 'flavor ok', 'state ok', flavor='small')
        self.assertIn('already has flavor small\n', shown)

    def test_empty_cells_are_empty(self) -> None:
        result = self.openstack(
            'loadbalancer resize --flavor large --dry-run web'
        )
        self.assertNotIn('None', result.stdout)
