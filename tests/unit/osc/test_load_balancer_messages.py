# SPDX-License-Identifier: Apache-2.0
"""Each message of the load balancer commands before they wait, once."""

from typing import Any

import testtools

from resize_client.osc import load_balancer_dry_run as dry_run
from resize_client.osc import load_balancer_messages as messages
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result
from tests.unit.osc import load_balancer_outcomes as outcomes
from tests.unit.osc import written


class TestState(testtools.TestCase):
    def test_state(self) -> None:
        building = {'phase': 'building', 'amphorae_to_build': 2}
        for resize, state in (
            (None, 'ACTIVE'),
            (outcomes.resize_in('RUNNING'), 'ACTIVE'),
            (outcomes.resize_in('RUNNING', phase='switching'), 'switching'),
            (
                outcomes.resize_in('RUNNING', **building),
                'building amphorae 0 of 2',
            ),
            (
                outcomes.resize_in('RUNNING', amphorae_built=1, **building),
                'building amphorae 1 of 2',
            ),
        ):
            outcome = outcomes.outcome(Result.ACCEPTED, resize=resize)
            self.assertEqual(state, messages.state(outcome))


class TestBefore(written.TestCase):
    def _refused(self, status: str, **fields: Any) -> Outcome:
        return outcomes.outcome(
            Result.REFUSED,
            load_balancer=outcomes.with_status(status),
            error=Refusal({'state': 'It is so'}),
            **fields,
        )

    def test_not_requested(self) -> None:
        busy = 'PENDING_UPDATE'
        dropped = _resize.DryRunDropped('resize')
        too_late = outcomes.resize_in('RUNNING', can_cancel=False)
        cancelling = outcomes.resize_in('CANCELLING')
        running = outcomes.resize_in('RUNNING')
        self.check(
            messages.not_requested,
            {
                'begun': outcomes.outcome(Result.FAILED, error=dropped),
                'no record': outcomes.outcome(
                    Result.FAILED, error=dropped, is_recorded=False
                ),
                'not found': Outcome(
                    'a', result=Result.NOT_FOUND, error=outcomes.NO
                ),
                'by the service': outcomes.outcome(
                    Result.REFUSED, error=outcomes.NO
                ),
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
        cancelling = outcomes.resize_in('CANCELLING')
        self.check(
            messages.already,
            {
                'unchanged': outcomes.to_the_same(Result.UNCHANGED),
                'running': outcomes.outcome(Result.ACCEPTED),
                'cancelling': outcomes.to_the_same(
                    Result.ACCEPTED, resize=cancelling
                ),
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
            outcomes.outcome(
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


class TestAfterTheRequest(written.TestCase):
    def test_not_accepted(self) -> None:
        def lost(**fields: Any) -> Outcome:
            return outcomes.outcome(
                Result.FAILED, error=outcomes.LOST, **fields
            )

        broken = outcomes.with_status('ERROR')
        self.check(
            messages.not_accepted,
            {
                'deleted': lost(is_deleted=True),
                'doubt': lost(doubt=outcomes.NO),
                'unchanged': lost(),
                'no flavor': lost(previous_flavor=None),
                'deleting': lost(
                    load_balancer=outcomes.with_status('PENDING_DELETE')
                ),
                'error': lost(load_balancer=outcomes.with_status('ERROR')),
                'busy': lost(
                    load_balancer=outcomes.with_status('PENDING_UPDATE')
                ),
                'final': outcomes.outcome(Result.FAILED, error=outcomes.NO),
                'same flavor': outcomes.to_the_same(
                    Result.REFUSED,
                    error=outcomes.NO,
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
        accepted = outcomes.outcome(Result.ACCEPTED)
        self.check(
            messages.how_to_cancel,
            {
                'none': [
                    outcomes.outcome(Result.FAILED),
                    outcomes.outcome(Result.UNCHANGED),
                ],
                'back': [outcomes.to_the_same(Result.ACCEPTED)],
                'no record': [
                    outcomes.outcome(Result.ACCEPTED, is_recorded=False)
                ],
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
