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

from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import RETIRED
from tests.unit.load_balancers import WEB
from tests.unit.load_balancers import WEB_LABEL
from tests.unit.osc import load_balancer


class TestUnchanged(load_balancer.TestCase):
    def test_unchanged(self) -> None:
        result = self.resize(flavor='small')
        self.assertEqual(0, result.status)
        self.assertEqual('unchanged', self.row(result)['result'])
        self.assertEqual(
            f'{WEB_LABEL} already has flavor small\n', result.stderr
        )
        self.assertNothingChanged()

    def test_unchanged_though_disabled(self) -> None:
        self.cloud.load_balancers({**WEB, 'flavor_id': RETIRED['id']})
        self.assertEqual(0, self.resize(flavor='retired').status)

    def test_last_step_is_still_going_on(self) -> None:
        # The flavor changes no later than the state does.
        last_step = {**PENDING, 'flavor_id': LARGE['id']}
        self.cloud.load_balancers(last_step)
        self.cloud.states(last_step, RESIZED)
        self.cloud.latest_resize(WEB, 'RUNNING')
        result = self.resize('--wait')
        self.assertEqual('resized', self.row(result)['result'])
        self.assertEqual('ACTIVE', self.row(result)['provisioning_status'])


class TestOnItsWay(load_balancer.TestCase):
    """The flavor that is asked for is still there, in a resize to another."""

    def _latest(self, state: str) -> None:
        self.cloud.load_balancers(PENDING)
        self.cloud.latest_resize(WEB, state)

    def test_to_another(self) -> None:
        for state in ('QUEUED', 'RUNNING'):
            self._latest(state)
            result = self.resize('--wait', flavor='small')
            self.assertEqual(1, result.status)
            self.assertEqual('refused', self.row(result)['result'])
            self.assertEqual(
                f'{WEB_LABEL} still has flavor small but is being resized to '
                'large\n'
                'To cancel that resize: openstack loadbalancer resize cancel '
                'web\n',
                result.stderr,
            )
        self.assertNothingChanged()

    def test_back(self) -> None:
        self._latest('CANCELLING')
        result = self.resize(flavor='small')
        self.assertEqual(0, result.status)
        self.assertEqual('accepted', self.row(result)['result'])
        self.assertEqual(
            f'{WEB_LABEL} is returning to flavor small, as its resize to '
            'large is being cancelled\n',
            result.stderr,
        )
        self.assertNothingChanged()

    def test_back_and_wait(self) -> None:
        self._latest('CANCELLING')
        self.cloud.states(PENDING, WEB)
        result = self.resize('--wait', flavor='small')
        self.assertEqual(0, result.status)
        self.assertEqual('ACTIVE', self.row(result)['provisioning_status'])
        self.assertNotIn('To undo', result.stderr)
        self.assertNothingChanged()

    def test_back_and_in_error_again(self) -> None:
        self.cloud.load_balancers(PENDING)
        self.cloud.latest_resize(WEB, 'CANCELLING', 'FAILED')
        self.cloud.states(PENDING, ERROR)
        result = self.resize('--wait', flavor='small')
        self.assertEqual(1, result.status)
        self.assertTrue(
            result.stderr.endswith(
                'An administrator can fail the load balancer over: openstack '
                'loadbalancer '
                f'failover {WEB["id"]}\n'
            )
        )

    def test_back_and_waited_too_long(self) -> None:
        self._latest('CANCELLING')
        result = self.resize('--wait --timeout 5', flavor='small')
        self.assertEqual(124, result.status)
        self.assertNotIn('To cancel', result.stderr)

    def test_back_is_not_there(self) -> None:
        self._latest('CANCELLING')
        self.assertEqual('refused', self.row(self.resize())['result'])

    def test_another_update(self) -> None:
        self._latest('COMPLETED')
        for status in ('PENDING_UPDATE', 'PENDING_CREATE'):
            self.cloud.load_balancers({**WEB, 'provisioning_status': status})
            result = self.resize('--wait', flavor='small')
            self.assertEqual(1, result.status)
            self.assertEqual('refused', self.row(result)['result'])
