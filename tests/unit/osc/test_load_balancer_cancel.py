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
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import RETIRED
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.load_balancers import WEB_LABEL
from tests.unit.osc import base
from tests.unit.osc import load_balancer
from tests.unit.sdk import base as sdk_base
from tests.unit.sdk import cloud

RESIZE_OF_WEB = f'The resize of load balancer web ({WEB["id"]})'


class TestCancel(load_balancer.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.load_balancers(PENDING)
        self.cloud.latest_resize(WEB, 'RUNNING')
        self.cloud.requests.delete(RESIZE_URL, status_code=202)

    def cancel(self, options: str = '') -> base.Result:
        return self.openstack(
            f'loadbalancer resize cancel -f json {options} web'
        )

    def test_accepted(self) -> None:
        result = self.cancel()
        self.assertEqual((0, ''), (result.status, result.stderr))
        self.assertEqual(
            {
                'id': WEB['id'],
                'name': 'web',
                'previous_flavor': 'small',
                'new_flavor': 'large',
                'provisioning_status': 'PENDING_UPDATE',
                'result': 'accepted',
            },
            self.row(result),
        )
        self.assertEqual(
            f'DELETE {RESIZE_URL}?cancel=true', self.cloud.asked()[-1]
        )

    def test_wait(self) -> None:
        self.cloud.states(PENDING, WEB)
        result = self.cancel('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual('cancelled', self.row(result)['result'])

    def test_wait_ends_in_error(self) -> None:
        self.cloud.states(PENDING, ERROR)
        self.cloud.latest_resize(WEB, 'RUNNING', 'RUNNING', 'FAILED')
        result = self.cancel('--wait')
        self.assertEqual(1, result.status)
        self.assertIn(
            f'{WEB_LABEL} is ERROR with flavor small\n'
            'To check: openstack loadbalancer resize show web\n',
            result.stderr,
        )

    def test_wait_times_out(self) -> None:
        self.cloud.states(PENDING)
        result = self.cancel('--wait --timeout 3')
        self.assertEqual(124, result.status)
        self.assertIn('; the cancel continues\n', result.stderr)

    def test_too_late(self) -> None:
        self.cloud.requests.delete(
            RESIZE_URL,
            status_code=409,
            json=cloud.fault('It is past its last step.'),
        )
        self.cloud.states(RESIZED)
        result = self.cancel()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'{RESIZE_OF_WEB} was not cancelled: It is past its last step. '
            'The load balancer is ACTIVE\n',
            result.stderr,
        )

    def test_deleted_meanwhile(self) -> None:
        gone = cloud.not_found(WEB['id'])
        self.cloud.requests.delete(RESIZE_URL, **gone)
        self.cloud.requests.get(f'{cloud.LBS_URL}/{WEB["id"]}', **gone)
        result = self.cancel()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'{RESIZE_OF_WEB} was not '
            f'cancelled: Load Balancer {WEB["id"]} not found. The load '
            'balancer has been deleted meanwhile\n',
            result.stderr,
        )

    def test_not_offered(self) -> None:
        self.cloud.requests.get(RESIZE_URL, json={'loadbalancer': {}})
        self.cloud.requests.delete(
            RESIZE_URL,
            status_code=400,
            json=cloud.fault(cloud.STOCK_OCTAVIA_DELETE),
        )
        result = self.cancel()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'{RESIZE_OF_WEB} was not '
            "cancelled: This cloud's load balancing service does not offer "
            'resize. The load balancer is PENDING_UPDATE\n',
            result.stderr,
        )
        self.assertEqual(0, self.cloud.count('DELETE'))

    def test_resize_that_cannot_be_looked_at(self) -> None:
        self.cloud.requests.get(RESIZE_URL, status_code=500)
        result = self.cancel('--wait')
        self.assertEqual(1, result.status)
        self.assertEqual('failed', self.row(result)['result'])
        self.assertIsNone(self.row(result)['previous_flavor'])
        result = self.openstack('loadbalancer resize cancel web')
        self.assertNotIn('None', result.stdout)
        # A DELETE without a resize may delete the load balancer.
        self.assertNotIn('DELETE', ' '.join(self.cloud.asked()))

    def test_interrupted_while_asking(self) -> None:
        self.cloud.requests.delete(RESIZE_URL, exc=KeyboardInterrupt)
        result = self.cancel()
        self.assertEqual(
            (
                130,
                'Interrupted while sending the request: it is unknown whether '
                f'the resize of load balancer web ({WEB["id"]}) is '
                'cancelled. Run the same command again\n',
            ),
            (result.status, result.stderr),
        )
        self.assertEqual('unknown', self.row(result)['result'])

    def test_taken_up_again(self) -> None:
        self.cloud.latest_resize(WEB, 'CANCELLING')
        self.cloud.requests.delete(
            RESIZE_URL, status_code=409, json=cloud.fault('Already.')
        )
        self.cloud.states(PENDING, WEB)
        result = self.cancel('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual('cancelled', self.row(result)['result'])
        self.assertIn(
            f'{RESIZE_OF_WEB} is being cancelled already\n',
            result.stderr,
        )

    def _cancelled_already(self, now: dict[str, Any], words: str) -> None:
        self.cloud.latest_resize(WEB, 'CANCELLED')
        self.cloud.requests.delete(
            RESIZE_URL, status_code=409, json=cloud.fault('Already.')
        )
        self.cloud.states(now)
        result = self.cancel('--wait')
        self.assertEqual(
            (
                0,
                f'{RESIZE_OF_WEB} is cancelled already; {words}',
            ),
            (result.status, result.stderr),
        )
        self.assertEqual('unchanged', self.row(result)['result'])

    def test_unchanged(self) -> None:
        self._cancelled_already(
            WEB, 'the load balancer is ACTIVE with flavor small\n'
        )

    IN_ERROR = (
        'the load balancer is ERROR with flavor small, as before\n'
        'To rebuild with flavor small: openstack loadbalancer resize --wait '
        '--flavor small web\n'
        'To try again: openstack loadbalancer resize --wait --flavor large '
        'web\n'
    )

    def test_in_error_as_before(self) -> None:
        self.cloud.states(PENDING, ERROR)
        self.cloud.latest_resize(WEB, 'CANCELLED')
        result = self.cancel('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual('cancelled', self.row(result)['result'])
        self.assertEqual('ERROR', self.row(result)['provisioning_status'])
        self.assertEqual(
            f'{RESIZE_OF_WEB} is cancelled; ' + self.IN_ERROR,
            result.stderr.partition('ERROR (1 s)\n')[2],
        )

    def test_in_error_with_a_previous_flavor_that_is_disabled(self) -> None:
        retired = {'previous_flavor_id': RETIRED['id'], 'can_cancel': False}
        self.cloud.latest_resize(WEB, 'CANCELLED', **retired)
        self.cloud.states({**ERROR, 'flavor_id': RETIRED['id']})
        self.assertIn(
            'as before\nAn administrator can fail the load balancer over',
            self.cancel('--wait').stderr,
        )

    def test_unchanged_in_error(self) -> None:
        self._cancelled_already(ERROR, self.IN_ERROR)

    def test_answer_lost_but_taken(self) -> None:
        for answer in (
            {'exc': sdk_base.dropped()},
            {'status_code': 504},
            {'text': '<html>Please log in</html>'},
        ):
            self.cloud.latest_resize(WEB, 'CANCELLING')
            self.cloud.requests.delete(RESIZE_URL, **answer)
            self.cloud.states(PENDING, WEB)
            result = self.cancel('--wait')
            self.assertEqual(0, result.status)
            self.assertEqual('cancelled', self.row(result)['result'])

    def test_not_taken(self) -> None:
        self.cloud.requests.delete(RESIZE_URL, status_code=503)
        result = self.cancel('--wait')
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'{RESIZE_OF_WEB} was not cancelled: the service answered 503. '
            'The load balancer is PENDING_UPDATE; run the same command '
            'again\n',
            result.stderr,
        )

    def test_no_such_load_balancer(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=web', json={'loadbalancers': []}
        )
        result = self.cancel()
        self.assertEqual(1, result.status)
        self.assertEqual(
            "No load balancer with the name or ID 'web' found; 'openstack "
            "loadbalancer list' shows those that there are. Nothing was "
            'changed\n',
            result.stderr,
        )

    def test_of_a_failure_that_replaced_nothing(self) -> None:
        self.cloud.load_balancers(ERROR)
        self.cloud.latest_resize(
            WEB,
            'FAILED',
            id='7',
            can_cancel=True,
            previous_flavor_name='small',
            new_flavor_name='large',
        )
        self.cloud.states(WEB)
        result = self.cancel()
        self.assertEqual(0, result.status)
        row = self.row(result)
        self.assertEqual(
            ('ACTIVE', 'cancelled'),
            (row['provisioning_status'], row['result']),
        )
        self.assertIn(
            f'DELETE {RESIZE_URL}?cancel=true&id=7', self.cloud.asked()
        )
        # Their names have come with the resize.
        self.assertNotIn(f'GET {cloud.FLAVORS_URL}', self.cloud.asked())

    def test_after_the_end(self) -> None:
        self.cloud.load_balancers(RESIZED)
        self.cloud.latest_resize(WEB, 'COMPLETED')
        self.cloud.requests.delete(
            RESIZE_URL, status_code=409, json=cloud.fault('It is over.')
        )
        result = self.cancel()
        row = self.row(result)
        self.assertEqual(
            ('small', 'large'), (row['previous_flavor'], row['new_flavor'])
        )
        self.assertEqual(
            f'{RESIZE_OF_WEB} was not cancelled: It is over. The load '
            'balancer is ACTIVE\nTo undo: openstack loadbalancer resize '
            '--wait --flavor small web\n',
            result.stderr,
        )
        self.cloud.flavors({**SMALL, 'enabled': False}, LARGE)
        self.assertNotIn('To undo', self.cancel().stderr)
