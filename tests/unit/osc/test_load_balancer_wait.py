# SPDX-License-Identifier: Apache-2.0

from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import WEB
from tests.unit.load_balancers import WEB_LABEL
from tests.unit.osc import load_balancer
from tests.unit.sdk import cloud


class TestWait(load_balancer.TestCase):
    def test_done(self) -> None:
        self.cloud.states(PENDING, RESIZED)
        result = self.resize('--wait')
        self.check(result, 0, 'resized')
        self.assertEqual('ACTIVE', self.row(result)['provisioning_status'])
        self.assertEqual(
            f'{WEB_LABEL}: PENDING_UPDATE (0 s)\n'
            f'{WEB_LABEL}: ACTIVE (1 s)\n'
            'To undo: openstack loadbalancer resize --wait --flavor small '
            'web\n',
            result.stderr,
        )

    def test_phases(self) -> None:
        self.cloud.states(*[PENDING] * 4, RESIZED)
        self.cloud.latest_resize(
            WEB,
            {'phase': 'building', 'amphorae_built': 0},
            {'phase': 'building', 'amphorae_built': 1},
            {'phase': 'switching'},
            {'phase': 'cleaning up'},
            amphorae_to_build=2,
        )
        result = self.resize('--wait')
        self.assertEqual(
            ''.join(
                f'{WEB_LABEL}: {line}\n'
                for line in (
                    'building amphorae 0 of 2 (0 s)',
                    'building amphorae 1 of 2 (1 s)',
                    'switching (2 s)',
                    'cleaning up (2 s)',
                    'ACTIVE (2 s)',
                )
            ),
            result.stderr.partition('To undo')[0],
        )

    def test_failure(self) -> None:
        self.cloud.states(PENDING, ERROR)
        for can_cancel, hint in (
            (True, 'To cancel: '),
            (False, 'To rebuild with flavor small: '),
        ):
            self.cloud.latest_resize(
                WEB, 'FAILED', reason='No host.', can_cancel=can_cancel
            )
            result = self.resize('--wait')
            self.check(result, 1, 'failed', f'No host\n{hint}')
            self.assertEqual('ERROR', self.row(result)['provisioning_status'])
            self.cloud.load_balancers(WEB)
            self.cloud.states(PENDING, ERROR)

    def test_timeout(self) -> None:
        self.cloud.states(PENDING)
        for options, seconds in (('--timeout 20', 20), ('', 3600)):
            self.check(
                self.resize(f'--wait {options}'),
                124,
                'timed out',
                f'Timed out after {seconds} seconds. {WEB_LABEL} was PENDING',
                '\nTo check: ',
                '\nTo cancel: ',
            )

    def test_interrupt(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{WEB["id"]}', exc=KeyboardInterrupt
        )
        shown = f'Interrupted. {WEB_LABEL} was PENDING_UPDATE at the last poll'
        self.check(self.resize('--wait'), 130, 'interrupted', shown)

    def test_right_to_get_it_lost(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{WEB["id"]}',
            status_code=403,
            json=cloud.fault('No longer.'),
        )
        shown = 'Stopped waiting: your roles do not allow it (No longer). '
        self.check(self.resize('--wait'), 1, 'unknown', shown)

    def test_end_between_two_requests(self) -> None:
        """The load balancer was PENDING_UPDATE, its resize is COMPLETED."""
        self.cloud.load_balancers(PENDING)
        self.cloud.states(RESIZED)
        self.cloud.latest_resize(WEB, 'COMPLETED')
        result = self.resize('--wait')
        self.check(result, 0, 'unchanged')
        self.assertEqual('ACTIVE', self.row(result)['provisioning_status'])

    def test_same_resize_in_progress(self) -> None:
        self.cloud.load_balancers(PENDING)
        self.cloud.states(PENDING, RESIZED)
        self.cloud.latest_resize(WEB, 'RUNNING')
        shown = f'{WEB_LABEL} is being resized to large already\n'
        self.check(self.resize('--wait'), 0, 'resized', shown)
        self.assertNothingChanged()

    def test_undo_quotes(self) -> None:
        flavor = cloud.flavor('very small')
        odd = cloud.load_balancer('my <web', flavor)
        self.cloud.flavors(flavor, LARGE)
        self.cloud.load_balancers(odd)
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=my%20%3Cweb', json={'loadbalancers': [odd]}
        )
        self.cloud.resize(odd)
        self.cloud.states({**odd, 'flavor_id': LARGE['id']})
        self.assertIn(
            "To undo: openstack loadbalancer resize --wait --flavor 'very "
            "small' 'my <web'\n",
            self.resize('--wait', name="'my <web'").stderr,
        )
