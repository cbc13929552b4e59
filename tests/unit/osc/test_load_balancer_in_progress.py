# SPDX-License-Identifier: Apache-2.0

from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import RETIRED
from tests.unit.load_balancers import WEB
from tests.unit.osc import load_balancer


class TestUnchanged(load_balancer.TestCase):
    def test_unchanged(self) -> None:
        result = self.resize(flavor='small')
        self.check(result, 0, 'unchanged', 'already has flavor small\n')
        self.assertNothingChanged()

    def test_unchanged_though_disabled(self) -> None:
        self.cloud.load_balancers({**WEB, 'flavor_id': RETIRED['id']})
        self.check(self.resize(flavor='retired'), 0, 'unchanged')

    def test_last_step_is_in_progress(self) -> None:
        # The flavor changes no later than the state does.
        last_step = {**PENDING, 'flavor_id': LARGE['id']}
        self.cloud.load_balancers(last_step)
        self.cloud.states(last_step, RESIZED)
        self.cloud.latest_resize(WEB, 'RUNNING')
        result = self.resize('--wait')
        self.check(result, 0, 'resized')
        self.assertEqual('ACTIVE', self.row(result)['provisioning_status'])


class TestPreviousFlavor(load_balancer.TestCase):
    """The flavor to change to is still there, in a resize to another."""

    def _latest(self, state: str) -> None:
        self.cloud.load_balancers(PENDING)
        self.cloud.latest_resize(WEB, state)

    def test_resize_to_another(self) -> None:
        for state in ('QUEUED', 'RUNNING'):
            self._latest(state)
            self.check(
                self.resize('--wait', flavor='small'),
                1,
                'refused',
                'still has flavor small but is being resized to large\n'
                'To cancel that resize: ',
            )
        self.assertNothingChanged()

    def test_cancel(self) -> None:
        self._latest('CANCELLING')
        result = self.resize(flavor='small')
        self.check(result, 0, 'accepted', 'is returning to flavor small')
        self.assertNothingChanged()

    def test_wait_for_a_cancel(self) -> None:
        self._latest('CANCELLING')
        self.cloud.states(PENDING, WEB)
        result = self.resize('--wait', flavor='small')
        self.check(result, 0, 'resized')
        self.assertNotIn('To undo', result.stderr)
        self.assertNothingChanged()

    def test_cancel_that_ends_in_error(self) -> None:
        self.cloud.load_balancers(PENDING)
        self.cloud.latest_resize(WEB, 'CANCELLING', 'FAILED')
        self.cloud.states(PENDING, ERROR)
        result = self.resize('--wait', flavor='small')
        self.check(result, 1, 'failed', 'An administrator can fail ')

    def test_cancel_that_takes_too_long(self) -> None:
        self._latest('CANCELLING')
        result = self.resize('--wait --timeout 5', flavor='small')
        self.check(result, 124, 'timed out')
        self.assertNotIn('To cancel', result.stderr)

    def test_new_flavor_during_a_cancel(self) -> None:
        self._latest('CANCELLING')
        self.check(self.resize(), 1, 'refused', 'is being cancelled')

    def test_another_update(self) -> None:
        self._latest('COMPLETED')
        for status in ('PENDING_UPDATE', 'PENDING_CREATE'):
            self.cloud.load_balancers({**WEB, 'provisioning_status': status})
            self.check(self.resize('--wait', flavor='small'), 1, 'refused')
