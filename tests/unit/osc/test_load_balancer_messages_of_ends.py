# SPDX-License-Identifier: Apache-2.0
"""Each message of the load balancer commands about an end, once."""

import dataclasses
from typing import Any

from openstack import exceptions

from resize_client.osc import load_balancer_messages as messages
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import ResizeFailure
from resize_client.sdk.outcome import Result
from tests.unit.osc import load_balancer_outcomes as outcomes
from tests.unit.osc import written


class TestAfterTheEnd(written.TestCase):
    def test_how_to_undo(self) -> None:
        def resized(argument: str = 'web', **fields: Any) -> list[Outcome]:
            return [outcomes.outcome(Result.RESIZED, argument, **fields)]

        self.check(
            messages.how_to_undo,
            {
                'rebuilt': [outcomes.to_the_same(Result.RESIZED)],
                'failed': [outcomes.outcome(Result.FAILED)],
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
        return outcomes.outcome(
            Result.FAILED,
            **{
                'load_balancer': outcomes.with_status(status),
                'resize': resize,
                'error': ResizeFailure('It is', None, resize),
                **fields,
            },
        )

    def test_failed(self) -> None:
        no_flavor = {
            'load_balancer': outcomes.with_status('ERROR', flavor_id=None),
            'previous_flavor_id': None,
            'previous_flavor': None,
        }
        over = outcomes.resize_in('FAILED', reason='No host.')
        to_cancel = outcomes.resize_in(
            'FAILED', reason='No host.', can_cancel=True
        )
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
            busy = outcomes.with_status('PENDING_UPDATE')
            return outcomes.outcome(result, load_balancer=busy, **fields)

        too_late = outcomes.resize_in('RUNNING', can_cancel=False)
        self.check(
            messages.ended_early,
            {
                'timeout': early(Result.TIMED_OUT, error=timeout),
                'no record': early(
                    Result.TIMED_OUT, error=timeout, is_recorded=False
                ),
                'fault': early(Result.UNKNOWN, error=outcomes.LOST),
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
            return outcomes.outcome(
                Result.FAILED, **{'error': outcomes.NO, **fields}
            )

        over = outcomes.resize_in('COMPLETED')
        self.check(
            messages.not_cancelled,
            {
                'deleted': failed(is_deleted=True),
                'doubt': failed(doubt=outcomes.NO),
                'lost': failed(error=outcomes.LOST),
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
        running = {'running': outcomes.outcome(Result.ACCEPTED)}
        self.check(
            messages.interrupted_while_cancelling,
            {'running': [outcomes.outcome(Result.ACCEPTED)]},
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
        in_error = outcomes.outcome(
            Result.CANCELLED,
            load_balancer=outcomes.with_status('ERROR'),
            resize=outcomes.resize_in('CANCELLED'),
        )
        self.check(
            messages.cancelled,
            {
                'active': outcomes.outcome(Result.UNCHANGED),
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
