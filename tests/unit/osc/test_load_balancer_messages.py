# SPDX-License-Identifier: Apache-2.0
"""Each message of the load balancer commands, once."""

import dataclasses
from typing import Any

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb
import testtools

from resize_client.osc import load_balancer_dry_run as dry_run
from resize_client.osc import load_balancer_messages as messages
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import ResizeFailure
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result
from tests.unit.osc import written

_WEB = {
    'id': '123',
    'name': 'web',
    'flavor_id': 'small-id',
    'provisioning_status': 'ACTIVE',
}
_BEFORE = _lb.LoadBalancer.existing(**_WEB)
_NO = exceptions.SDKException('It says no')
_LOST = ValueError('it is not JSON')


def _status(status: str, **fields: Any) -> _lb.LoadBalancer:
    return _lb.LoadBalancer.existing(
        **{**_WEB, 'provisioning_status': status, **fields}
    )


def _resize_in(state: str, **fields: Any) -> _resize.LoadBalancerResize:
    fields.setdefault('can_cancel', state == 'RUNNING')
    return _resize.LoadBalancerResize.existing(
        state=state, new_flavor_name='large', **fields
    )


def _outcome(result: Result, argument: str = 'web', **fields: Any) -> Outcome:
    return Outcome(
        argument,
        result=result,
        **{
            'before': _BEFORE,
            'load_balancer': _BEFORE,
            'previous_flavor_id': 'small-id',
            'previous_flavor': 'small',
            'new_flavor_id': 'large-id',
            'new_flavor': 'large',
            'is_recorded': True,
            **fields,
        },
    )


def _to_the_same(result: Result, **fields: Any) -> Outcome:
    return _outcome(
        result, new_flavor_id='small-id', new_flavor='small', **fields
    )


class TestState(testtools.TestCase):
    def test_state(self) -> None:
        building = {'phase': 'building', 'amphorae_to_build': 2}
        for resize, state in (
            (None, 'ACTIVE'),
            (_resize_in('RUNNING'), 'ACTIVE'),
            (_resize_in('RUNNING', phase='switching'), 'switching'),
            (_resize_in('RUNNING', **building), 'building amphorae 0 of 2'),
            (
                _resize_in('RUNNING', amphorae_built=1, **building),
                'building amphorae 1 of 2',
            ),
        ):
            outcome = _outcome(Result.ACCEPTED, resize=resize)
            self.assertEqual(state, messages.state(outcome))


class TestBefore(written.TestCase):
    def _refused(self, status: str, **fields: Any) -> Outcome:
        return _outcome(
            Result.REFUSED,
            load_balancer=_status(status),
            error=Refusal({'state': 'It is so'}),
            **fields,
        )

    def test_not_requested(self) -> None:
        busy = 'PENDING_UPDATE'
        dropped = _resize.DryRunDropped('resize')
        too_late = _resize_in('RUNNING', can_cancel=False)
        cancelling = _resize_in('CANCELLING')
        running = _resize_in('RUNNING')
        self.check(
            messages.not_requested,
            {
                'begun': _outcome(Result.FAILED, error=dropped),
                'no record': _outcome(
                    Result.FAILED, error=dropped, is_recorded=False
                ),
                'not found': Outcome('a', result=Result.NOT_FOUND, error=_NO),
                'by the service': _outcome(Result.REFUSED, error=_NO),
                'running': self._refused(busy, resize=running),
                'too late': self._refused(busy, resize=too_late),
                'cancelling': self._refused(busy, resize=cancelling),
                'flavor': self._refused('ACTIVE'),
                'deleting': self._refused('PENDING_DELETE'),
                'busy': self._refused(busy),
            },
            """
            begun:
                Load balancer web (123) is being resized to large: something
                before the service has dropped "dry_run" from the request,
                and the service has accepted the resize
                - To cancel: loadbalancer resize cancel web
            no record:
                Load balancer web (123) is being resized to large: something
                before the service has dropped "dry_run" from the request,
                and the service has accepted the resize
            not found:
                It says no
            by the service:
                Load balancer web (123) cannot be resized to large: It says
                no
            running:
                It is so
                - To cancel that resize: loadbalancer resize cancel web
            too late:
                It is so
                - To check: loadbalancer resize show web
            cancelling:
                It is so
                - To check: loadbalancer resize show web
            flavor:
                It is so
            deleting:
                It is so
            busy:
                It is so
                - To check: loadbalancer show -c provisioning_status web
            """,
        )

    def test_already(self) -> None:
        cancelling = _resize_in('CANCELLING')
        self.check(
            messages.already,
            {
                'unchanged': _to_the_same(Result.UNCHANGED),
                'running': _outcome(Result.ACCEPTED),
                'cancelling': _to_the_same(Result.ACCEPTED, resize=cancelling),
            },
            """
            unchanged:
                Load balancer web (123) already has flavor small
            running:
                Load balancer web (123) is being resized to large already
            cancelling:
                Load balancer web (123) is returning to flavor small, as its
                resize to large is being cancelled
            """,
        )

    def _previewed(self, web: str, shop: str | None) -> list[Outcome]:
        preview = _resize.LoadBalancerResizePreview.existing
        return [
            _outcome(
                Result.NOT_STARTED, name, preview=preview(traffic=traffic)
            )
            for name, traffic in (('web', web), ('shop', shop))
        ]

    def test_traffic(self) -> None:
        self.check(
            dry_run.traffic,
            {
                'same': self._previewed('No gap.', 'No gap.'),
                'one': self._previewed('No gap.', None),
                'two': self._previewed('No gap.', 'Some.'),
            },
            """
            same:
                Traffic meanwhile: No gap
            one:
                Traffic meanwhile: No gap
            two:
                Traffic of web meanwhile: No gap
                Traffic of shop meanwhile: Some
            """,
        )


class TestDryRunRows(testtools.TestCase):
    FLAVOR = ('flavor', 'small', 'large', 'ok')
    STATE = ('state', 'ACTIVE', None, 'ok')

    def _check(self, outcome: Outcome, *rows: tuple[Any, ...]) -> None:
        self.assertEqual(
            [(outcome.argument, *row) for row in rows],
            list(dry_run.rows([outcome])),
        )

    def test_of_the_service(self) -> None:
        preview = _resize.LoadBalancerResizePreview.existing(
            topology='SINGLE',
            profile=[
                {'name': 'compute_flavor', 'from': '1', 'to': '2'},
                {'name': 'sriov_vip', 'from': None, 'to': None},
            ],
        )
        self._check(
            _outcome(Result.NOT_STARTED, preview=preview),
            self.FLAVOR,
            self.STATE,
            ('service', None, None, 'ok'),
            ('topology', 'SINGLE', 'SINGLE', 'same'),
            ('compute_flavor', '1', '2', 'changes'),
            ('sriov_vip', None, None, 'same'),
        )

    def test_without_one(self) -> None:
        self._check(
            _outcome(Result.NOT_STARTED),
            self.FLAVOR,
            self.STATE,
            ('service', None, None, 'not checked'),
        )
        self._check(_outcome(Result.UNCHANGED), self.FLAVOR, self.STATE)
        self._check(
            Outcome('nope', result=Result.NOT_FOUND, error=_NO),
            (None, None, None, 'not found'),
        )

    def test_each_subject_that_refuses(self) -> None:
        for error, *rows in (
            (
                Refusal({'flavor': 'It is bad.', 'provider': 'It cannot.'}),
                ('flavor', 'small', 'large', 'refused'),
                self.STATE,
                ('provider', None, None, 'refused'),
            ),
            (
                Refusal({'state': 'It is busy.'}),
                self.FLAVOR,
                ('state', 'ACTIVE', None, 'refused'),
            ),
            (
                _NO,
                self.FLAVOR,
                self.STATE,
                ('service', None, None, 'refused'),
            ),
        ):
            self._check(_outcome(Result.REFUSED, error=error), *rows)


class TestAfterTheRequest(written.TestCase):
    def test_not_accepted(self) -> None:
        def lost(**fields: Any) -> Outcome:
            return _outcome(Result.FAILED, error=_LOST, **fields)

        broken = _status('ERROR')
        self.check(
            messages.not_accepted,
            {
                'deleted': lost(is_deleted=True),
                'doubt': lost(doubt=_NO),
                'unchanged': lost(),
                'no flavor': lost(previous_flavor=None),
                'deleting': lost(load_balancer=_status('PENDING_DELETE')),
                'error': lost(load_balancer=_status('ERROR')),
                'busy': lost(load_balancer=_status('PENDING_UPDATE')),
                'final': _outcome(Result.FAILED, error=_NO),
                'same flavor': _to_the_same(
                    Result.REFUSED,
                    error=_NO,
                    before=broken,
                    load_balancer=broken,
                ),
            },
            """
            deleted:
                Load balancer web (123) was not resized to large: the
                service's answer cannot be read: it is not JSON. The load
                balancer has been deleted meanwhile
            doubt:
                Load balancer web (123) was not resized to large: the
                service's answer cannot be read: it is not JSON. Failed to
                get the load balancer afterwards: It says no. Run the same
                command again: it resizes only what is not being resized yet
            unchanged:
                Load balancer web (123) was not resized to large: the
                service's answer cannot be read: it is not JSON. The load
                balancer is unchanged: ACTIVE with flavor small; run the
                same command again
            no flavor:
                Load balancer web (123) was not resized to large: the
                service's answer cannot be read: it is not JSON. The load
                balancer is unchanged: ACTIVE with no flavor; run the same
                command again
            deleting:
                Load balancer web (123) was not resized to large: the
                service's answer cannot be read: it is not JSON. The load
                balancer is now PENDING_DELETE
            error:
                Load balancer web (123) was not resized to large: the
                service's answer cannot be read: it is not JSON. The load
                balancer is now ERROR; run the same command again
            busy:
                Load balancer web (123) was not resized to large: the
                service's answer cannot be read: it is not JSON. The load
                balancer is now PENDING_UPDATE; run the same command again
                when the load balancer is ACTIVE
            final:
                Load balancer web (123) was not resized to large: It says
                no. The load balancer is unchanged: ACTIVE with flavor small
            same flavor:
                Load balancer web (123) was not resized to small: It says
                no. The load balancer is unchanged: ERROR with flavor small
                - An administrator can fail the load balancer over:
                  loadbalancer failover 123
            """,
        )

    def test_how_to_cancel(self) -> None:
        accepted = _outcome(Result.ACCEPTED)
        self.check(
            messages.how_to_cancel,
            {
                'none': [_outcome(Result.FAILED), _outcome(Result.UNCHANGED)],
                'back': [_to_the_same(Result.ACCEPTED)],
                'no record': [_outcome(Result.ACCEPTED, is_recorded=False)],
                'one': [accepted],
                'two': [accepted, accepted],
            },
            """
            none:
            back:
            no record:
            one:
                - To cancel: loadbalancer resize cancel web
            two:
                - To cancel: loadbalancer resize cancel <load-balancer>
            """,
        )


class TestAfterTheEnd(written.TestCase):
    def test_how_to_undo(self) -> None:
        def resized(argument: str = 'web', **fields: Any) -> list[Outcome]:
            return [_outcome(Result.RESIZED, argument, **fields)]

        self.check(
            messages.how_to_undo,
            {
                'rebuilt': [_to_the_same(Result.RESIZED)],
                'failed': [_outcome(Result.FAILED)],
                'two': resized() + resized('shop'),
                'no flavor': resized(previous_flavor=None),
                'disabled': resized(is_previous_flavor_offered=False),
                'odd flavor': resized(previous_flavor='-small'),
                'odd name': resized('-web'),
            },
            """
            rebuilt:
            failed:
            two:
                - To undo: loadbalancer resize --wait --flavor small web
                  shop
            no flavor:
                Load balancer web (123) had no flavor before, which a resize
                cannot return to
            disabled:
                Load balancer web (123) had flavor small before, which is
                disabled by now: a resize cannot return to that flavor
            odd flavor:
                - To undo: loadbalancer resize --wait --flavor=-small web
            odd name:
                - To undo: loadbalancer resize --wait --flavor small 123
            """,
        )

    def _failed(self, resize: Any, status='ERROR', **fields: Any) -> Outcome:
        return _outcome(
            Result.FAILED,
            **{
                'load_balancer': _status(status),
                'resize': resize,
                'error': ResizeFailure('It is', None, resize),
                **fields,
            },
        )

    def test_failed(self) -> None:
        no_flavor = {
            'load_balancer': _status('ERROR', flavor_id=None),
            'previous_flavor_id': None,
            'previous_flavor': None,
        }
        over = _resize_in('FAILED', reason='No host.')
        to_cancel = _resize_in('FAILED', reason='No host.', can_cancel=True)
        same = {'new_flavor_id': 'small-id', 'new_flavor': 'small'}
        self.check(
            messages.failed,
            {
                'deleted': self._failed(over, is_deleted=True),
                'cancel': self._failed(over, is_cancel=True),
                'active': self._failed(None, 'ACTIVE'),
                'no amphora replaced': self._failed(to_cancel),
                'amphora replaced': self._failed(over),
                'disabled': self._failed(
                    over, is_previous_flavor_offered=False
                ),
                'specification only': self._failed(None),
                'no flavor': self._failed(over, **no_flavor),
                'same flavor': self._failed(over, **same),
                'reason not read': self._failed(
                    None,
                    error=ResizeFailure('It is', doubt=ValueError('no JSON')),
                ),
            },
            """
            deleted:
                Load balancer web (123) was deleted meanwhile
            cancel:
                Load balancer web (123) is ERROR with flavor small: No host
                - To check: loadbalancer resize show web
            active:
                Load balancer web (123) is ACTIVE with flavor small
            no amphora replaced:
                Load balancer web (123) is ERROR with flavor small: No host
                - To cancel: loadbalancer resize cancel web
                - To try again: loadbalancer resize --wait --flavor large
                  web
            amphora replaced:
                Load balancer web (123) is ERROR with flavor small: No host
                - To rebuild with flavor small: loadbalancer resize --wait
                  --flavor small web
                - To try again: loadbalancer resize --wait --flavor large
                  web
            disabled:
                Load balancer web (123) is ERROR with flavor small: No host
                - An administrator can fail the load balancer over:
                  loadbalancer failover 123
                - To try again: loadbalancer resize --wait --flavor large
                  web
            specification only:
                Load balancer web (123) is ERROR with flavor small
                - An administrator can fail the load balancer over:
                  loadbalancer failover 123
                - To try again: loadbalancer resize --wait --flavor large
                  web
            no flavor:
                Load balancer web (123) is ERROR with no flavor: No host
                - An administrator can fail the load balancer over:
                  loadbalancer failover 123
                - To try again: loadbalancer resize --wait --flavor large
                  web
            same flavor:
                Load balancer web (123) is ERROR with flavor small: No host
                - An administrator can fail the load balancer over:
                  loadbalancer failover 123
            reason not read:
                Load balancer web (123) is ERROR with flavor small. Failed
                to get the reason: the service's answer cannot be read: no
                JSON
                - An administrator can fail the load balancer over:
                  loadbalancer failover 123
                - To try again: loadbalancer resize --wait --flavor large
                  web
            """,
        )

    def test_ended_early(self) -> None:
        timeout = exceptions.ResourceTimeout('Timed out after 5 seconds')

        def early(result: Result, **fields: Any) -> Outcome:
            busy = _status('PENDING_UPDATE')
            return _outcome(result, load_balancer=busy, **fields)

        too_late = _resize_in('RUNNING', can_cancel=False)
        self.check(
            messages.ended_early,
            {
                'timeout': early(Result.TIMED_OUT, error=timeout),
                'no record': early(
                    Result.TIMED_OUT, error=timeout, is_recorded=False
                ),
                'fault': early(Result.UNKNOWN, error=_LOST),
                'too late': early(Result.INTERRUPTED, resize=too_late),
                'cancel': early(Result.INTERRUPTED, is_cancel=True),
            },
            """
            timeout:
                Timed out after 5 seconds. Load balancer web (123) was
                PENDING_UPDATE at the last poll; the resize continues
                - To check: loadbalancer resize show web
                - To cancel: loadbalancer resize cancel web
            no record:
                Timed out after 5 seconds. Load balancer web (123) was
                PENDING_UPDATE at the last poll; the resize continues
                - To check: loadbalancer show -c provisioning_status web
            fault:
                Stopped waiting: the service's answer cannot be read: it is
                not JSON. Load balancer web (123) was PENDING_UPDATE at the
                last poll; the resize continues
                - To check: loadbalancer resize show web
                - To cancel: loadbalancer resize cancel web
            too late:
                Interrupted. Load balancer web (123) was PENDING_UPDATE at
                the last poll; the resize continues
                - To check: loadbalancer resize show web
            cancel:
                Interrupted. Load balancer web (123) was PENDING_UPDATE at
                the last poll; the cancel continues
                - To check: loadbalancer resize show web
            """,
        )


class TestCancel(written.TestCase):
    def test_not_cancelled(self) -> None:
        def failed(**fields: Any) -> Outcome:
            return _outcome(Result.FAILED, **{'error': _NO, **fields})

        over = _resize_in('COMPLETED')
        self.check(
            messages.not_cancelled,
            {
                'deleted': failed(is_deleted=True),
                'doubt': failed(doubt=_NO),
                'lost': failed(error=_LOST),
                'over': failed(resize=over),
                'disabled': failed(
                    resize=over, is_previous_flavor_offered=False
                ),
            },
            """
            deleted:
                The resize of load balancer web (123) was not cancelled: It
                says no. The load balancer has been deleted meanwhile
            doubt:
                The resize of load balancer web (123) was not cancelled: It
                says no. Failed to get the load balancer afterwards: It says
                no
            lost:
                The resize of load balancer web (123) was not cancelled: the
                service's answer cannot be read: it is not JSON. The load
                balancer is ACTIVE; run the same command again
            over:
                The resize of load balancer web (123) was not cancelled: It
                says no. The load balancer is ACTIVE
                - To undo: loadbalancer resize --wait --flavor small web
            disabled:
                The resize of load balancer web (123) was not cancelled: It
                says no. The load balancer is ACTIVE
            """,
        )

    def test_others(self) -> None:
        running = {'running': _outcome(Result.ACCEPTED)}
        self.check(
            messages.interrupted_while_cancelling,
            {'running': [_outcome(Result.ACCEPTED)]},
            """
            running:
                Interrupted while sending the request: it is unknown whether
                the resize of load balancer web (123) is cancelled. Run the
                same command again
            """,
        )
        self.check(
            messages.is_being_cancelled,
            running,
            """
            running:
                The resize of load balancer web (123) is being cancelled
                already
            """,
        )

    def test_cancelled(self) -> None:
        in_error = _outcome(
            Result.CANCELLED,
            load_balancer=_status('ERROR'),
            resize=_resize_in('CANCELLED'),
        )
        self.check(
            messages.cancelled,
            {
                'active': _outcome(Result.UNCHANGED),
                'error': in_error,
                'disabled': dataclasses.replace(
                    in_error, is_previous_flavor_offered=False
                ),
            },
            """
            active:
                The resize of load balancer web (123) is cancelled already;
                the load balancer is ACTIVE with flavor small
            error:
                The resize of load balancer web (123) is cancelled; the load
                balancer is ERROR with flavor small, as before
                - To rebuild with flavor small: loadbalancer resize --wait
                  --flavor small web
                - To try again: loadbalancer resize --wait --flavor large
                  web
            disabled:
                The resize of load balancer web (123) is cancelled; the load
                balancer is ERROR with flavor small, as before
                - An administrator can fail the load balancer over:
                  loadbalancer failover 123
                - To try again: loadbalancer resize --wait --flavor large
                  web
            """,
        )
