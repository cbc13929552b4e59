# SPDX-License-Identifier: Apache-2.0

import json
import os
import signal

from tests.unit.osc import base
from tests.unit.sdk import cloud
from tests.unit.sdk.load_balancer import fleet


class TestInterrupted(base.TestCase):
    def _resize(self, *sleeps: int, number: int = signal.SIGINT) -> list[str]:
        """Send a signal in these pauses, and return the results."""
        self.useFixture(_InterruptAt(self.clock, number, *sleeps))
        fleet.Fleet(self.cloud, self.clock, [5.0] * 6, set())
        self.result = self.openstack(
            'loadbalancer resize --flavor large -f json --from-flavor small '
            '--wait'
        )
        self.assertEqual(130, self.result.status, self.result.stderr)
        return [row['result'] for row in json.loads(self.result.stdout)]

    def test_once(self) -> None:
        self.assertEqual([*['resized'] * 5, 'not started'], self._resize(2))
        self.assertIn(
            'Interrupted: no more begin. 5 in progress are waited for; '
            'interrupt again to stop waiting\n',
            self.result.stderr,
        )

    def test_twice(self) -> None:
        self.assertEqual(
            [*['interrupted'] * 5, 'not started'], self._resize(2, 3)
        )

    def test_killed(self) -> None:
        self.assertEqual(
            [*['interrupted'] * 5, 'not started'],
            self._resize(2, number=signal.SIGTERM),
        )
        self.assertIs(signal.SIG_DFL, signal.getsignal(signal.SIGTERM))


class _InterruptAt(cloud.fixtures.Fixture):
    """Sends a signal when time has passed so many times."""

    def __init__(self, clock: cloud.Clock, number: int, *sleeps: int) -> None:
        super().__init__()
        self._clock = clock
        self._number = number
        self._sleeps = sleeps

    def _setUp(self) -> None:
        sleep = self._clock.sleep

        def sleep_and_interrupt(seconds: float) -> None:
            sleep(seconds)
            if len(self._clock.slept) in self._sleeps:
                os.kill(os.getpid(), self._number)

        self._clock.sleep = sleep_and_interrupt
