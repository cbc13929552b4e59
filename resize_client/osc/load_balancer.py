# SPDX-License-Identifier: Apache-2.0

"""Load balancer resize action implementation"""

import abc
import argparse
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
import dataclasses
import functools

from openstack.load_balancer.v2 import load_balancer as _lb
from osc_lib.command import command as osc_command

from resize_client.osc import command
from resize_client.osc import errors
from resize_client.osc import load_balancer_dry_run as dry_run
from resize_client.osc import load_balancer_messages as messages
from resize_client.osc import (
    load_balancer_rollout_messages as rollout_messages,
)
from resize_client.osc import load_balancer_selection as selection
from resize_client.osc import output
from resize_client.osc import rollout_command
from resize_client.osc import rollout_options
from resize_client.sdk import rollout
from resize_client.sdk.load_balancer import _proxy
from resize_client.sdk.load_balancer import find
from resize_client.sdk.load_balancer import plan
from resize_client.sdk.load_balancer import request
from resize_client.sdk.load_balancer import waiting
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Result

_Table = tuple[Sequence[str], Iterable[tuple[object, ...]]]
_Planner = Callable[..., list[Outcome]]

_COLUMNS = (
    *('id', 'name', 'previous_flavor', 'new_flavor'),
    *('provisioning_status', 'result'),
)


class _ChangeLoadBalancer(
    rollout_command.RolloutCommand[Outcome], osc_command.Lister
):
    """Changes load balancers and may wait for them."""

    def wait(
        self, proxy: _proxy.Proxy, outcomes: Sequence[Outcome], timeout: float
    ) -> list[Outcome]:
        """Wait for what was accepted, and show errors and early ends."""
        followed = rollout_command.keys_to_follow(outcomes)
        if not followed:
            return list(outcomes)
        limits = rollout.Limits(timeout=timeout)
        waited = self.follow(
            functools.partial(waiting.roll_out, proxy, outcomes, limits),
            {outcome.key: outcome for outcome in outcomes},
            messages.state,
            messages.last_state,
        )
        ended = [outcome for outcome in waited if outcome.key in followed]
        for outcome in ended:
            if outcome.result is Result.FAILED:
                self.show_error(messages.failed(outcome))
            elif outcome.result is Result.REFUSED:
                self.show_error(messages.not_accepted(outcome))
        for outcome in ended:
            if outcome.result in messages.EARLY:
                error, *hints = messages.ended_early(outcome)
                self.show_error(error)
                self.show_hints(*hints)
        return waited

    def table(self, outcomes: Sequence[Outcome]) -> _Table:
        """Return the table of the results, and set the exit status."""
        self.exit_status = self.exit_status or command.exit_status_of(
            outcome.result for outcome in outcomes
        )
        return _COLUMNS, map(command.cells, map(_row, outcomes))


def _row(outcome: Outcome) -> Sequence[object]:
    found = outcome.load_balancer
    return (
        outcome.id or None,
        outcome.argument if found is None else found.name,
        outcome.previous_flavor,
        outcome.new_flavor,
        outcome.status,
        str(outcome.result),
    )


class _RenewLoadBalancer(_ChangeLoadBalancer):
    """Gives load balancers new amphorae."""

    #: The operation, as options name it
    operation: str

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        self._parser = parser
        selection.add_selection_arguments(parser, self.operation)
        parser.add_argument(
            '--drain',
            metavar='<seconds>',
            type=command.whole_seconds,
            help='For so long, close connections that clients keep, each '
            'after a request, before the new amphorae take over; 0 for not at '
            "all (default: what the cloud's operator has chosen)",
        )
        command.add_wait_arguments(parser, f'the {self.operation} has ended')
        rollout_options.add_limit_arguments(parser)
        command.add_dry_run_argument(parser, self.operation)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> _Table:
        wrong = selection.contradiction(parsed_args)
        if wrong is not None:
            self._parser.error(wrong)
        self.check_wait_arguments(parsed_args)
        proxy, outcomes = self._plan_or_refuse(parsed_args)
        if not outcomes:
            return self.table(outcomes)
        is_refused = self._show_plan(outcomes)
        if parsed_args.dry_run:
            if not is_refused:
                self.show_hints(*dry_run.why_outdated(outcomes))
                self.show_hints(*dry_run.traffic(outcomes))
            self.table(outcomes)
            return dry_run.COLUMNS, map(command.cells, dry_run.rows(outcomes))
        if is_refused:
            results = {outcome.result for outcome in outcomes}
            if len(outcomes) > 1 and Result.FAILED not in results:
                self.show_error(messages.NONE_CHANGED)
            return self.table(outcomes)
        self.if_interrupted = messages.interrupted_while_sending(outcomes)
        if parsed_args.wait and len(outcomes) > 1:
            outcomes = self.roll_out(
                functools.partial(waiting.roll_out, proxy),
                outcomes,
                rollout_options.limits_of(parsed_args),
                rollout_messages,
            )
            self.show_hints(*messages.how_to_undo(outcomes))
            return self.table(outcomes)
        outcomes = self.send(
            functools.partial(request.send_all, proxy), outcomes
        )
        for outcome in outcomes:
            if outcome.error is not None:
                self.show_error(messages.not_accepted(outcome))
            elif outcome.is_attached:
                self.show_hints(messages.already(outcome))
        if self.exit_status == command.INTERRUPTED:
            self.show_error(self.if_interrupted)
        elif not parsed_args.wait:
            self.show_hints(*messages.how_to_cancel(outcomes))
        else:
            outcomes = self.wait(proxy, outcomes, parsed_args.timeout)
            self.show_hints(*messages.how_to_undo(outcomes))
        return self.table(outcomes)

    def _plan_or_refuse(
        self, parsed_args: argparse.Namespace
    ) -> tuple[_proxy.Proxy, list[Outcome]]:
        named = parsed_args.load_balancers
        try:
            proxy = self.connection.load_balancer
            chosen = named or self._select(parsed_args)
            outcomes = self._planner(parsed_args)(
                proxy,
                chosen,
                drain_seconds=parsed_args.drain,
                dry_run=parsed_args.dry_run,
            )
            return proxy, outcomes
        except Exception as exc:
            subject = 'the selection'
            if named:
                count = len(set(named))
                subject = (
                    f'load balancer {named[0]}'
                    if count == 1
                    else f'one of {count} load balancers'
                )
            raise errors.refuse(exc, subject) from exc

    def _select(
        self, parsed_args: argparse.Namespace
    ) -> list[_lb.LoadBalancer]:
        """List what is selected, and show how many there are."""
        found = selection.select(self.connection, parsed_args)
        options = selection.selection_of(parsed_args)
        self.show_hints(rollout_messages.selected(len(found), options))
        return found

    @abc.abstractmethod
    def _planner(self, parsed_args: argparse.Namespace) -> _Planner:
        """Return what checks the requests."""

    def _show_plan(self, outcomes: Sequence[Outcome]) -> bool:
        """Show what is not requested; return whether one is refused."""
        is_refused = False
        unchanged = [o for o in outcomes if o.result is Result.UNCHANGED]
        if len(unchanged) > output.MOST_LINES:
            self.show_hints(rollout_messages.unchanged(unchanged))
            outcomes = [
                o for o in outcomes if o.result is not Result.UNCHANGED
            ]
        for outcome in outcomes:
            if outcome.error is not None:
                is_refused = is_refused or outcome.stops_all
                self.show_error(messages.not_requested(outcome))
            elif outcome.result is not Result.NOT_STARTED:
                self.show_hints(messages.already(outcome))
        return is_refused


class ResizeLoadBalancer(_RenewLoadBalancer):
    """Change the flavor of load balancers in place.

    A load balancer keeps its VIP, listeners, pools, members and policies. It
    must be ACTIVE or ERROR; the new flavor must have the same provider and
    topology as the one that it has.
    """

    operation = 'resize'

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--flavor',
            metavar='<flavor>',
            required=True,
            help='Flavor to change to (name or ID)',
        )
        return parser

    def _planner(self, parsed_args: argparse.Namespace) -> _Planner:
        return functools.partial(
            plan.plan_resizes,
            flavor=parsed_args.flavor,
            may_attach=parsed_args.wait and not parsed_args.dry_run,
        )


class RebuildLoadBalancer(_RenewLoadBalancer):
    """Give load balancers new amphorae of the flavor that they have.

    From the newest image, by the same steps as a resize, which lose no
    connection that clients open meanwhile. For administrators of load
    balancers. 'openstack loadbalancer resize show' shows a rebuild, and
    'openstack loadbalancer resize cancel' cancels it.
    """

    operation = 'rebuild'

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--outdated',
            action='store_true',
            help='Leave alone load balancers that are ACTIVE and have the '
            'image and the compute flavor that a rebuild would give them',
        )
        return parser

    def _planner(self, parsed_args: argparse.Namespace) -> _Planner:
        return functools.partial(
            plan.plan_rebuilds, only_outdated=parsed_args.outdated
        )


class CancelLoadBalancerResize(_ChangeLoadBalancer):
    """Return load balancers to their previous flavor while they are resized.

    Or keep their amphorae while they are rebuilt. Also after a resize or
    rebuild that has failed and has replaced no amphora.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'load_balancers',
            metavar='<load-balancer>',
            nargs='+',
            help='Load balancer whose resize or rebuild to cancel (name or '
            'ID)',
        )
        command.add_wait_arguments(
            parser, 'the load balancers have their previous flavor again'
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> _Table:
        self.check_wait_arguments(parsed_args)
        proxy, outcomes = self._plan(parsed_args.load_balancers)
        self.if_interrupted = messages.interrupted_while_cancelling(outcomes)
        outcomes = self.send(
            functools.partial(request.cancel_all, proxy), outcomes
        )
        if self.exit_status == command.INTERRUPTED:
            self.show_error(self.if_interrupted)
            return self.table(outcomes)
        for outcome in outcomes:
            self._show_sent(proxy, outcome)
        if parsed_args.wait:
            outcomes = self.wait(proxy, outcomes, parsed_args.timeout)
        for outcome in outcomes:
            self._show_end(proxy, outcome)
        return self.table(outcomes)

    def _plan(
        self, named: Sequence[str]
    ) -> tuple[_proxy.Proxy, list[Outcome]]:
        """Check all cancels before the first is sent."""
        try:
            proxy = self.connection.load_balancer
        except Exception as exc:
            raise errors.refuse(exc, f'load balancer {named[0]}') from exc
        outcomes = plan.plan_cancels(proxy, named)
        only = outcomes[0]
        if len(outcomes) == 1 and only.before is None:
            assert only.error is not None
            subject = f'load balancer {only.argument}'
            raise errors.refuse(only.error, subject) from only.error
        return proxy, outcomes

    def _show_sent(self, proxy: _proxy.Proxy, outcome: Outcome) -> None:
        if outcome.before is None:
            self.show_error(messages.not_found(outcome))
        elif outcome.result in (Result.REFUSED, Result.FAILED):
            outcome = _with_previous_flavor(proxy, outcome)
            self.show_error(messages.not_cancelled(outcome))
        elif outcome.error is not None:
            self.show_hints(messages.is_being_cancelled(outcome))

    def _show_end(self, proxy: _proxy.Proxy, outcome: Outcome) -> None:
        """Show what the table doesn't, such as the ways out of ERROR."""
        if outcome.status == 'ERROR' and outcome.result in (
            Result.CANCELLED,
            Result.UNCHANGED,
        ):
            outcome = _with_previous_flavor(proxy, outcome)
        elif outcome.result is not Result.UNCHANGED:
            return
        self.show_hints(messages.cancelled(outcome))


def _with_previous_flavor(proxy: _proxy.Proxy, outcome: Outcome) -> Outcome:
    """Set whether a resize to the previous flavor is possible."""
    flavor_id = outcome.previous_flavor_id
    return dataclasses.replace(
        outcome,
        is_previous_flavor_offered=flavor_id is not None
        and find.readable_flavors(proxy).is_offered(flavor_id),
    )
