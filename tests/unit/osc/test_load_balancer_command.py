# SPDX-License-Identifier: Apache-2.0

import json
from unittest import mock

from resize_client.osc import load_balancer as osc_load_balancer
from resize_client.osc import load_balancer_messages as messages
from resize_client.sdk.load_balancer.outcome import Outcome
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import WEB
from tests.unit.osc import base
from tests.unit.osc import load_balancer
from tests.unit.sdk import cloud


class TestUncertain(load_balancer.TestCase):
    """The request fails on the way: was it accepted?"""

    def test_too_many_requests(self) -> None:
        self.cloud.resize(WEB, status_code=429, headers={'Retry-After': '30'})
        again = '; run the same command again in 30 seconds\n'
        self.check(self.resize(), 1, 'failed', again)


class TestInterrupted(load_balancer.TestCase):
    SHOWN = f'{messages.interrupted_while_sending([Outcome("web")]).text}\n'

    def test_interrupted(self) -> None:
        self.cloud.resize(WEB, exc=KeyboardInterrupt)
        result = self.resize('--wait')
        self.check(result, 130, 'unknown')
        self.assertEqual(self.SHOWN, result.stderr)

    def test_after_another_has_failed(self) -> None:
        self.cloud.resize(WEB, status_code=400, json=cloud.fault('No.'))
        self.cloud.resize(SHOP, exc=KeyboardInterrupt)
        result = self.resize('--wait', name='web shop')
        self.assertEqual(130, result.status)
        self.assertIn(' was not resized to large: No. ', result.stderr)
        self.assertIn(self.SHOWN, result.stderr)
        self.assertEqual(
            ['refused', 'unknown'],
            [row['result'] for row in json.loads(result.stdout)],
        )

    def test_after_the_answer(self) -> None:
        with mock.patch.object(
            osc_load_balancer.ResizeLoadBalancer,
            'show_hints',
            autospec=True,
            side_effect=KeyboardInterrupt,
        ):
            self.assertEqual(base.Result('', self.SHOWN, 130), self.resize())
