# SPDX-License-Identifier: Apache-2.0

"""Load balancer resize action implementation"""

import argparse
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
import dataclasses

from openstack import exceptions
from osc_lib import exceptions as osc_exceptions
from osc_lib.command import command as osc_command

from resize_client.osc import command
from resize_client.osc import errors
from resize_client.osc import load_balancer_messages as messages
from resize_client.osc import output
from resize_client.sdk.load_balancer import _proxy
from resize_client.sdk.load_balancer import find
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import plan
from resize_client.sdk.load_balancer import request
from resize_client.sdk.load_balancer import waiting
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Result

_EARLY = (Result.TIMED_OUT, Result.INTERRUPTED, Result.UNKNOWN)

_Table = tuple[Sequence[str], Iterable[tuple[object, ...]]]

_Send = Callable[
    [_proxy.Proxy, Sequence[Outcome], Callable[[Outcome], None]], list[Outcome]
]


class _LoadBalancerCommand(command.Command, osc_command.Lister):
    """Changes load balancers and may wait for them."""

    def _send(
        self, send: _Send, proxy: _proxy.Proxy, outcomes: Sequence[Outcome]
    ) -> list[Outcome]:
        """Send requests; after an interrupt, return what is known."""
        latest = {outcome.id: outcome for outcome in outcomes}

        def seen(outcome: Outcome) -> None:
            latest[outcome.id] = outcome

        try:
            return send(proxy, outcomes, seen)
        except KeyboardInterrupt:
            self.exit_status = command.INTERRUPTED
            return list(latest.values())

    def _wait(
        self, proxy: _proxy.Proxy, outcomes: Sequence[Outcome], timeout: float
    ) -> list[Outcome]:
        """Wait for what was accepted, and show errors and early ends."""
        latest = {outcome.id: outcome for outcome in outcomes}
        labels = {
            o.id: o.label for o in outcomes if o.result is Result.ACCEPTED
        }
        if not labels:
            return list(outcomes)
        try:
            with output.progress(
                self.app.stderr, list(labels.values()), quiet=self.is_quiet
            ) as display:

                def seen(outcome: Outcome) -> None:
                    latest[outcome.id] = outcome
                    if outcome.result is Result.ACCEPTED:
                        display.update(outcome.label, messages.state(outcome))
                    else:
                        display.finish(outcome.label, str(outcome.status))

                waited = waiting.follow(
                    proxy, outcomes, timeout=timeout, callback=seen
                )
        except KeyboardInterrupt:
            waited = [_interrupted(outcome) for outcome in latest.values()]
        ended = [outcome for outcome in waited if outcome.id in labels]
        for outcome in ended:
            if outcome.result is Result.FAILED:
                self.show_error(messages.failed(outcome))
        for outcome in ended:
            if outcome.result in _EARLY:
                error, *hints = messages.ended_early(outcome)
                self.show_error(error)
                self.show_hints(*hints)
        return waited

    def _table(self, outcomes: Sequence[Outcome]) -> _Table:
        """Return the table of the results, and set the exit status."""
        self.exit_status = self.exit_status or command.exit_status_of(
            outcome.result for outcome in outcomes
        )
        records = [_record(outcome) for outcome in outcomes]
        return tuple(records[0]), [command.cells(r.values()) for r in records]


def _interrupted(outcome: Outcome) -> Outcome:
    if outcome.result is not Result.ACCEPTED:
        return outcome
    return dataclasses.replace(outcome, result=Result.INTERRUPTED)


def _record(outcome: Outcome) -> dict[str, object]:
    found = outcome.load_balancer
    return {
        'id': outcome.id or None,
        'name': outcome.argument if found is None else found.name,
        'previous_flavor': outcome.previous_flavor,
        'new_flavor': outcome.new_flavor,
        'provisioning_status': outcome.status,
        'result': str(outcome.result),
    }


class ResizeLoadBalancer(_LoadBalancerCommand):
    """Change the flavor of load balancers in place.

    A load balancer keeps its VIP, listeners, pools, members and policies. It
    must be ACTIVE or ERROR; the new flavor must have the same provider and
    topology as the one that it has.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'load_balancers',
            metavar='<load-balancer>',
            nargs='+',
            help='Load balancer to resize (name or ID)',
        )
        parser.add_argument(
            '--flavor',
            metavar='<flavor>',
            required=True,
            help='Flavor to change to (name or ID)',
        )
        parser.add_argument(
            '--drain',
            metavar='<seconds>',
            type=command.whole_seconds,
            help='For so long, close connections that clients keep, each '
            'after a request, before the new amphorae take over; 0 for not at '
            "all (default: what the cloud's operator has chosen)",
        )
        command.add_wait_arguments(parser, 'the resize has ended')
        command.add_dry_run_argument(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> _Table:
        self.check_wait_arguments(parsed_args)
        proxy, outcomes = self._plan(parsed_args)
        is_refused = self._show_plan(outcomes)
        if parsed_args.dry_run:
            if not is_refused:
                self.show_hints(*messages.traffic(outcomes))
            self._table(outcomes)
            rows = messages.dry_run_rows(outcomes)
            return messages.DRY_RUN_COLUMNS, map(command.cells, rows)
        if is_refused:
            results = {outcome.result for outcome in outcomes}
            if len(outcomes) > 1 and Result.FAILED not in results:
                self.show_error(messages.NONE_CHANGED)
            return self._table(outcomes)
        self.if_interrupted = messages.INTERRUPTED_WHILE_SENDING
        outcomes = self._send(request.send, proxy, outcomes)
        for outcome in outcomes:
            if outcome.error is not None:
                self.show_error(messages.not_resized(outcome))
        if self.exit_status == command.INTERRUPTED:
            self.show_error(self.if_interrupted)
        elif not parsed_args.wait:
            self.show_hints(*messages.how_to_cancel(outcomes))
        else:
            outcomes = self._wait(proxy, outcomes, parsed_args.timeout)
            self.show_hints(*messages.how_to_undo(outcomes))
        return self._table(outcomes)

    def _plan(
        self, parsed_args: argparse.Namespace
    ) -> tuple[_proxy.Proxy, list[Outcome]]:
        named = parsed_args.load_balancers
        try:
            proxy = self.connection.load_balancer
            return proxy, plan.plan_resizes(
                proxy,
                named,
                parsed_args.flavor,
                drain_seconds=parsed_args.drain,
                dry_run=parsed_args.dry_run or None,
            )
        except Exception as exc:
            subject = (
                f'load balancer {named[0]}'
                if len(set(named)) == 1
                else f'one of {len(set(named))} load balancers'
            )
            raise errors.refuse(exc, subject) from exc

    def _show_plan(self, outcomes: Sequence[Outcome]) -> bool:
        """Show what is not requested; return whether one is refused."""
        is_refused = False
        for outcome in outcomes:
            if outcome.error is not None:
                is_refused = True
                self.show_error(messages.not_requested(outcome))
            elif outcome.result is not Result.NOT_STARTED:
                self.show_hints(messages.already(outcome))
        return is_refused


class CancelLoadBalancerResize(_LoadBalancerCommand):
    """Return a load balancer to its previous flavor while it is resized.

    Also after a resize that has failed and has replaced no amphora.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'load_balancer',
            metavar='<load-balancer>',
            help='Load balancer whose resize to cancel (name or ID)',
        )
        command.add_wait_arguments(
            parser, 'the load balancer has its previous flavor again'
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> _Table:
        self.check_wait_arguments(parsed_args)
        named = parsed_args.load_balancer
        try:
            proxy = self.connection.load_balancer
            found = find.find_load_balancer(proxy, named)
        except Exception as exc:
            raise errors.refuse(exc, f'load balancer {named}') from exc
        outcome = plan.plan_cancel(proxy, found, named)
        self.if_interrupted = messages.interrupted_while_cancelling(outcome)
        outcomes = self._send(request.cancel, proxy, [outcome])
        if self.exit_status == command.INTERRUPTED:
            self.show_error(self.if_interrupted)
            return self._table(outcomes)
        self._show_sent(proxy, outcomes[0])
        if parsed_args.wait:
            outcomes = self._wait(proxy, outcomes, parsed_args.timeout)
        self._show_end(proxy, outcomes[0])
        return self._table(outcomes)

    def _show_sent(self, proxy: _proxy.Proxy, outcome: Outcome) -> None:
        if outcome.result in (Result.REFUSED, Result.FAILED):
            outcome = _with_previous_flavor(proxy, outcome)
            self.show_error(messages.not_cancelled(outcome))
        elif outcome.error is not None:
            self.show_hints(messages.is_being_cancelled(outcome))

    def _show_end(self, proxy: _proxy.Proxy, outcome: Outcome) -> None:
        """Show what the table doesn't, such as the ways out of ERROR."""
        is_in_error = outcome.status == 'ERROR'
        if outcome.result is not Result.UNCHANGED and (
            outcome.result is not Result.CANCELLED or not is_in_error
        ):
            return
        if is_in_error:
            outcome = _with_previous_flavor(proxy, outcome)
        self.show_hints(messages.cancelled(outcome))


def _with_previous_flavor(proxy: _proxy.Proxy, outcome: Outcome) -> Outcome:
    """Set whether a resize to the previous flavor is possible."""
    flavor_id = outcome.previous_flavor_id
    return dataclasses.replace(
        outcome,
        is_previous_flavor_offered=flavor_id is not None
        and find.readable_flavors(proxy).is_offered(flavor_id),
    )


class ShowLoadBalancerResize(command.Command, osc_command.ShowOne):
    """Show the latest resize of a load balancer.

    The detail of a failure is for administrators.
    """

    exit_statuses = (
        'Exit status: 0 when shown; 1 when there is nothing to show, or a '
        'request failed; 2 when the command line is wrong.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'load_balancer',
            metavar='<load-balancer>',
            help='Load balancer whose latest resize to show (name or ID)',
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], Sequence[object]]:
        named = parsed_args.load_balancer
        try:
            proxy = self.connection.load_balancer
            found = find.find_load_balancer(proxy, named)
            latest = proxy.get_load_balancer_resize(found)
        except exceptions.NotSupported as exc:
            raise osc_exceptions.CommandError(str(exc)) from exc
        except Exception as exc:
            raise osc_exceptions.CommandError(
                f'Failed to get the latest resize of load balancer {named}: '
                f'{errors.explain(exc)}'
            ) from exc
        if latest is None:
            raise osc_exceptions.CommandError(
                f'{_load_balancer.label(found)} has never been resized'
            )
        return command.record(
            {
                'loadbalancer_id': found.id,
                'name': found.name,
                'state': latest.state,
                'phase': latest.phase,
                'previous_flavor': latest.previous_flavor,
                'new_flavor': latest.new_flavor,
                'reason': latest.reason,
                'detail': latest.detail,
                'request_id': latest.request_id,
                'created_at': latest.created_at,
                'updated_at': latest.updated_at,
            }
        )
