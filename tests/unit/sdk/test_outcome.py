# SPDX-License-Identifier: Apache-2.0
import testtools

from resize_client.sdk.outcome import Outcome
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result


class TestRefusal(testtools.TestCase):
    def test_reasons(self) -> None:
        refusal = Refusal({'state': 'It is busy', 'flavor': 'It is bad'})
        self.assertEqual('It is busy; It is bad', str(refusal))
        self.assertEqual(['state', 'flavor'], list(refusal.reasons))


class TestOutcome(testtools.TestCase):
    def test_nothing_but_an_argument(self) -> None:
        self.assertIs(Result.NOT_STARTED, Outcome('web').result)
