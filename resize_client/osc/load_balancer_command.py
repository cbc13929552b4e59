# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""What the commands that change load balancers have in common."""

import argparse
from collections.abc import Callable
from collections.abc import Sequence
import dataclasses

from osc_lib.command import command as osc_command

from resize_client.osc import command
from resize_client.osc import load_balancer_messages as messages
from resize_client.osc import progress
from resize_client.osc.command import Message
from resize_client.sdk.load_balancer import _proxy
from resize_client.sdk.load_balancer import several
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import Result

COLUMNS = (
    'id',
    'name',
    'previous_flavor',
    'new_flavor',
    'provisioning_status',
    'result',
)

_DONE = (
    Result.NOT_STARTED,
    Result.UNCHANGED,
    Result.ACCEPTED,
    Result.RESIZED,
    Result.CANCELLED,
)

_EARLY = (Result.TIMED_OUT, Result.INTERRUPTED, Result.UNKNOWN)


class LoadBalancerCommand(command.Command, osc_command.Lister):
    """Changes load balancers and may wait for them."""

    def ask(
        self,
        outcomes: Sequence[Outcome],
        call: Callable[[Callable[[Outcome], None]], list[Outcome]],
        if_interrupted: Message,
    ) -> list[Outcome]:
        """Ask the service for a change.

        :param outcomes: What was planned.
        :param call: Asks; is given what to call with each that is asked for.
        :param if_interrupted: What to tell when the user interrupts it.
        :returns: The outcomes; what was seen last when the user interrupts.
        """
        seen = {outcome.id: outcome for outcome in outcomes}

        def watch(outcome: Outcome) -> None:
            seen[outcome.id] = outcome

        self.if_interrupted = if_interrupted
        try:
            return call(watch)
        except KeyboardInterrupt:
            self.exit_status = command.INTERRUPTED
            return list(seen.values())

    def wait(
        self,
        proxy: _proxy.Proxy,
        outcomes: Sequence[Outcome],
        parsed_args: argparse.Namespace,
    ) -> list[Outcome]:
        """Wait for what was accepted, and tell what has ended otherwise.

        :param proxy: The load balancing service.
        :param outcomes: What was asked for.
        :param parsed_args: The command line, with its timeout.
        :returns: The outcomes.
        """
        waiting = {o.id: o for o in outcomes if o.result is Result.ACCEPTED}
        if not waiting:
            return list(outcomes)
        labels = [outcome.label for outcome in waiting.values()]
        try:
            with progress.shown(
                self.app.stderr, labels, quiet=self.is_quiet
            ) as display:

                def watch(outcome: Outcome) -> None:
                    waiting[outcome.id] = outcome
                    if outcome.result is Result.ACCEPTED:
                        display.update(outcome.label, messages.state(outcome))
                    else:
                        display.finish(outcome.label, str(outcome.status))

                ended = several.follow(
                    proxy,
                    list(waiting.values()),
                    timeout=parsed_args.timeout,
                    callback=watch,
                )
        except KeyboardInterrupt:
            ended = [_interrupted(outcome) for outcome in waiting.values()]
        for outcome in ended:
            if outcome.result is Result.FAILED:
                self.tell_error(messages.ended_otherwise(outcome))
        for outcome in ended:
            if outcome.result in _EARLY:
                self._tell_early_end(outcome)
        by_id = {outcome.id: outcome for outcome in ended}
        return [by_id.get(outcome.id, outcome) for outcome in outcomes]

    def show(
        self, outcomes: Sequence[Outcome]
    ) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Show what has become of each, and set the exit status.

        :param outcomes: All.
        :returns: The table.
        """
        results = {outcome.result for outcome in outcomes}
        if Result.INTERRUPTED in results:
            self.exit_status = command.INTERRUPTED
        elif self.exit_status == command.DONE and results - {
            *_DONE,
            Result.TIMED_OUT,
        }:
            # A failure tells more than that the others take their time.
            self.exit_status = command.FAILED
        elif self.exit_status == command.DONE and Result.TIMED_OUT in results:
            self.exit_status = command.TIMED_OUT
        return COLUMNS, [_row(outcome) for outcome in outcomes]

    def _tell_early_end(self, outcome: Outcome) -> None:
        seen, *hints = messages.ended_early(outcome)
        self.tell_error(seen)
        for hint in hints:
            self.tell_hint(hint)


def _interrupted(outcome: Outcome) -> Outcome:
    if outcome.result is not Result.ACCEPTED:
        return outcome
    return dataclasses.replace(outcome, result=Result.INTERRUPTED)


def _row(outcome: Outcome) -> tuple[object, ...]:
    load_balancer = outcome.load_balancer
    if load_balancer is None:
        name = outcome.argument
    else:
        name = load_balancer.name
    return tuple(
        command.cell(value)
        for value in (
            outcome.id or None,
            name,
            outcome.previous_flavor,
            outcome.new_flavor,
            outcome.status,
            str(outcome.result),
        )
    )
