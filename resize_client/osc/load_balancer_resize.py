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

"""Load balancer resize action implementation"""

import argparse
from collections.abc import Sequence

from resize_client.osc import command
from resize_client.osc import errors
from resize_client.osc import load_balancer_command
from resize_client.osc import load_balancer_dry_run
from resize_client.osc import load_balancer_messages as messages
from resize_client.sdk.load_balancer import _proxy
from resize_client.sdk.load_balancer import plan
from resize_client.sdk.load_balancer import several
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import Result


class ResizeLoadBalancer(load_balancer_command.LoadBalancerCommand):
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
        command.add_wait_arguments(parser, 'the resize has ended')
        command.add_dry_run_argument(parser)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        self.check_wait_arguments(parsed_args)
        proxy, outcomes = self._plan(parsed_args)
        is_refused = self._tell_plan(outcomes)
        if parsed_args.dry_run:
            if not is_refused:
                self.tell_hints(messages.traffic(outcomes))
            self.show(outcomes)
            return (
                load_balancer_dry_run.COLUMNS,
                load_balancer_dry_run.rows(outcomes),
            )
        if is_refused:
            results = {outcome.result for outcome in outcomes}
            if len(outcomes) > 1 and Result.FAILED not in results:
                self.tell_error(messages.NONE_CHANGED)
            return self.show(outcomes)
        outcomes = self.ask(
            outcomes,
            lambda watch: several.carry_out(proxy, outcomes, callback=watch),
            messages.INTERRUPTED_WHILE_ASKING,
        )
        for outcome in outcomes:
            if outcome.error is not None:
                self.tell_error(messages.not_resized(outcome))
        if self.exit_status == command.INTERRUPTED:
            self.tell_error(self.if_interrupted)
        elif not parsed_args.wait:
            self.tell_hints(messages.how_to_cancel(outcomes))
        else:
            outcomes = self.wait(proxy, outcomes, parsed_args)
            self.tell_hints(messages.how_to_undo(outcomes))
        return self.show(outcomes)

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
                dry_run=parsed_args.dry_run or None,
            )
        except Exception as exc:
            subject = (
                f'Load balancer {named[0]}'
                if len(set(named)) == 1
                else f'One of {len(set(named))} load balancers'
            )
            raise errors.refuse(exc, subject) from exc

    def _tell_plan(self, outcomes: Sequence[Outcome]) -> bool:
        """Tell what isn't asked for; return whether one is refused."""
        is_refused = False
        for outcome in outcomes:
            if outcome.error is not None:
                is_refused = True
                self.tell_error(messages.why_not_asked(outcome))
            elif outcome.result is not Result.NOT_STARTED:
                self.tell_hint(messages.already(outcome))
        return is_refused
