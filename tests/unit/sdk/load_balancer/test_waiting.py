# SPDX-License-Identifier: Apache-2.0


from resize_client.sdk.load_balancer.outcome import ResizeFailure
from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.sdk import cloud
from tests.unit.sdk.load_balancer import load_balancers


class TestWait(load_balancers.TestCase):
    def _wait(self, **kwargs):
        return self.proxy.wait_for_load_balancer_resize(
            WEB['id'], LARGE['id'], **kwargs
        )

    def _fails(self) -> ResizeFailure:
        return self.assertRaises(ResizeFailure, self._wait)

    def test_not_the_end(self) -> None:
        running = {'state': 'RUNNING', 'new_flavor_id': LARGE['id']}
        in_progress = {'json': {'resize': running}}
        for state, answers in (
            # The new flavor alone
            ({**PENDING, 'flavor_id': LARGE['id']}, [in_progress]),
            # A replica that is behind, and a service that is busy, too
            (WEB, [in_progress]),
            (WEB, [{'status_code': 503}, in_progress]),
            (
                {**PENDING, 'provisioning_status': None, 'name': None},
                [in_progress],
            ),
        ):
            self.cloud.states(state, RESIZED)
            self.cloud.requests.get(RESIZE_URL, answers)
            found = self._wait()
            self.assertEqual(
                ('ACTIVE', LARGE['id']),
                (found.provisioning_status, found.flavor_id),
            )

    def test_error(self) -> None:
        self.cloud.states(PENDING, ERROR)
        self.cloud.latest_resize(
            WEB, 'FAILED', reason='No valid host was found.'
        )
        exc = self._fails()
        self.assertEqual(
            f'Load balancer web ({WEB["id"]}) is ERROR with flavor '
            f'{SMALL["id"]}: No valid host was found',
            str(exc),
        )
        self.assertEqual('ERROR', exc.load_balancer.provisioning_status)
        self.assertEqual('No valid host was found', exc.reason)

    def test_error_without_a_reason_to_be_had(self) -> None:
        self.cloud.states(ERROR)
        for answer in (
            {'status_code': 500},
            {'status_code': 404},
            {'text': 'not JSON'},
            {'json': {'resize': {'state': 'FAILED'}}},
            {'json': {'loadbalancer': {}}},
        ):
            self.cloud.requests.get(
                f'{cloud.LBS_URL}/{WEB["id"]}/resize', **answer
            )
            failure = self._fails()
            self.assertIsNone(failure.reason)
            self.assertIsNotNone(failure.doubt)

    def test_cancelled_in_error_as_before(self) -> None:
        self.cloud.states(PENDING, ERROR)
        self.cloud.latest_resize(WEB, 'CANCELLED')
        exc = self.assertRaises(
            ResizeFailure,
            self.proxy.wait_for_load_balancer_resize,
            WEB['id'],
            SMALL['id'],
        )
        self.assertEqual('ERROR', exc.load_balancer.provisioning_status)
        self.assertEqual('CANCELLED', exc.resize.state)

    def test_deleted(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{WEB["id"]}', **cloud.not_found(WEB['id'])
        )
        exc = self._fails()
        self.assertEqual(
            f'Load balancer {WEB["id"]} was deleted meanwhile', str(exc)
        )
        self.assertIsNone(exc.load_balancer)

    def test_being_deleted(self) -> None:
        self.cloud.states({**WEB, 'provisioning_status': 'PENDING_DELETE'})
        self.assertIn(' is PENDING_DELETE ', str(self._fails()))
