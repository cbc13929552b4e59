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
from unittest import mock

from resize_client.osc import load_balancer as osc_load_balancer
from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import WEB
from tests.unit.load_balancers import WEB_LABEL
from tests.unit.osc import base
from tests.unit.osc import load_balancer
from tests.unit.sdk import base as sdk_base
from tests.unit.sdk import cloud


class TestUncertain(load_balancer.TestCase):
    """The request fails on the way: was it taken?"""

    def test_taken(self) -> None:
        self.cloud.latest_resize(WEB, 'RUNNING')
        self.cloud.states(PENDING)
        for answer in (
            {'exc': sdk_base.dropped()},
            {'status_code': 504},
            {'status_code': 409, 'json': cloud.fault('immutable')},
        ):
            self.cloud.resize(WEB, **answer)
            result = self.resize()
            self.assertEqual(0, result.status)
            self.assertEqual('accepted', self.row(result)['result'])

    def test_taken_though_a_replica_is_behind(self) -> None:
        self.cloud.latest_resize(WEB, 'RUNNING')
        for answer in ({'exc': sdk_base.dropped()}, {'status_code': 504}):
            self.cloud.resize(WEB, **answer)
            before = self.cloud.count('PUT')
            result = self.resize()
            self.assertEqual(0, result.status)
            self.assertEqual('accepted', self.row(result)['result'])
            self.assertEqual(1, self.cloud.count('PUT') - before)

    def test_taken_and_done(self) -> None:
        self.cloud.resize(WEB, status_code=502)
        self.cloud.states(RESIZED)
        result = self.resize('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual('resized', self.row(result)['result'])

    def test_not_taken(self) -> None:
        self.cloud.resize(WEB, status_code=504)
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'{WEB_LABEL} was not resized to large: the service answered '
            '504. The load balancer is now ACTIVE; run the same command '
            'again\n',
            result.stderr,
        )

    def test_answer_of_somebody_else(self) -> None:
        self.cloud.resize(WEB, text='<html>Please log in</html>')
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f"{WEB_LABEL} was not resized to large: the service's answer "
            'cannot be read: its status is 200, not 202. The load balancer '
            'is now ACTIVE; run the same command again\n',
            result.stderr,
        )

    def test_too_many_requests(self) -> None:
        self.cloud.resize(WEB, status_code=429, headers={'Retry-After': '30'})
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'{WEB_LABEL} was not resized to large: the service answered '
            '429. The load balancer is unchanged: ACTIVE with flavor small; '
            'run the same command again in 30 seconds\n',
            result.stderr,
        )

    def test_conflict(self) -> None:
        self.cloud.resize(
            WEB, status_code=409, json=cloud.fault('It is immutable.')
        )
        self.cloud.states(PENDING)
        self.cloud.requests.get(RESIZE_URL, status_code=404)
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'{WEB_LABEL} was not resized to large: It is immutable. The '
            'load balancer is now PENDING_UPDATE; run the same command again '
            'when the load balancer is ACTIVE\n',
            result.stderr,
        )
        self.assertEqual(
            'PENDING_UPDATE', self.row(result)['provisioning_status']
        )

    def test_dropped_twice(self) -> None:
        dropped = {'exc': sdk_base.dropped()}
        answers = [dropped, dropped, {'status_code': 202}]
        self.cloud.requests.put(RESIZE_URL, answers)
        result = self.resize()
        self.assertEqual(0, result.status)
        self.assertEqual('accepted', self.row(result)['result'])

    def test_dropped_again_and_again(self) -> None:
        dropped = {'exc': sdk_base.dropped()}
        answers = [dropped, dropped, dropped, {'status_code': 202}]
        self.cloud.requests.put(RESIZE_URL, answers)
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertIn(
            'The load balancer is now ACTIVE; run the same command again\n',
            result.stderr,
        )
        self.assertEqual('failed', self.row(result)['result'])

    def test_taken_and_failed(self) -> None:
        self.cloud.resize(WEB, exc=sdk_base.dropped())
        self.cloud.states(ERROR)
        self.cloud.latest_resize(WEB, 'FAILED', reason='No host.')
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertIn(
            f'{WEB_LABEL} is ERROR with flavor small: No host\n',
            result.stderr,
        )
        self.assertEqual(1, self.cloud.count('PUT'))

    def test_dropped_in_error(self) -> None:
        self.cloud.load_balancers(ERROR)
        answers = [{'exc': sdk_base.dropped()}, {'status_code': 202}]
        self.cloud.requests.put(RESIZE_URL, answers)
        result = self.resize()
        self.assertEqual('accepted', self.row(result)['result'])
        self.assertEqual(2, self.cloud.count('PUT'))

    def test_conflict_with_what_failed(self) -> None:
        self.cloud.resize(WEB, status_code=409, json=cloud.fault('Immutable.'))
        self.cloud.states(ERROR)
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'{WEB_LABEL} was not resized to large: Immutable. The load '
            'balancer is now ERROR; run the same command again\n',
            result.stderr,
        )

    def test_not_known(self) -> None:
        self.cloud.resize(WEB, exc=sdk_base.dropped())
        for answer, told in (
            ({'status_code': 503}, 'the service answered 503'),
            (
                {'json': {'maintenance': True}},
                "the service's answer cannot be read: there is no "
                'provisioning_status in it',
            ),
        ):
            self.cloud.requests.get(f'{cloud.LBS_URL}/{WEB["id"]}', **answer)
            before = self.cloud.count('PUT')
            result = self.resize()
            self.assertEqual(1, result.status)
            self.assertIn(
                f'Failed to get the load balancer afterwards: {told}. Run the '
                'same command again: it resizes only what is not being '
                'resized yet\n',
                result.stderr,
            )
            self.assertEqual('unknown', self.row(result)['result'])
            self.assertEqual(1, self.cloud.count('PUT') - before)


class TestInterrupted(load_balancer.TestCase):
    TOLD = (
        'Interrupted while sending the requests. What was accepted '
        'continues. Run the same command again: it resizes only what is not '
        'being resized yet\n'
    )

    def test_interrupted(self) -> None:
        self.cloud.resize(WEB, exc=KeyboardInterrupt)
        result = self.resize('--wait')
        self.assertEqual(130, result.status)
        self.assertEqual('unknown', self.row(result)['result'])
        self.assertEqual(self.TOLD, result.stderr)

    def test_after_another_has_failed(self) -> None:
        self.cloud.resize(WEB, status_code=400, json=cloud.fault('No.'))
        self.cloud.resize(SHOP, exc=KeyboardInterrupt)
        result = self.resize('--wait', name='web shop')
        self.assertEqual(130, result.status)
        self.assertEqual(
            f'{WEB_LABEL} was not resized to large: No. The load '
            'balancer is unchanged: '
            f'ACTIVE with flavor small\n{self.TOLD}',
            result.stderr,
        )
        self.assertEqual(
            ['failed', 'unknown'],
            [row['result'] for row in json.loads(result.stdout)],
        )

    def test_after_the_answer(self) -> None:
        with mock.patch.object(
            osc_load_balancer.ResizeLoadBalancer,
            'show_hints',
            autospec=True,
            side_effect=KeyboardInterrupt,
        ):
            self.assertEqual(base.Result('', self.TOLD, 130), self.resize())
