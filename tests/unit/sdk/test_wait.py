# SPDX-License-Identifier: Apache-2.0

import email.utils
import json
import threading
import time

from keystoneauth1 import exceptions as ks_exceptions
from openstack import exceptions
import requests
import testtools

from resize_client.sdk import faults
from resize_client.sdk import http
from resize_client.sdk import wait
from tests.unit.sdk import base
from tests.unit.sdk import cloud


def _http(
    status: int, body: object = None, **headers: str
) -> exceptions.HttpException:
    response = requests.Response()
    response._content = json.dumps(body).encode()
    response.status_code = status
    response.headers.update(headers)
    return exceptions.HttpException('went wrong', response=response)


class TestInterval(testtools.TestCase):
    def test_interval(self) -> None:
        for waited, seconds in (
            (0.0, 0.5),
            (5.0, 0.5),
            (10.0, 1.0),
            (60.0, 6.0),
            (100.0, 10.0),
            (3600.0, 10.0),
        ):
            self.assertEqual(seconds, wait.interval(waited))


class TestRounds(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.useFixture(cloud.Clock())

    def _script(self, *steps: object):
        remaining = list(steps)

        def poll() -> object:
            step = remaining.pop(0)
            if isinstance(step, Exception):
                raise step
            return step

        return poll

    def test_yields_what_each_poll_finds(self) -> None:
        rounds = wait.rounds(self._script(1, 2, 3), timeout=60)
        self.assertEqual([1, 2, 3], [next(rounds) for _ in range(3)])
        self.assertEqual([0.5, 0.5, 0.5], self.clock.slept)

    def test_timeout(self) -> None:
        found = []
        exc = self.assertRaises(
            exceptions.ResourceTimeout,
            lambda: found.extend(
                wait.rounds(self._script(*range(99)), timeout=2.2)
            ),
        )
        self.assertEqual('Timed out after 2.2 seconds', str(exc))
        self.assertEqual(1002.2, self.clock.now)
        self.assertEqual([0.5, 0.5, 0.5, 0.5], self.clock.slept[:4])
        self.assertEqual(5, len(self.clock.slept))

    def test_one_second(self) -> None:
        self.assertEqual('1 second', wait.count_seconds(1.0))
        self.assertEqual('0.5 seconds', wait.count_seconds(0.5))

    def test_polls_once_without_time(self) -> None:
        rounds = wait.rounds(self._script('found'), timeout=0)
        self.assertEqual('found', next(rounds))
        self.assertRaises(exceptions.ResourceTimeout, next, rounds)

    def test_survives_what_passes_by_itself(self) -> None:
        poll = self._script(
            _http(500),
            _http(503),
            _http(404),
            _http(404, body=['no', 'fault']),
            ks_exceptions.ConnectFailure('refused'),
            ks_exceptions.UnknownConnectionError('cut', Exception()),
            ks_exceptions.DiscoveryFailure('keystone is away'),
            ks_exceptions.ServiceUnavailable(),
            ValueError('not JSON'),
            'found',
        )
        self.assertEqual('found', next(wait.rounds(poll, timeout=60)))

    def test_gives_up_on_what_does_not_pass(self) -> None:
        for exc in (
            _http(403),
            _http(404, body={'faultstring': 'Load balancer not found.'}),
            _http(501),
            ks_exceptions.Unauthorized('gone'),
            ks_exceptions.SSLError('bad certificate'),
            KeyError('a bug'),
        ):
            rounds = wait.rounds(self._script(exc), timeout=60)
            self.assertIs(exc, self.assertRaises(type(exc), next, rounds))

    def test_retry_after(self) -> None:
        for value, slept in (
            (lambda: '7', 7.0),
            # A date has no fractions of a second.
            (lambda: email.utils.formatdate(self.clock.now + 30.5), 29.5),
            (lambda: 'later', 0.5),
        ):
            self.clock.now = 1000.0
            fault = _http(503, **{'Retry-After': value()})
            next(wait.rounds(self._script(fault, 'found'), timeout=60))
            self.assertEqual([0.5, slept], self.clock.slept[-2:])

    def test_retry_after_of_many_digits(self) -> None:
        self.assertEqual(
            86400.0,
            faults.retry_after(_http(503, **{'Retry-After': '9' * 400})),
        )

    def test_retry_after_beyond_the_timeout(self) -> None:
        poll = self._script(*[_http(429, **{'Retry-After': '999'})] * 9)
        exc = self.assertRaises(
            exceptions.ResourceTimeout, next, wait.rounds(poll, timeout=5)
        )
        self.assertEqual(1005.0, self.clock.now)
        self.assertEqual(429, exc.__cause__.status_code)


class TestConcurrently(base.TestCase):
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
        together = threading.Barrier(wait.CONCURRENT_REQUESTS, timeout=60)
        running = [0, 0]

        def call(_: int) -> None:
            with lock:
                running[0] += 1
                running[1] = max(running)
            together.wait()
            with lock:
                running[0] -= 1

        wait.concurrently(call, list(range(4 * wait.CONCURRENT_REQUESTS)))
        self.assertEqual(wait.CONCURRENT_REQUESTS, running[1])
