# SPDX-License-Identifier: Apache-2.0

"""What the commands that change load balancers share."""

from collections.abc import Iterable
from collections.abc import Sequence
import functools

from osc_lib.command import command as osc_command

from resize_client.osc import command
from resize_client.osc import load_balancer_messages as messages
from resize_client.osc import rollout_command
from resize_client.sdk import rollout
from resize_client.sdk.load_balancer import _proxy
from resize_client.sdk.load_balancer import waiting
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Result

Table = tuple[Sequence[str], Iterable[tuple[object, ...]]]


class LoadBalancerCommand(
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

    def table(self, outcomes: Sequence[Outcome]) -> Table:
        """Return the table of the results, and set the exit status."""
        self.exit_status = self.exit_status or command.exit_status_of(
            outcome.result for outcome in outcomes
        )
        records = [_record(outcome) for outcome in outcomes]
        return _COLUMNS, [command.cells(r.values()) for r in records]


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
