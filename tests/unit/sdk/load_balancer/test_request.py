# SPDX-License-Identifier: Apache-2.0
from typing import Any

from openstack import exceptions

from resize_client.sdk.load_balancer import plan
from resize_client.sdk.load_balancer import request
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Result
from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.sdk import base
from tests.unit.sdk import cloud
from tests.unit.sdk.load_balancer import load_balancers

_DROPPED = {'exc': base.dropped()}
_CONFLICT = {'status_code': 409, 'json': cloud.fault('It is immutable.')}
_GONE = cloud.not_found(WEB['id'])


class TestSend(load_balancers.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.flavors(SMALL, LARGE)
        self.cloud.load_balancers(WEB)

    def _plan(self) -> list[Outcome]:
        return plan.plan_resizes(self.proxy, ['web'], 'large')

    def _send(
        self, answer: dict[str, Any], now: dict[str, Any], times: int = 1
    ) -> Outcome:
        """Send a request that is answered so; then it shows this."""
        outcomes = self._plan()
        self.cloud.resize(WEB, **answer)
        self.cloud.states(now)
        before = self.cloud.count('PUT')
        (sent,) = request.send_all(self.proxy, outcomes, lambda outcome: None)
        self.assertEqual(times, self.cloud.count('PUT') - before)
        self.cloud.load_balancers(WEB)
        return sent

    def test_failed_though_accepted(self) -> None:
        lost = {'status_code': 504}
        for answer, now, resize in (
            (_DROPPED, PENDING, 'RUNNING'),
            (lost, PENDING, 'RUNNING'),
            (_CONFLICT, PENDING, 'RUNNING'),
            # The load balancer was read from a replica that lags.
            (_DROPPED, WEB, 'RUNNING'),
            (lost, RESIZED, 'COMPLETED'),
            # A wait finds out why.
            (_DROPPED, ERROR, 'FAILED'),
        ):
            self.cloud.latest_resize(WEB, resize)
            sent = self._send(answer, now)
            self.assertEqual(
                (Result.ACCEPTED, None), (sent.result, sent.error)
            )

    def test_refused(self) -> None:
        for answer, now in (
            ({'status_code': 400}, WEB),
            ({'status_code': 403}, WEB),
            ({'status_code': 501}, WEB),
            (_CONFLICT, PENDING),
            (_CONFLICT, ERROR),
        ):
            sent = self._send(answer, now, 1)
            self.assertEqual(
                (Result.REFUSED, now['provisioning_status']),
                (sent.result, sent.status),
            )

    def test_failed(self) -> None:
        for answer, now, times in (
            ({'status_code': 504}, WEB, 1),
            ({'status_code': 429}, WEB, 1),
            ({'text': '<html>Log in</html>'}, WEB, 1),
            (_DROPPED, WEB, 3),
        ):
            sent = self._send(answer, now, times)
            self.assertEqual(
                (Result.FAILED, now['provisioning_status']),
                (sent.result, sent.status),
            )

    def test_dropped(self) -> None:
        for before, times in ((WEB, 2), (ERROR, 1)):
            self.cloud.load_balancers(before)
            outcomes = self._plan()
            answers = [_DROPPED] * times + [{'status_code': 202}]
            self.cloud.answers_to_resize(WEB, answers)
            (sent,) = request.send_all(
                self.proxy, outcomes, lambda outcome: None
            )
            self.assertEqual(Result.ACCEPTED, sent.result)

    def test_gone(self) -> None:
        self.assertTrue(self._send(_GONE, WEB).is_deleted)
        outcomes = self._plan()
        self.cloud.resize(WEB, **_CONFLICT)
        self.cloud.requests.get(f'{cloud.LBS_URL}/{WEB["id"]}', **_GONE)
        (sent,) = request.send_all(self.proxy, outcomes, lambda outcome: None)
        self.assertTrue(sent.is_deleted)

    def test_unknown(self) -> None:
        outcomes = self._plan()
        self.cloud.resize(WEB, **_DROPPED)
        for answer in ({'status_code': 503}, {'json': {'maintenance': True}}):
            self.cloud.requests.get(f'{cloud.LBS_URL}/{WEB["id"]}', **answer)
            (sent,) = request.send_all(
                self.proxy, outcomes, lambda outcome: None
            )
            self.assertEqual(Result.UNKNOWN, sent.result)
            self.assertIsNotNone(sent.doubt)


class TestCancel(load_balancers.TestCase):
    def _cancel(
        self, answer: dict[str, Any], resize: str, now: dict[str, Any]
    ) -> Outcome:
        """Cancel with this answer; then it shows this."""
        self.cloud.states(WEB)
        self.cloud.latest_resize(WEB, 'RUNNING', resize)
        self.cloud.requests.delete(RESIZE_URL, **answer)
        web = self.proxy.get_load_balancer(WEB['id'])
        outcome = plan.plan_cancel(self.proxy, web, 'web')
        self.cloud.states(now)
        (sent,) = request.cancel_all(self.proxy, [outcome])
        return sent

    def test_cancel(self) -> None:
        accepted = {'status_code': 202}
        lost = {'status_code': 504}
        for answer, resize, now, result in (
            (accepted, 'RUNNING', PENDING, Result.ACCEPTED),
            (_DROPPED, 'CANCELLING', PENDING, Result.ACCEPTED),
            (lost, 'CANCELLED', WEB, Result.ACCEPTED),
            (_CONFLICT, 'CANCELLING', PENDING, Result.ACCEPTED),
            (_CONFLICT, 'CANCELLED', WEB, Result.UNCHANGED),
            (_CONFLICT, 'CANCELLED', ERROR, Result.UNCHANGED),
            (_CONFLICT, 'COMPLETED', RESIZED, Result.REFUSED),
            (lost, 'RUNNING', PENDING, Result.FAILED),
            (_GONE, 'RUNNING', PENDING, Result.FAILED),
        ):
            sent = self._cancel(answer, resize, now)
            self.assertEqual(result, sent.result)

    def test_not_offered(self) -> None:
        # Another host has returned the resize: this one is older.
        unknown = cloud.fault(cloud.STOCK_OCTAVIA_DELETE)
        for answer, error in (
            ({'status_code': 400, 'json': unknown}, 'BadRequestException'),
            (cloud.UNKNOWN_PATH, 'NotFoundException'),
        ):
            sent = self._cancel(answer, 'RUNNING', PENDING)
            self.assertEqual(error, type(sent.error).__name__)

    def test_at_once(self) -> None:
        self.cloud.latest_resize(WEB, 'FAILED', can_cancel=True)
        self.cloud.requests.delete(RESIZE_URL, status_code=202)
        web = self.proxy.get_load_balancer(WEB['id'])
        outcome = plan.plan_cancel(self.proxy, web, 'web')
        (sent,) = request.cancel_all(self.proxy, [outcome])
        self.assertEqual(Result.CANCELLED, sent.result)

    def test_unknown(self) -> None:
        web = self.proxy.get_load_balancer(WEB['id'])
        self.cloud.latest_resize(WEB, 'RUNNING')
        outcome = plan.plan_cancel(self.proxy, web, 'web')
        self.cloud.requests.delete(RESIZE_URL, status_code=504)
        self.cloud.requests.get(RESIZE_URL, status_code=503)
        for answer, is_deleted in (
            ({'status_code': 503}, False),
            (_GONE, True),
        ):
            self.cloud.requests.get(f'{cloud.LBS_URL}/{WEB["id"]}', **answer)
            (sent,) = request.cancel_all(self.proxy, [outcome])
            self.assertEqual(Result.FAILED, sent.result)
            self.assertEqual(
                (is_deleted, not is_deleted),
                (sent.is_deleted, sent.doubt is not None),
            )

    def test_nothing_is_sent_without_a_resize(self) -> None:
        # A DELETE without a resize may delete the load balancer.
        for answer, raised in (
            ({'status_code': 503}, exceptions.HttpException),
            ({'json': {'resize': None}}, exceptions.ConflictException),
            ({'json': {'resize': []}}, ValueError),
        ):
            self.cloud.requests.get(RESIZE_URL, **answer)
            self.assertRaises(
                raised, self.proxy.cancel_load_balancer_resize, WEB['id']
            )
        self.assertEqual(0, self.cloud.count('DELETE'))
