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

import threading
import time

from resize_client.sdk import http
from resize_client.sdk import wait
from tests.unit.sdk import base


class TestSideBySide(base.TestCase):
    def test_order(self) -> None:
        def call(number: int) -> int:
            time.sleep(0.01 * (5 - number))
            return number

        self.assertEqual([1, 2, 3, 4], wait.concurrently(call, [1, 2, 3, 4]))

    def test_one_without_a_thread(self) -> None:
        self.assertEqual(
            [threading.get_ident()],
            wait.concurrently(lambda _: threading.get_ident(), [1]),
        )

    def test_requests_in_threads_end_as_soon(self) -> None:
        self.cloud.flavors()
        proxy = self.conn.load_balancer
        with http.answered_within(7.0):
            wait.concurrently(lambda _: list(proxy.flavors()), [1, 2])
        self.assertEqual(7.0, self.cloud.requests.last_request.timeout)

    def test_bound(self) -> None:
        lock = threading.Lock()
        running = [0, 0]

        def call(_: int) -> None:
            with lock:
                running[0] += 1
                running[1] = max(running)
            time.sleep(0.005)
            with lock:
                running[0] -= 1

        wait.concurrently(call, list(range(40)))
        self.assertEqual(wait.CONCURRENT_REQUESTS, running[1])

    def test_interrupt_stops_what_has_not_begun(self) -> None:
        called = []

        def call(number: int) -> None:
            called.append(number)
            if number == 0:
                raise KeyboardInterrupt
            time.sleep(0.02)

        self.assertRaises(
            KeyboardInterrupt, wait.concurrently, call, list(range(200))
        )
        self.assertLess(len(called), 50)
