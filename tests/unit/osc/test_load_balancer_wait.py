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

from typing import Any

from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import RETIRED
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.load_balancers import WEB_LABEL
from tests.unit.osc import load_balancer
from tests.unit.sdk import cloud


class TestWait(load_balancer.TestCase):
    def test_done(self) -> None:
        self.cloud.states(PENDING, RESIZED)
        result = self.resize('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual('resized', self.row(result)['result'])
        self.assertEqual('ACTIVE', self.row(result)['provisioning_status'])
        self.assertEqual(
            f'{WEB_LABEL}: PENDING_UPDATE (0 s)\n'
            f'{WEB_LABEL}: ACTIVE (1 s)\n'
            'To undo: openstack loadbalancer resize --wait --flavor small '
            'web\n',
            result.stderr,
        )

    def test_phases(self) -> None:
        self.cloud.states(*[PENDING] * 4, RESIZED)
        self.cloud.latest_resize(
            WEB,
            {'phase': 'building', 'amphorae_built': 0},
            {'phase': 'building', 'amphorae_built': 1},
            {'phase': 'switching'},
            {'phase': 'cleaning up'},
            amphorae_to_build=2,
        )
        result = self.resize('--wait')
        self.assertEqual(
            ''.join(
                f'{WEB_LABEL}: {line}\n'
                for line in (
                    'building amphorae 0 of 2 (0 s)',
                    'building amphorae 1 of 2 (1 s)',
                    'switching (2 s)',
                    'cleaning up (2 s)',
                    'ACTIVE (2 s)',
                )
            ),
            result.stderr.partition('To undo')[0],
        )

    def _failed(self, **told: Any) -> str:
        self.cloud.states(PENDING, ERROR)
        self.cloud.latest_resize(WEB, 'FAILED', reason='No host.', **told)
        written = self.resize('--wait').stderr
        return written.partition('No host\n')[2]

    AGAIN = (
        'To try again: openstack loadbalancer resize --wait --flavor large '
        'web\n'
    )

    def test_failure_that_replaced_nothing(self) -> None:
        self.assertEqual(
            'To cancel: openstack loadbalancer resize cancel web\n'
            + self.AGAIN,
            self._failed(can_cancel=True),
        )

    def test_failure_that_replaced_something(self) -> None:
        self.assertEqual(
            'To rebuild with flavor small: openstack loadbalancer resize '
            f'--wait --flavor small web\n{self.AGAIN}',
            self._failed(can_cancel=False),
        )

    def test_failure_with_a_previous_flavor_that_is_disabled(self) -> None:
        """The service rebuilds nothing with such a flavor."""
        old = {**WEB, 'flavor_id': RETIRED['id']}
        self.cloud.load_balancers(old)
        self.cloud.states(
            {**PENDING, 'flavor_id': RETIRED['id']},
            {**ERROR, 'flavor_id': RETIRED['id']},
        )
        self.cloud.latest_resize(
            old, 'FAILED', reason='No host.', can_cancel=False
        )
        self.assertEqual(
            'An administrator can fail the load balancer over: openstack '
            f'loadbalancer failover {WEB["id"]}\n{self.AGAIN}',
            self.resize('--wait').stderr.partition('No host\n')[2],
        )

    def test_too_late_to_cancel(self) -> None:
        self.cloud.states(PENDING)
        self.cloud.latest_resize(
            WEB, 'RUNNING', phase='switching', can_cancel=False
        )
        result = self.resize('--wait --timeout 3')
        self.assertNotIn('To cancel', result.stderr)

    def test_previous_flavor_that_is_disabled(self) -> None:
        old = {**WEB, 'flavor_id': RETIRED['id']}
        self.cloud.load_balancers(old)
        self.cloud.states(old, RESIZED)
        self.cloud.states(RESIZED)
        result = self.resize('--wait')
        self.assertIn(
            f'{WEB_LABEL} had flavor retired before, which is disabled by '
            'now: a resize cannot return to that flavor\n',
            result.stderr,
        )

    def test_flavor_with_a_leading_dash(self) -> None:
        odd = cloud.flavor('-small')
        web = {**WEB, 'flavor_id': odd['id']}
        self.cloud.flavors(odd, LARGE)
        self.cloud.load_balancers(web)
        self.cloud.states(RESIZED)
        self.assertIn(
            'To undo: openstack loadbalancer resize --wait --flavor=-small '
            'web\n',
            self.resize('--wait').stderr,
        )

    def test_one_line_for_each_change(self) -> None:
        self.cloud.states(*[PENDING] * 40, RESIZED)
        result = self.resize('--wait')
        self.assertEqual(1, result.stderr.count('PENDING_UPDATE'))

    def test_failure(self) -> None:
        self.cloud.states(PENDING, ERROR)
        self.cloud.latest_resize(
            WEB, 'FAILED', reason='No valid host was found.'
        )
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertEqual('failed', self.row(result)['result'])
        self.assertEqual('ERROR', self.row(result)['provisioning_status'])
        self.assertEqual(
            f'{WEB_LABEL} is ERROR with flavor small: No valid host was '
            'found\n'
            'To rebuild with flavor small: openstack loadbalancer resize '
            '--wait --flavor small web\n'
            'To try again: openstack loadbalancer resize --wait --flavor '
            'large web\n',
            result.stderr.partition('ERROR (1 s)\n')[2],
        )

    def test_failure_without_a_flavor(self) -> None:
        none = {**WEB, 'flavor_id': None}
        self.cloud.load_balancers(none)
        self.cloud.states(PENDING, {**none, 'provisioning_status': 'ERROR'})
        self.assertIn(
            f'{WEB_LABEL} is ERROR with no flavor\n',
            self.resize('--wait').stderr,
        )

    def test_cancelled_by_another(self) -> None:
        self.cloud.states(PENDING, WEB)
        self.cloud.latest_resize(WEB, 'CANCELLED')
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertIn(
            f'{WEB_LABEL} is ACTIVE with flavor small: the resize was '
            'cancelled\n',
            result.stderr,
        )

    def test_deleted(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{WEB["id"]}', **cloud.not_found(WEB['id'])
        )
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertIn(f'{WEB_LABEL} was deleted meanwhile\n', result.stderr)

    def test_timeout(self) -> None:
        self.cloud.states(PENDING)
        result = self.resize('--wait --timeout 20')
        self.assertEqual(124, result.status)
        self.assertEqual('timed out', self.row(result)['result'])
        self.assertEqual(
            f'{WEB_LABEL}: PENDING_UPDATE (0 s)\n'
            f'Timed out after 20 seconds. {WEB_LABEL} was '
            'PENDING_UPDATE at the last poll; the resize continues\n'
            f'To check: openstack loadbalancer resize show web\n'
            f'To cancel: openstack loadbalancer resize cancel web\n',
            result.stderr,
        )

    def test_default_timeout(self) -> None:
        self.cloud.states(PENDING)
        self.assertIn(
            'Timed out after 3600 seconds. ', self.resize('--wait').stderr
        )

    def test_interrupt(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{WEB["id"]}', exc=KeyboardInterrupt
        )
        result = self.resize('--wait')
        self.assertEqual(130, result.status)
        self.assertEqual('interrupted', self.row(result)['result'])
        self.assertEqual(
            f'Interrupted. {WEB_LABEL} was PENDING_UPDATE at the last '
            'poll; the resize continues\n'
            f'To check: openstack loadbalancer resize show web\n'
            f'To cancel: openstack loadbalancer resize cancel web\n',
            result.stderr,
        )

    def test_right_to_look_lost(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{WEB["id"]}',
            status_code=403,
            json=cloud.fault('No longer.'),
        )
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertEqual('unknown', self.row(result)['result'])
        self.assertIn(
            'Stopped waiting: your roles do not allow it (No longer). '
            f'{WEB_LABEL} was PENDING_UPDATE at the last poll; the resize '
            'continues\n',
            result.stderr,
        )

    def test_taken_up_again_at_its_end(self) -> None:
        """It ends between the looks at the load balancer and its resize."""
        self.cloud.load_balancers(PENDING)
        self.cloud.states(RESIZED)
        self.cloud.latest_resize(WEB, 'COMPLETED')
        result = self.resize('--wait')
        self.assertEqual(0, result.status, result.stderr)
        self.assertEqual('unchanged', self.row(result)['result'])
        self.assertEqual('ACTIVE', self.row(result)['provisioning_status'])

    def test_taken_up_again(self) -> None:
        self.cloud.load_balancers(PENDING)
        self.cloud.states(PENDING, RESIZED)
        self.cloud.latest_resize(WEB, 'RUNNING')
        result = self.resize('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual('resized', self.row(result)['result'])
        self.assertIn(
            f'{WEB_LABEL} is being resized to large already\n', result.stderr
        )
        self.assertNothingChanged()

    def test_another_resize_is_not_taken_up(self) -> None:
        self.cloud.load_balancers(PENDING)
        self.cloud.latest_resize(WEB, 'RUNNING', new_flavor_id=RETIRED['id'])
        self.assertEqual('refused', self.row(self.resize())['result'])

    def test_undo_quotes(self) -> None:
        flavor = cloud.flavor('very small')
        odd = cloud.load_balancer('my web', flavor)
        self.cloud.flavors(flavor, LARGE)
        self.cloud.load_balancers(odd)
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=my%20web', json={'loadbalancers': [odd]}
        )
        self.cloud.resize(odd)
        self.cloud.states(odd, {**odd, 'flavor_id': LARGE['id']})
        self.cloud.states({**odd, 'flavor_id': LARGE['id']})
        self.assertIn(
            "To undo: openstack loadbalancer resize --wait --flavor 'very "
            "small' 'my web'\n",
            self.resize('--wait', name="'my web'").stderr,
        )

    def test_name_that_a_shell_would_take_for_a_file(self) -> None:
        odd = cloud.load_balancer('<web', SMALL)
        self.cloud.load_balancers(odd)
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=%3Cweb', json={'loadbalancers': [odd]}
        )
        self.cloud.resize(odd)
        self.assertEqual(
            "To cancel: openstack loadbalancer resize cancel '<web'\n",
            self.resize(name="'<web'").stderr,
        )

    def test_name_with_a_leading_dash(self) -> None:
        odd = cloud.load_balancer('-web', SMALL)
        self.cloud.load_balancers(odd)
        self.cloud.resize(odd)
        self.cloud.states({**odd, 'flavor_id': LARGE['id']})
        result = self.resize('--wait', name='-- -web')
        self.assertIn(
            'To undo: openstack loadbalancer resize --wait --flavor small '
            f'{odd["id"]}\n',
            result.stderr,
        )
