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

"""Load balancer resize cancel action implementation"""

import argparse
from collections.abc import Callable
from collections.abc import Sequence
import dataclasses

from resize_client.osc import command
from resize_client.osc import errors
from resize_client.osc import load_balancer_command
from resize_client.osc import load_balancer_messages as messages
from resize_client.sdk.load_balancer import _proxy
from resize_client.sdk.load_balancer import cancelling
from resize_client.sdk.load_balancer import find
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import Result


class CancelLoadBalancerResize(load_balancer_command.LoadBalancerCommand):
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

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        self.check_wait_arguments(parsed_args)
        proxy, outcome = self._plan(parsed_args)

        def ask(watch: Callable[[Outcome], None]) -> list[Outcome]:
            watch(dataclasses.replace(outcome, result=Result.UNKNOWN))
            return [cancelling.ask(proxy, outcome)]

        outcomes = self.ask(
            [outcome], ask, messages.interrupted_while_cancelling(outcome)
        )
        if self.exit_status == command.INTERRUPTED:
            self.tell_error(self.if_interrupted)
            return self.show(outcomes)
        self._tell(proxy, outcomes[0])
        if parsed_args.wait:
            outcomes = self.wait(proxy, outcomes, parsed_args)
        self._tell_end(proxy, outcomes[0])
        return self.show(outcomes)

    def _plan(
        self, parsed_args: argparse.Namespace
    ) -> tuple[_proxy.Proxy, Outcome]:
        named = parsed_args.load_balancer
        try:
            proxy = self.connection.load_balancer
            found = find.find_load_balancer(proxy, named)
        except Exception as exc:
            raise errors.refuse(exc, f'Load balancer {named}') from exc
        outcome = cancelling.plan_cancel(proxy, found, named)
        if outcome.resize is None:
            return proxy, outcome
        previous_flavor, new_flavor = find.flavor_names(proxy, outcome.resize)
        return proxy, dataclasses.replace(
            outcome, previous_flavor=previous_flavor, new_flavor=new_flavor
        )

    def _tell(self, proxy: _proxy.Proxy, outcome: Outcome) -> None:
        if outcome.result is Result.FAILED:
            outcome = _with_ways_back(proxy, outcome)
            self.tell_error(messages.not_cancelled(outcome))
        elif outcome.error is not None:
            self.tell_hint(messages.is_being_cancelled(outcome))

    def _tell_end(self, proxy: _proxy.Proxy, outcome: Outcome) -> None:
        """Tell what the table doesn't: the ways out of ERROR, for one."""
        is_in_error = outcome.status == 'ERROR'
        if outcome.result is not Result.UNCHANGED and (
            outcome.result is not Result.CANCELLED or not is_in_error
        ):
            return
        if is_in_error:
            outcome = _with_ways_back(proxy, outcome)
        self.tell_hint(messages.cancelled(outcome))


def _with_ways_back(proxy: _proxy.Proxy, outcome: Outcome) -> Outcome:
    """Enter whether a resize can lead back to the previous flavor."""
    if outcome.previous_flavor_id is None:
        return dataclasses.replace(outcome, is_previous_flavor_offered=False)
    flavors = find.readable_flavors(proxy)
    return dataclasses.replace(
        outcome,
        is_previous_flavor_offered=flavors.is_offered(
            outcome.previous_flavor_id
        ),
    )
