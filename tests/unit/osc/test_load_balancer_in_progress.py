# SPDX-License-Identifier: Apache-2.0

from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import RETIRED
from tests.unit.load_balancers import WEB
from tests.unit.osc import load_balancer


class TestInProgress(load_balancer.TestCase):
    """The flavor is there already, or another resize is in progress."""

    def test_results(self) -> None:
        retired = {**WEB, 'flavor_id': RETIRED['id']}
        # The flavor changes no later than the state does.
        last_step = {**PENDING, 'flavor_id': LARGE['id']}
        creating = {**WEB, 'provisioning_status': 'PENDING_CREATE'}
        cancelling = ['CANCELLING']
        to_another = (
            'still has flavor small but is being resized to large\n'
            'To cancel that resize: '
        )
        for found, latest, polls, flavor, options, *expected in (
            (
                *(WEB, [], [], 'small', '', 0, 'unchanged'),
                'already has flavor small\n',
            ),
            (retired, [], [], 'retired', '', 0, 'unchanged'),
            (
                *(last_step, ['RUNNING'], [last_step, RESIZED]),
                *('large', '--wait', 0, 'resized'),
            ),
            # The flavor to change to is still there, in a resize to another.
            (
                *(PENDING, ['QUEUED'], [], 'small', '--wait'),
                *(1, 'refused', to_another),
            ),
            (
                *(PENDING, ['RUNNING'], [], 'small', '--wait'),
                *(1, 'refused', to_another),
            ),
            (
                *(PENDING, cancelling, [], 'small', '', 0, 'accepted'),
                'is returning to flavor small',
            ),
            (
                *(PENDING, cancelling, [PENDING, WEB], 'small', '--wait'),
                *(0, 'resized'),
            ),
            (
                *(PENDING, [*cancelling, 'FAILED'], [PENDING, ERROR]),
                *('small', '--wait', 1, 'failed'),
                'An administrator can fail ',
            ),
            (
                *(PENDING, cancelling, [PENDING], 'small'),
                *('--wait --timeout 5', 124, 'timed out'),
            ),
            (
                *(PENDING, cancelling, [], 'large', '', 1, 'refused'),
                'is being cancelled',
            ),
            (
                *(PENDING, ['COMPLETED'], [], 'small', '--wait'),
                *(1, 'refused'),
                'another operation is in progress. Run the same command again '
                'when the load balancer is ACTIVE\nTo check: ',
            ),
            (creating, ['COMPLETED'], [], 'small', '--wait', 1, 'refused'),
        ):
            self.cloud.load_balancers(found)
            if latest:
                self.cloud.latest_resize(WEB, *latest)
            self.cloud.states(*(polls or [found]))
            self.check(self.resize(options, flavor=flavor), *expected)
        self.assertNothingChanged()
