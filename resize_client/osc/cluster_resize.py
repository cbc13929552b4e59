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

"""Cluster resize action implementation"""

import argparse
from collections.abc import Iterator
from collections.abc import Sequence
import dataclasses

from osc_lib import exceptions as osc_exceptions
from osc_lib.command import command as osc_command

from resize_client.osc import cluster_messages as messages
from resize_client.osc import command
from resize_client.osc import errors
from resize_client.osc import progress
from resize_client.osc import stream
from resize_client.osc.command import Message
from resize_client.sdk.container_infra import _proxy
from resize_client.sdk.container_infra import control_plane
from resize_client.sdk.container_infra import plan as _plan
from resize_client.sdk.container_infra import resizing
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.outcome import Result

_EXIT_STATUS = {
    Result.FAILED: command.FAILED,
    Result.UNKNOWN: command.FAILED,
    Result.TIMED_OUT: command.TIMED_OUT,
    Result.INTERRUPTED: command.INTERRUPTED,
}

_Shown = tuple[Sequence[str], Sequence[object]]


class ResizeCluster(command.Command, osc_command.ShowOne):
    """Change the number of nodes of a nodegroup of a cluster.

    Without --nodegroup it is the default worker nodegroup. The nodegroup of
    the control plane, default-master, needs an odd number of nodes, and a
    cluster driver that can resize it.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'cluster',
            metavar='<cluster>',
            help='Cluster to resize (name or UUID)',
        )
        parser.add_argument(
            'node_count',
            metavar='<node-count>',
            type=int,
            help='Number of nodes that the nodegroup is to have',
        )
        parser.add_argument(
            '--nodes-to-remove',
            metavar='<server>',
            action='append',
            help='ID of a server to remove; repeat for several',
        )
        parser.add_argument(
            '--nodegroup',
            metavar='<nodegroup>',
            help='Nodegroup to resize (name or UUID)',
        )
        parser.add_argument(
            '--force',
            action='store_true',
            help='Leave an even number of control plane nodes to the driver, '
            'which may refuse it',
        )
        command.add_wait_arguments(parser, 'the resize has ended')
        command.add_dry_run_argument(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> _Shown:
        self.check_wait_arguments(parsed_args)
        proxy, plan = self._make_plan(parsed_args)
        self.tell_hints(messages.warnings(plan))
        if plan.is_unchanged:
            self.tell_hint(messages.unchanged(plan))
            return _show(plan, Result.UNCHANGED, plan.nodegroup.status)
        if parsed_args.dry_run:
            return _show(plan, self._foresee(plan), plan.nodegroup.status)
        outcome = self._ask(proxy, plan, parsed_args)
        if not parsed_args.wait:
            # Magnum has answered before it has looked at the nodegroup.
            return _show(plan, outcome.result, None)
        outcome = self._wait(proxy, plan, outcome, parsed_args.timeout)
        return _show(plan, outcome.result, outcome.nodegroup.status)

    def _make_plan(
        self, parsed_args: argparse.Namespace
    ) -> tuple[_proxy.Proxy, _plan.ResizePlan]:
        try:
            proxy = self.connection.container_infrastructure_management
            plan = _plan.plan_resize(
                proxy,
                parsed_args.cluster,
                parsed_args.node_count,
                # Magnum takes an empty name for none.
                nodegroup=parsed_args.nodegroup or None,
                nodes_to_remove=parsed_args.nodes_to_remove,
                force=parsed_args.force,
            )
        except Exception as exc:
            raise errors.refuse(exc, f'Cluster {parsed_args.cluster}') from exc
        if plan.refusals:
            raise osc_exceptions.CommandError('\n'.join(plan.refusals))
        return proxy, plan

    def _foresee(self, plan: _plan.ResizePlan) -> str:
        if plan.is_running:
            self.tell_hint(messages.already(plan))
            return Result.UNCHANGED
        if plan.left_to_the_driver is None:
            return 'would be resized'
        self.tell_hint(Message(plan.left_to_the_driver))
        return 'left to the driver'

    def _ask(
        self,
        proxy: _proxy.Proxy,
        plan: _plan.ResizePlan,
        parsed_args: argparse.Namespace,
    ) -> Outcome:
        try:
            outcome = resizing.take_up(proxy, plan)
        except Exception as exc:
            raise errors.refuse(exc, messages.label(plan)) from exc
        if outcome.result is Result.ACCEPTED:
            self.tell_hint(messages.already(plan))
            return outcome
        self.if_interrupted = messages.interrupted_while_asking(plan)
        outcome = resizing.ask(
            proxy,
            outcome,
            # Named only if the user did: the oldest API knows no nodegroups.
            nodegroup=parsed_args.nodegroup or None,
            nodes_to_remove=parsed_args.nodes_to_remove,
        )
        if outcome.error is not None:
            raise osc_exceptions.CommandError(
                messages.not_resized(plan, outcome).text
            ) from outcome.error
        self._tell_accepted(parsed_args)
        return outcome

    def _tell_accepted(self, parsed_args: argparse.Namespace) -> None:
        accepted = messages.accepted(parsed_args.cluster)
        # python-magnumclient's command says just this on stdout; with
        # another format than the default one, stdout is for data only.
        if parsed_args.formatter == self.formatter_default:
            stream.write_line(self.app.stdout, accepted.text)
        else:
            self.tell_hint(accepted)

    def _wait(
        self,
        proxy: _proxy.Proxy,
        plan: _plan.ResizePlan,
        outcome: Outcome,
        timeout: float,
    ) -> Outcome:
        label = messages.label(plan)
        try:
            with progress.shown(
                self.app.stderr, [label], quiet=self.is_quiet
            ) as display:

                def look(seen: Outcome) -> None:
                    nonlocal outcome
                    outcome = seen
                    display.update(label, messages.state(seen))

                outcome = resizing.follow(
                    proxy, outcome, timeout=timeout, callback=look
                )
        except KeyboardInterrupt:
            outcome = dataclasses.replace(outcome, result=Result.INTERRUPTED)
        if outcome.result is Result.RESIZED:
            self.tell_hints(messages.how_to_undo(plan))
            return outcome
        self.exit_status = _EXIT_STATUS[outcome.result]
        seen, *hints = messages.ended_otherwise(plan, outcome)
        self.tell_error(seen)
        self.tell_hints(hints)
        return outcome


def _show(plan: _plan.ResizePlan, result: str, status: str | None) -> _Shown:
    fields = dict(_fields(plan, result, status))
    return tuple(fields), tuple(map(command.cell, fields.values()))


def _fields(
    plan: _plan.ResizePlan, result: str, status: str | None
) -> Iterator[tuple[str, object]]:
    before, after = plan.nodegroup.node_count, plan.node_count
    yield 'cluster_id', plan.cluster.id
    yield 'cluster', plan.cluster.name
    yield 'nodegroup_id', plan.nodegroup.id
    yield 'nodegroup', plan.nodegroup.name
    yield 'role', plan.nodegroup.role
    yield 'previous_node_count', before
    yield 'node_count', after
    if plan.nodegroup.is_control_plane:
        tolerance = control_plane.failure_tolerance
        yield 'previous_failure_tolerance', tolerance(before)
        yield 'failure_tolerance', tolerance(after)
    yield 'status', status
    yield 'result', str(result)
