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

"""Wait for load balancers and tell what became of each."""

import abc
import argparse
from collections.abc import Callable
from collections.abc import Sequence
import dataclasses

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb
from osc_lib.command import command as osc_command

from resize_client.osc import command
from resize_client.osc import errors
from resize_client.osc import progress
from resize_client.sdk.load_balancer import _proxy
from resize_client.sdk.load_balancer import failure as _failure
from resize_client.sdk.load_balancer import text

COLUMNS = (
    'id',
    'name',
    'previous_flavor',
    'new_flavor',
    'provisioning_status',
    'result',
)


@dataclasses.dataclass
class Outcome:
    """What becomes of one load balancer that was named."""

    #: As the user has named it
    argument: str
    #: As it was seen last, None if it couldn't be found
    load_balancer: _lb.LoadBalancer | None = None
    #: The flavors' names, or the ID of one that can't be read, and their IDs
    previous_flavor: str | None = None
    new_flavor: str | None = None
    previous_id: str | None = None
    new_id: str | None = None
    #: In a word or two
    result: str = 'not started'
    #: Why it has failed, and what to do next
    message: str | None = None

    @property
    def id(self) -> str:
        return str(self.load_balancer.id) if self.load_balancer else ''

    @property
    def label(self) -> str:
        if self.load_balancer is None:
            return f'Load balancer {self.argument}'
        return text.label(self.load_balancer)

    @property
    def mid_label(self) -> str:
        """The label for the middle of a sentence."""
        assert self.load_balancer is not None
        return text.label(self.load_balancer, start=False)

    @property
    def can_go_back(self) -> bool:
        """Whether it leads to another flavor than there was before."""
        return self.previous_id != self.new_id

    @property
    def operand(self) -> str:
        """What names it on a command line that will be typed."""
        return self.id if self.argument.startswith('-') else self.argument

    @property
    def status(self) -> str | None:
        if self.load_balancer is None:
            return None
        return str(self.load_balancer.provisioning_status)

    def row(self) -> tuple[str | None, ...]:
        name = self.load_balancer.name if self.load_balancer else None
        return (
            self.id or None,
            self.argument if name is None else name,
            self.previous_flavor,
            self.new_flavor,
            self.status,
            self.result,
        )


class LoadBalancerCommand(command.Command, osc_command.Lister):
    """Changes load balancers and may wait for them."""

    #: What goes on when the wait ends early
    activity = 'resize'

    def fail(self, outcome: Outcome, result: str, message: str) -> None:
        """Tell why one has failed, which fails the command.

        :param outcome: The load balancer.
        :param result: The result in a word or two.
        :param message: What happened and what to type next.
        """
        outcome.result = result
        self.exit_status = command.FAILED
        self.error(message)

    def wait(
        self,
        proxy: _proxy.Proxy,
        outcomes: Sequence[Outcome],
        parsed_args: argparse.Namespace,
        *,
        target: Callable[[Outcome], str | None],
        succeeded: str,
    ) -> None:
        """Wait, and enter into each what became of it.

        :param proxy: The load balancing service.
        :param outcomes: Those whose change was accepted.
        :param parsed_args: The command line, with its timeout.
        :param target: Gives the ID of the flavor that one is to have in the
            end.
        :param succeeded: The result of those which reach their target.
        """
        waiting = {outcome.id: outcome for outcome in outcomes}
        # Somebody may rename one meanwhile.
        labels = {outcome.id: outcome.label for outcome in outcomes}
        failures: list[tuple[Outcome, _failure.ResizeFailure]] = []
        try:
            with progress.shown(
                self.app.stderr,
                list(labels.values()),
                quiet=self.is_quiet,
            ) as display:

                def look(load_balancer: _lb.LoadBalancer) -> None:
                    outcome = waiting[str(load_balancer.id)]
                    outcome.load_balancer = load_balancer
                    display.update(labels[outcome.id], str(outcome.status))

                for found_id, end in proxy.wait_for_load_balancer_resizes(
                    {outcome.id: target(outcome) for outcome in outcomes},
                    timeout=parsed_args.timeout,
                    callback=look,
                ):
                    outcome = waiting.pop(found_id)
                    if isinstance(end, _failure.ResizeFailure):
                        outcome.load_balancer = (
                            end.load_balancer or outcome.load_balancer
                        )
                        failures.append((outcome, end))
                        outcome.result = 'failed'
                    else:
                        outcome.load_balancer = end
                        outcome.result = succeeded
                    display.finish(labels[found_id], str(outcome.status))
        except exceptions.ResourceTimeout as exc:
            ended_by, result = command.TIMED_OUT, 'timed out'
            why = errors.explain(exc)
        except KeyboardInterrupt:
            ended_by, result = command.INTERRUPTED, 'interrupted'
            why = 'Interrupted'
        except Exception as exc:
            ended_by, result = command.FAILED, 'unknown'
            why = f'Cannot go on looking: {errors.explain(exc)}'
        else:
            ended_by, result, why = self.exit_status, '', ''
        for outcome, failure in failures:
            self.end_otherwise(outcome, failure)
        for outcome in waiting.values():
            self._end_early(outcome, result, why)
        # A failure tells more than that the others take their time.
        if ended_by != command.TIMED_OUT or self.exit_status == command.DONE:
            self.exit_status = max(ended_by, self.exit_status)

    def end_otherwise(
        self, outcome: Outcome, failure: _failure.ResizeFailure
    ) -> None:
        """Tell that one has ended otherwise than ACTIVE with its target.

        :param outcome: The load balancer.
        :param failure: How it has ended.
        """
        self.fail(outcome, 'failed', self._what_failed(outcome, failure))

    def how_to_mend(self, outcome: Outcome, flavor: str) -> str:
        """Tell how to get a load balancer out of ERROR.

        :param outcome: The load balancer.
        :param flavor: A flavor that it can be resized to.
        :returns: What to add to the message.
        """
        again = self.command_line(
            'loadbalancer',
            'resize',
            '--wait',
            '--flavor',
            flavor,
            outcome.operand,
        )
        return (
            '. It can be resized again, to this or another flavor: '
            f'{again}; or an administrator can fail it over'
        )

    def _what_failed(
        self, outcome: Outcome, failure: _failure.ResizeFailure
    ) -> str:
        found = failure.load_balancer
        if found is None:
            return f'{outcome.label} was deleted meanwhile'
        names = {
            outcome.previous_id: outcome.previous_flavor,
            outcome.new_id: outcome.new_flavor,
        }
        flavor = names.get(found.flavor_id, found.flavor_id)
        having = text.with_flavor(flavor)
        message = f'{outcome.label} is {outcome.status} {having}'
        if failure.reason:
            message += f': {failure.reason}'
        return message + self.remedy(outcome)

    def show_command(self, outcome: Outcome) -> str:
        """Write down the command that shows how far a resize is.

        :param outcome: The load balancer.
        :returns: The line to type.
        """
        return self.command_line('loadbalancer', 'resize', 'show', outcome.id)

    @abc.abstractmethod
    def remedy(self, outcome: Outcome) -> str:
        """Tell what to do after a failure.

        :param outcome: The load balancer.
        :returns: What to add to the message.
        """

    def _end_early(self, outcome: Outcome, result: str, why: str) -> None:
        outcome.result = result
        self.error(
            f'{why}. {outcome.label} was {outcome.status} when last looked '
            f'at; its {self.activity} goes on'
        )
        self.hint(f'To look: {self.show_command(outcome)}')
        if self.activity == 'resize' and outcome.can_go_back:
            cancel = self.command_line(
                'loadbalancer', 'resize', 'cancel', outcome.id
            )
            self.hint(f'To cancel: {cancel}')
