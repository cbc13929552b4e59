# SPDX-License-Identifier: Apache-2.0

from resize_client.sdk import http
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import WEB
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
            self.cloud.requested(),
        )
        self.assertEqual('PENDING_UPDATE', taken.provisioning_status)
        self.assertEqual(
            {'new_flavor_id': LARGE['id']}, self.cloud.body_of_last('PUT')
        )

    def test_resize_takes_resources(self) -> None:
        self.cloud.resize(WEB)
        self.cloud.flavors(LARGE)
        web = self.proxy.get_load_balancer(WEB['id'])
        large = next(self.proxy.flavors())
        before = len(self.cloud.requested())
        self.proxy.resize_load_balancer(web, large)
        self.assertEqual(1, len(self.cloud.requested()) - before)

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
