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


"""The commands that messages about load balancers name."""

from collections.abc import Iterator

from resize_client.osc.command import option
from resize_client.sdk.load_balancer.outcome import Outcome

#: What a command is for, and its words after ``openstack``
Command = tuple[str, tuple[str, ...]]


def operand(outcome: Outcome) -> str:
    """Name a load balancer on a command line that will be typed.

    :param outcome: The load balancer.
    :returns: What the user has named it, unless that looks like an option.
    """
    argument = outcome.argument
    return outcome.id if argument.startswith('-') else argument


def look(outcome: Outcome) -> Command:
    """Name the command that shows the latest resize.

    :param outcome: The load balancer.
    :returns: The command.
    """
    return 'To look', ('loadbalancer', 'resize', 'show', operand(outcome))


def status(purpose: str, outcome: Outcome) -> Command:
    """Name the command that shows what a load balancer is.

    :param purpose: What that is good for.
    :param outcome: The load balancer.
    :returns: The command.
    """
    return purpose, (
        *('loadbalancer', 'show', '-c', 'provisioning_status'),
        operand(outcome),
    )


def cancel(purpose: str, outcome: Outcome) -> Command:
    """Name the command that cancels the latest resize.

    :param purpose: What that is good for.
    :param outcome: The load balancer.
    :returns: The command.
    """
    return purpose, ('loadbalancer', 'resize', 'cancel', operand(outcome))


def resize_to(purpose: str, flavor: str, *outcomes: Outcome) -> Command:
    """Name the command that resizes load balancers.

    :param purpose: What that is good for.
    :param flavor: The name or ID of the flavor.
    :param outcomes: The load balancers.
    :returns: The command.
    """
    return purpose, (
        *('loadbalancer', 'resize', '--wait', *option('--flavor', flavor)),
        *(operand(outcome) for outcome in outcomes),
    )


def ways_out(outcome: Outcome) -> Iterator[Command]:
    """Name the commands that lead out of ERROR, the surest first.

    :param outcome: The load balancer, and what has become of its resize.
    :returns: The commands, none for a load balancer that isn't in ERROR.
    """
    if outcome.status != 'ERROR':
        return
    resize = outcome.resize
    is_over = resize is None or resize.state == 'CANCELLED'
    if outcome.changes_flavor and resize is not None and resize.can_cancel:
        yield cancel('To go back', outcome)
    elif (
        outcome.previous_flavor is not None
        and outcome.is_previous_flavor_offered
        and resize is not None
        and resize.can_cancel is not None
        and (outcome.changes_flavor or is_over)
    ):
        yield resize_to(
            f'To rebuild with flavor {outcome.previous_flavor}',
            outcome.previous_flavor,
            outcome,
        )
    else:
        # Older services refuse a resize to the same flavor.
        yield (
            'An administrator can fail the load balancer over',
            ('loadbalancer', 'failover', outcome.id),
        )
    if outcome.changes_flavor and outcome.new_flavor is not None:
        yield resize_to('To try again', outcome.new_flavor, outcome)


def way_back(outcome: Outcome) -> Iterator[Command]:
    """Name the command that undoes what is too late to cancel.

    :param outcome: The load balancer, and its latest resize.
    :returns: The command, none where there is nothing to undo.
    """
    if (
        (outcome.resize is not None and outcome.resize.state == 'COMPLETED')
        and outcome.status == 'ACTIVE'
        and outcome.changes_flavor
        and outcome.previous_flavor is not None
        and outcome.is_previous_flavor_offered
    ):
        yield resize_to('To undo', outcome.previous_flavor, outcome)
