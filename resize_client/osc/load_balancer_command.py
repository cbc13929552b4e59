# SPDX-License-Identifier: Apache-2.0

"""What the commands that change load balancers share."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
import dataclasses

from osc_lib.command import command as osc_command

from resize_client.osc import command
from resize_client.osc import load_balancer_messages as messages
from resize_client.osc import load_balancer_rollout
from resize_client.osc import (
    load_balancer_rollout_messages as rollout_messages,
)
from resize_client.osc import output
from resize_client.sdk import rollout
from resize_client.sdk.load_balancer import _proxy
from resize_client.sdk.load_balancer import waiting
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Result

_EARLY = (Result.TIMED_OUT, Result.INTERRUPTED, Result.UNKNOWN)

Table = tuple[Sequence[str], Iterable[tuple[object, ...]]]

_Send = Callable[
    [_proxy.Proxy, Sequence[Outcome], Callable[[Outcome], None]], list[Outcome]
]


class LoadBalancerCommand(command.Command, osc_command.Lister):
    """Changes load balancers and may wait for them."""

    def send(
        self, send: _Send, proxy: _proxy.Proxy, outcomes: Sequence[Outcome]
    ) -> list[Outcome]:
        """Send requests; after an interrupt, return what is known."""
        latest = {outcome.key: outcome for outcome in outcomes}

        def seen(outcome: Outcome) -> None:
            latest[outcome.key] = outcome

        try:
            return send(proxy, outcomes, seen)
        except KeyboardInterrupt:
            self.exit_status = command.INTERRUPTED
            return list(latest.values())

    def wait(
        self, proxy: _proxy.Proxy, outcomes: Sequence[Outcome], timeout: float
    ) -> list[Outcome]:
        """Wait for what was accepted, and show errors and early ends."""
        latest = {outcome.key: outcome for outcome in outcomes}
        labels = {
            o.key: o.label for o in outcomes if o.result is Result.ACCEPTED
        }
        if not labels:
            return list(outcomes)
        try:
            with output.progress(
                self.app.stderr, list(labels.values()), quiet=self.is_quiet
            ) as display:

                def seen(outcome: Outcome) -> None:
                    latest[outcome.key] = outcome
                    if outcome.result is Result.ACCEPTED:
                        display.update(outcome.label, messages.state(outcome))
                    else:
                        display.finish(outcome.label, str(outcome.status))

                waited = waiting.roll_out(
                    proxy,
                    outcomes,
                    rollout.Limits(timeout=timeout),
                    callback=seen,
                )
        except KeyboardInterrupt:
            waited = [_interrupted(outcome) for outcome in latest.values()]
        ended = [outcome for outcome in waited if outcome.key in labels]
        for outcome in ended:
            if outcome.result is Result.FAILED:
                self.show_error(messages.failed(outcome))
        for outcome in ended:
            if outcome.result in _EARLY:
                error, *hints = messages.ended_early(outcome)
                self.show_error(error)
                self.show_hints(*hints)
        return waited

    def roll_out(
        self,
        proxy: _proxy.Proxy,
        outcomes: Sequence[Outcome],
        limits: rollout.Limits,
    ) -> list[Outcome]:
        """Begin and follow several, and show what has failed."""
        latest = {outcome.key: outcome for outcome in outcomes}
        labels = {
            o.key: o.label
            for o in outcomes
            if o.result in (Result.NOT_STARTED, Result.ACCEPTED)
        }
        if not labels:
            return list(outcomes)

        def show_interrupted() -> None:
            results = [outcome.result for outcome in latest.values()]
            in_progress = results.count(Result.ACCEPTED)
            in_progress += results.count(Result.UNKNOWN)
            self.show_error(rollout_messages.no_more_begin(in_progress))

        with load_balancer_rollout.brake(show_interrupted) as brake:
            try:
                with output.progress(
                    self.app.stderr, list(labels.values()), quiet=self.is_quiet
                ) as display:

                    def seen(outcome: Outcome) -> None:
                        latest[outcome.key] = outcome
                        if outcome.result is Result.ACCEPTED:
                            shown = messages.state(outcome)
                            display.update(outcome.label, shown)
                        elif rollout_messages.is_end(outcome):
                            display.finish(outcome.label, str(outcome.status))

                    rolled = waiting.roll_out(
                        proxy,
                        outcomes,
                        limits,
                        may_begin=lambda: not brake.is_pulled,
                        callback=seen,
                    )
            except KeyboardInterrupt:
                self.exit_status = command.INTERRUPTED
                rolled = [_interrupted(latest[o.key]) for o in outcomes]
        ended = [outcome for outcome in rolled if outcome.key in labels]
        for message in rollout_messages.ends(ended):
            self.show_error(message)
        if self.exit_status == command.INTERRUPTED:
            self.show_error(self.if_interrupted)
        self._set_status_of_rollout(ended, is_stopped=brake.is_pulled)
        self.closing = tuple(rollout_messages.summary(rolled))
        return rolled

    def _set_status_of_rollout(
        self, outcomes: Sequence[Outcome], *, is_stopped: bool
    ) -> None:
        """Set the exit status for those that have not begun."""
        results = {outcome.result for outcome in outcomes}
        if Result.NOT_STARTED not in results:
            return
        if is_stopped:
            self.exit_status = command.INTERRUPTED
        elif command.exit_status_of(results) == command.DONE:
            self.exit_status = command.TIMED_OUT

    def table(self, outcomes: Sequence[Outcome]) -> Table:
        """Return the table of the results, and set the exit status."""
        self.exit_status = self.exit_status or command.exit_status_of(
            outcome.result for outcome in outcomes
        )
        records = [_record(outcome) for outcome in outcomes]
        return _COLUMNS, [command.cells(r.values()) for r in records]


def _interrupted(outcome: Outcome) -> Outcome:
    if outcome.result is not Result.ACCEPTED:
        return outcome
    return dataclasses.replace(outcome, result=Result.INTERRUPTED)


_COLUMNS = (
    *('id', 'name', 'previous_flavor', 'new_flavor'),
    *('provisioning_status', 'result'),
)


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
