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

from resize_client.sdk import http
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import WEB
from tests.unit.sdk import base
from tests.unit.sdk import cloud
from tests.unit.sdk.load_balancer import load_balancers


class TestResize(load_balancers.TestCase):
    def test_resize(self) -> None:
        self.cloud.resize(WEB)
        taken = self.proxy.resize_load_balancer(WEB['id'], LARGE['id'])
        self.assertEqual(
            [
                f'GET {cloud.LBS_URL}/{WEB["id"]}',
                f'PUT {cloud.LBS_URL}/{WEB["id"]}/resize',
            ],
            self.cloud.asked(),
        )
        self.assertEqual('PENDING_UPDATE', taken.provisioning_status)
        self.assertEqual(
            {'new_flavor_id': LARGE['id']}, self.cloud.body_of_last('PUT')
        )

    def test_resize_takes_resources(self) -> None:
        self.cloud.resize(WEB)
        self.cloud.load_balancers(WEB)
        self.cloud.flavors(LARGE)
        web = self.proxy.get_load_balancer(WEB['id'])
        large = next(self.proxy.flavors())
        before = len(self.cloud.asked())
        self.proxy.resize_load_balancer(web, large)
        self.assertEqual(
            {'new_flavor_id': LARGE['id']}, self.cloud.body_of_last('PUT')
        )
        self.assertEqual(1, len(self.cloud.asked()) - before)

    def test_resize_and_wait(self) -> None:
        self.cloud.resize(WEB)
        self.cloud.states(WEB, PENDING, PENDING, RESIZED)
        self.cloud.latest_resize(WEB, 'RUNNING', phase='building')
        seen = []
        resized = self.proxy.resize_load_balancer(
            WEB['id'],
            LARGE['id'],
            wait=True,
            interval=2,
            callback=lambda lb, resize: seen.append(resize.phase),
        )
        self.assertEqual(LARGE['id'], resized.flavor_id)
        self.assertEqual([2, 2, 2], self.clock.slept)
        self.assertEqual(['building', 'building'], seen)

    def test_answer_lost_but_taken(self) -> None:
        self.cloud.resize(WEB, exc=base.dropped())
        self.cloud.states(WEB, PENDING)
        self.cloud.latest_resize(WEB, 'RUNNING')
        taken = self.proxy.resize_load_balancer(WEB['id'], LARGE['id'])
        self.assertEqual('PENDING_UPDATE', taken.provisioning_status)

    def test_asked_again(self) -> None:
        self.cloud.answers_to_resize(
            WEB, [{'exc': base.dropped()}, {'status_code': 202}]
        )
        self.proxy.resize_load_balancer(WEB['id'], LARGE['id'])
        self.assertEqual(2, self.cloud.count('PUT'))

    def test_requests_end(self) -> None:
        self.cloud.resize(WEB)
        self.proxy.resize_load_balancer(WEB['id'], LARGE['id'])
        self.assertEqual(60.0, self.cloud.requests.last_request.timeout)
        with http.answered_within(7.0):
            self.proxy.resize_load_balancer(WEB['id'], LARGE['id'])
        self.assertEqual(7.0, self.cloud.requests.last_request.timeout)
        self.conn.session.timeout = 3.0
        self.proxy.resize_load_balancer(WEB['id'], LARGE['id'])
        self.assertEqual(3.0, self.cloud.requests.last_request.timeout)

    def test_answer_of_somebody_else(self) -> None:
        for answer in ({'text': '<html>'}, {'json': {}}):
            self.cloud.resize(WEB, **answer)
            exc = self.assertRaises(
                ValueError,
                self.proxy.resize_load_balancer,
                WEB['id'],
                LARGE['id'],
            )
            self.assertEqual('its status is 200, not 202', str(exc))

    def test_list_of_somebody_else(self) -> None:
        for answer, told in (
            ({'text': '<html>'}, 'it is not JSON'),
            ({'json': []}, 'it is not a JSON object'),
            ({'json': {}}, "there is no 'flavors' in it"),
        ):
            self.cloud.requests.get(cloud.FLAVORS_URL, **answer)
            exc = self.assertRaises(ValueError, list, self.proxy.flavors())
            self.assertEqual(told, str(exc))

    def test_refusals(self) -> None:
        for status, expected in (
            (400, exceptions.BadRequestException),
            (403, exceptions.ForbiddenException),
            (404, exceptions.NotFoundException),
            (409, exceptions.ConflictException),
            (501, exceptions.HttpException),
        ):
            self.cloud.resize(
                WEB,
                status_code=status,
                json=cloud.fault(f'Load Balancer {WEB["id"]} says no.'),
            )
            exc = self.assertRaises(
                expected,
                self.proxy.resize_load_balancer,
                WEB['id'],
                LARGE['id'],
            )
            self.assertEqual(status, exc.status_code)
            self.assertIn('says no.', str(exc))

    def test_not_offered(self) -> None:
        for answer in (
            {
                'status_code': 400,
                'json': cloud.fault(cloud.STOCK_OCTAVIA_PUT),
            },
            {'status_code': 404, 'json': cloud.fault('No such resource')},
            {'status_code': 404, 'text': '<html>Not Found</html>'},
            {'status_code': 405, 'json': ['not', 'a', 'fault']},
        ):
            self.cloud.resize(WEB, **answer)
            exc = self.assertRaises(
                exceptions.NotSupported,
                self.proxy.resize_load_balancer,
                WEB['id'],
                LARGE['id'],
            )
            self.assertEqual(
                "This cloud's load balancing service does not offer resize",
                str(exc),
            )


class TestLatestResize(load_balancers.TestCase):
    URL = f'{cloud.LBS_URL}/{WEB["id"]}/resize'

    def test_latest(self) -> None:
        self.cloud.latest_resize(
            WEB,
            'FAILED',
            previous_flavor_id=None,
            reason='No amphora',
            detail='No valid host',
            request_id='req-1',
        )
        latest = self.proxy.get_load_balancer_resize(WEB['id'])
        assert latest is not None
        told = latest.to_dict(computed=False, ignore_none=True)
        self.assertEqual(
            {
                'state': 'FAILED',
                'new_flavor_id': LARGE['id'],
                'new_flavor_name': 'large',
                'reason': 'No amphora',
                'detail': 'No valid host',
                'request_id': 'req-1',
            },
            told,
        )

    def test_never_resized(self) -> None:
        self.assertIsNone(self.proxy.get_load_balancer_resize(WEB['id']))

    def test_no_such_load_balancer(self) -> None:
        self.cloud.requests.get(self.URL, **cloud.not_found(WEB['id']))
        self.assertRaises(
            exceptions.NotFoundException,
            self.proxy.get_load_balancer_resize,
            WEB['id'],
        )

    def test_not_offered(self) -> None:
        # The first is what Octavia 19 answers.
        for answer in (
            {'json': {'loadbalancer': {}}},
            {'status_code': 404, 'text': 'no such page'},
        ):
            self.cloud.requests.get(self.URL, **answer)
            self.assertRaises(
                exceptions.NotSupported,
                self.proxy.get_load_balancer_resize,
                WEB['id'],
            )
