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

from openstack import exceptions

from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import WEB
from tests.unit.sdk import cloud
from tests.unit.sdk.load_balancer import load_balancers


class TestCancel(load_balancers.TestCase):
    URL = f'{cloud.LBS_URL}/{WEB["id"]}/resize?cancel=true'

    def setUp(self) -> None:
        super().setUp()
        self.cloud.latest_resize(WEB, 'RUNNING')

    def test_cancel(self) -> None:
        self.cloud.requests.delete(self.URL, status_code=202)
        self.proxy.cancel_load_balancer_resize(WEB['id'])
        # Without the argument, Octavia without the resize API would delete
        # the load balancer.
        self.assertEqual(
            [f'GET {RESIZE_URL}', f'DELETE {self.URL}'],
            self.cloud.asked()[1:],
        )

    def test_cancel_of_the_resize_that_was_seen(self) -> None:
        self.cloud.latest_resize(WEB, 'RUNNING', id='7')
        self.cloud.requests.delete(self.URL, status_code=202)
        self.proxy.cancel_load_balancer_resize(WEB['id'])
        self.assertEqual(f'DELETE {self.URL}&id=7', self.cloud.asked()[-1])

    def test_cancel_and_wait(self) -> None:
        self.cloud.requests.delete(self.URL, status_code=202)
        self.cloud.states(PENDING, PENDING, WEB)
        back = self.proxy.cancel_load_balancer_resize(WEB['id'], wait=True)
        self.assertEqual('ACTIVE', back.provisioning_status)

    def test_nothing_is_sent_without_a_resize(self) -> None:
        for answer, raised in (
            ({'json': {'loadbalancer': {}}}, exceptions.NotSupported),
            ({'json': {'resize': None}}, exceptions.ConflictException),
            ({'json': {'resize': []}}, ValueError),
            ({'status_code': 503}, exceptions.HttpException),
        ):
            self.cloud.requests.get(RESIZE_URL, **answer)
            self.assertRaises(
                raised, self.proxy.cancel_load_balancer_resize, WEB['id']
            )
        # Not even where a gateway has dropped the argument
        self.assertEqual(
            {f'GET {RESIZE_URL}', f'GET {cloud.LBS_URL}/{WEB["id"]}'},
            set(self.cloud.asked()),
        )

    def test_too_late(self) -> None:
        self.cloud.requests.delete(
            self.URL, status_code=409, json=cloud.fault('too late')
        )
        exc = self.assertRaises(
            exceptions.ConflictException,
            self.proxy.cancel_load_balancer_resize,
            WEB['id'],
        )
        self.assertIn('too late', str(exc))

    def test_not_offered(self) -> None:
        for status, words in (
            (400, cloud.STOCK_OCTAVIA_DELETE),
            (404, 'no such page'),
            (405, 'not allowed'),
        ):
            self.cloud.requests.delete(
                self.URL, status_code=status, json=cloud.fault(words)
            )
            self.assertRaises(
                exceptions.NotSupported,
                self.proxy.cancel_load_balancer_resize,
                WEB['id'],
            )

    def test_no_such_load_balancer(self) -> None:
        self.cloud.requests.delete(
            self.URL,
            status_code=404,
            json=cloud.fault(f'Load Balancer {WEB["id"]} not found.'),
        )
        self.assertRaises(
            exceptions.NotFoundException,
            self.proxy.cancel_load_balancer_resize,
            WEB['id'],
        )
