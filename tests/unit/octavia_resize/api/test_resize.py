# SPDX-License-Identifier: Apache-2.0

"""Start, show and cancel a resize: every answer of a real Octavia API."""

from unittest import mock

from octavia.db import api as db_api
from octavia_lib.api.drivers import exceptions as driver_exceptions
from sqlalchemy import orm

from octavia_resize.db import transaction
from octavia_resize.drivers import amphora
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import phases
from octavia_resize.lifecycle import rows
from tests.unit.octavia_resize import base
from tests.unit.octavia_resize import topologies

UNKNOWN = '6d425a5e-429f-4848-b240-ab31c6d211e4'


class TestPut(topologies.SingleTestCase):
    def test_accepted(self) -> None:
        response = self.resize(self.lb_id, self.large)
        self.assertEqual((202, b''), (response.status_int, response.body))
        self.assert_load_balancer(self.lb_id, 'PENDING_UPDATE', self.small)
        resize = self.get_resize(self.lb_id)
        self.assertEqual(
            ('QUEUED', 'ACTIVE', self.small, self.large),
            (
                resize.state,
                resize.previous_status,
                resize.previous_flavor_id,
                resize.new_flavor_id,
            ),
        )
        self.assertEqual(
            response.headers['x-openstack-request-id'], resize.request_id
        )

    def test_accepted_in_error_without_flavor(self) -> None:
        lb_id = self.create_load_balancer(None, status='ERROR')
        response = self.resize(lb_id, self.large)
        self.assertEqual(202, response.status_int)
        self.assertEqual(
            f'http://localhost/v2.0/lbaas/loadbalancers/{lb_id}/resize',
            response.location,
        )
        resize = self.get_resize(lb_id)
        self.assertEqual(
            ('ERROR', None),
            (resize.previous_status, resize.previous_flavor_id),
        )

    def test_unknown_load_balancer(self) -> None:
        for lb_id in (UNKNOWN, 'web'):
            self.assert_fault(
                self.resize(lb_id, self.large),
                404,
                f'Load Balancer {lb_id} not found.',
            )

    def test_deleted_load_balancer(self) -> None:
        lb_id = self.create_load_balancer(self.small, status='DELETED')
        self.assert_fault(
            self.resize(lb_id, self.large),
            404,
            f'Load Balancer {lb_id} not found.',
        )

    def test_flavor_cannot_be_deleted_meanwhile(self) -> None:
        self.resize(self.lb_id, self.large)
        request = self.build_request(
            'DELETE', f'/v2.0/lbaas/flavors/{self.large}', roles='admin'
        )
        response = request.get_response(self.application)
        self.assertEqual(409, response.status_int, response.text)
        self.run_worker(self.lb_id)
        self.resize(self.lb_id, self.small)
        self.run_worker(self.lb_id)
        response = request.get_response(self.application)
        self.assertEqual(204, response.status_int, response.text)


class TestGet(base.TestCase):
    def test_reason_says_which_way_out_applies(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        self.fail_resize(lb_id, 'No room')
        self._check_reason(
            lb_id, 'No room; no amphora was replaced, and a cancel leads back'
        )
        with db_api.session().begin() as session:
            resize = self.resizes.get(session, lb_id)
            resize.replaced = list(resize.amphorae)
        self._check_reason(
            lb_id,
            'No room; a resize to any flavor, also to the present one, '
            'rebuilds the load balancer',
        )
        # Such as by a failover.
        self.set_lb_status(lb_id, 'ACTIVE')
        self._check_reason(lb_id, 'No room')

    def _check_reason(self, lb_id: str, expected: str) -> None:
        resize = self.request('GET', lb_id).json['resize']
        self.assertEqual(expected, resize['reason'])


class TestDelete(base.TestCase):
    def _refused(self, lb_id: str, status: int, message: str, **kw) -> None:
        before = self.get_load_balancer(lb_id)
        self.assert_fault(self.request('DELETE', lb_id, **kw), status, message)
        self.assertEqual(before, self.get_load_balancer(lb_id))

    def test_never_resized(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self._refused(
            lb_id,
            409,
            f'Load balancer web ({lb_id}) has no resize to cancel: it has '
            'never been resized.',
        )

    def test_provider_fails(self) -> None:
        """The resize continues."""
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        self.start_resize(lb_id)
        with mock.patch.object(
            amphora.AmphoraResizeDriver,
            'loadbalancer_resize_cancel',
            autospec=True,
            side_effect=driver_exceptions.DriverError(
                user_fault_string='No controller answers.',
                operator_fault_string='timeout',
            ),
        ):
            self._refused(
                lb_id,
                500,
                "Provider 'amphora' reports error: No controller answers.",
            )
        self.assertEqual('RUNNING', self.get_resize(lb_id).state)

    def test_queued_in_error(self) -> None:
        lb_id = self.create_load_balancer(self.small, status='ERROR')
        self.resize(lb_id, self.large)
        self.assertEqual(202, self.request('DELETE', lb_id).status_int)
        self.assert_load_balancer(lb_id, 'ERROR', self.small)
        self._refused(
            lb_id,
            409,
            f'Load balancer web ({lb_id}) has no resize to cancel: the '
            f'latest, to flavor {base.named(self.large)}, is CANCELLED.',
        )

    def test_argument(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        for argument, status in (
            ('cancel=false', 400),
            ('cancel=maybe', 400),
            ('cascade=true', 400),
            ('cancel=true', 202),
        ):
            response = self.request('DELETE', lb_id, arguments=argument)
            self.assertEqual(status, response.status_int, response.text)
        self.assertEqual('CANCELLED', self.get_resize(lb_id).state)

    def test_twice(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        self.start_resize(lb_id)
        self.assertEqual(202, self.request('DELETE', lb_id).status_int)
        self.assertEqual('CANCELLING', self.get_resize(lb_id).state)
        self._refused(
            lb_id,
            409,
            f'Load balancer web ({lb_id}) has no resize to cancel: it is '
            'being cancelled already.',
        )

    def test_too_late(self) -> None:
        """A rebuild, and one without flavor, have no flavor to return to."""
        for previous, new, operation, undo in (
            (
                *(self.small, self.large, 'resize'),
                ', then resize the load balancer to flavor '
                f'{base.named(self.small)}',
            ),
            (None, self.large, 'resize', ''),
            (self.small, self.small, 'rebuild', ''),
        ):
            lb_id = self.create_load_balancer(previous)
            self.build_request(
                'PUT',
                f'/v2.0/lbaas/loadbalancers/{lb_id}/{operation}',
                {'new_flavor_id': new} if operation == 'resize' else None,
                roles='admin',
            ).get_response(self.application)
            claim = self.start_resize(lb_id)
            for step, why in (
                (
                    phases.SWITCHING,
                    'its new amphorae are getting the VIP, which takes '
                    'seconds',
                ),
                (
                    phases.CLEANING_UP,
                    'its new amphorae have the VIP, and the old ones are '
                    'being deleted',
                ),
            ):
                transaction.run(self._move, claim, step)
                self._refused(
                    lb_id,
                    409,
                    f'The {operation} of load balancer web ({lb_id}) can no '
                    f'longer be cancelled: {why}. Wait until it has ended'
                    f'{undo}.',
                )

    def _move(
        self, session: orm.Session, claim: ownership.Claim, step: phases.Step
    ) -> None:
        rows.move(rows.lock_resize(session, claim.resize_id), step)

    def test_another_one(self) -> None:
        """Nobody cancels the next resize."""
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        for resize_id, status in (
            (UNKNOWN, 409),
            (self.get_resize(lb_id).id, 202),
        ):
            response = self.request(
                'DELETE', lb_id, arguments=f'cancel=true&id={resize_id}'
            )
            self.assertEqual(status, response.status_int, response.text)

    def test_completed(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        self.run_worker(lb_id)
        self._refused(
            lb_id,
            409,
            f'Load balancer web ({lb_id}) has no resize to cancel: the '
            f'latest, to flavor {base.named(self.large)}, is COMPLETED.',
        )
