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

"""Cluster resize action implementations"""

import argparse
from collections.abc import Iterator
from collections.abc import Sequence

from openstack import exceptions
from osc_lib import exceptions as osc_exceptions
from osc_lib.command import command as osc_command

from resize_client.osc import cluster_hints
from resize_client.osc import command
from resize_client.osc import errors
from resize_client.osc import progress
from resize_client.sdk import faults
from resize_client.sdk.container_infra import _proxy
from resize_client.sdk.container_infra import control_plane
from resize_client.sdk.container_infra import failure
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import plan as _plan
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra.resize_state import State

# What Magnum says of every control plane before FIRST_MAGNUM, and what its
# drivers say since then unless they can.
_TOO_OLD = 'Resizing a master nodegroup is not supported'
_NO_DRIVER = 'Resizing the master nodegroup is not supported by this driver'


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

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], Sequence[object]]:
        self.check_wait_arguments(parsed_args)
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
        return _Resize(self, proxy, plan, parsed_args).run()


class _Resize:
    """One run of the command."""

    def __init__(
        self,
        cmd: ResizeCluster,
        proxy: _proxy.Proxy,
        plan: _plan.ResizePlan,
        parsed_args: argparse.Namespace,
    ):
        self.cmd = cmd
        self.proxy = proxy
        self.plan = plan
        self.parsed_args = parsed_args
        self.nodegroup = plan.nodegroup
        self.state = State.RUNNING
        self.hints = cluster_hints.Hints(cmd, plan, parsed_args.cluster)
        self.label = (
            f'Nodegroup {plan.nodegroup.name} of cluster {plan.cluster.name}'
        )

    def run(self) -> tuple[Sequence[str], Sequence[object]]:
        """Carry out the plan.

        :returns: What to show.
        """
        plan = self.plan
        if plan.is_refused:
            raise osc_exceptions.CommandError(
                '\n'.join(c.message for c in plan.checks if c.passed is False)
            )
        for warning in plan.warnings:
            self.cmd.hint(f'Warning: {warning}')
        if plan.steps:
            self.hints.steps('More safely', plan.steps)
        if plan.is_unchanged:
            self.cmd.hint(
                f'{self.label} already has {_nodegroup.count(plan.node_count)}'
            )
            return self._shown('unchanged', status=self.nodegroup.status)
        if self.parsed_args.dry_run:
            return self._shown(self._foresee(), status=self.nodegroup.status)
        if self._is_going_on():
            self.cmd.hint(self._already())
        else:
            self._ask()
        if not self.parsed_args.wait:
            # Magnum has answered before it has looked at the nodegroup.
            return self._shown('accepted', status=None)
        return self._shown(self._wait(), status=self.nodegroup.status)

    def _already(self) -> str:
        count = _nodegroup.count(self.plan.node_count)
        return f'{self.label} is being resized to {count} already'

    def _foresee(self) -> str:
        if self.plan.is_running:
            self.cmd.hint(self._already())
            return 'unchanged'
        if self.plan.left_to_the_driver is None:
            return 'would be resized'
        self.cmd.hint(self.plan.left_to_the_driver)
        return 'left to the driver'

    def _is_going_on(self) -> bool:
        if not self.plan.is_left_over:
            return self.plan.is_running
        try:
            return self._is_taken_up()
        except Exception as exc:
            raise errors.refuse(exc, self.label) from exc

    def _ask(self) -> None:
        plan = self.plan
        had = _nodegroup.count(self.nodegroup.node_count)
        self.cmd.if_interrupted = command.Message(
            f'Interrupted while asking. {self.label} had {had} before; '
            'whether Magnum resizes the nodegroup cannot be told. To resize '
            'the nodegroup unless that goes on already, run the same command '
            'again',
            (self.hints.to_look(),),
        )
        try:
            self.proxy.resize_cluster(
                plan.cluster,
                plan.node_count,
                # Named only if the user did: the oldest API can do without.
                nodegroup=self.parsed_args.nodegroup or None,
                nodes_to_remove=self.parsed_args.nodes_to_remove,
            )
        except Exception as exc:
            reason = self._reason(exc)
            if reason is None:
                return
            raise osc_exceptions.CommandError(
                f'{_plan.label(plan.cluster)} was not resized: {reason}'
            ) from exc
        accepted = (
            f'Request to resize cluster {self.parsed_args.cluster} has been '
            'accepted.'
        )
        # python-magnumclient's command says just this on stdout; with
        # another format than the default one, that is for data only.
        if self.parsed_args.formatter == self.cmd.formatter_default:
            self.cmd.app.stdout.write(f'{accepted}\n')
            self.cmd.app.stdout.flush()
        else:
            self.cmd.hint(accepted)

    def _reason(self, exc: Exception) -> str | None:
        """Tell why it was not resized and what to do; None if it was."""
        reason = errors.explain(exc)
        name = self.nodegroup.name
        if faults.is_uncertain(exc):
            again = (
                'Run the same command again: it resizes only what is not '
                'being resized yet'
            )
            try:
                if self._is_taken_up():
                    return None
            except Exception as look_exc:
                return (
                    f'{reason}. What nodegroup {name} is now cannot be told: '
                    f'{errors.explain(look_exc)}. {again}'
                )
            return f'{reason}. {self._still()}. {again}'
        if reason.startswith(_TOO_OLD):
            reason = (
                'this Magnum is too old to resize a control plane, which '
                f'takes Magnum {control_plane.FIRST_MAGNUM} (it says: '
                f'{reason})'
            )
        elif reason.startswith(_NO_DRIVER):
            reason = (
                "the cluster's driver does not support resizing a control "
                f'plane (Magnum: {reason})'
            )
        return f'{reason}. {self._still()}{errors.advise(exc)}'

    def _still(self) -> str:
        return (
            f'Nodegroup {self.nodegroup.name} still has '
            f'{_nodegroup.count(self.nodegroup.node_count)} and is '
            f'{resize_state.status_of(self.nodegroup)}'
        )

    def _is_taken_up(self) -> bool:
        def look(now: resize_state.Look, state: State) -> None:
            self.nodegroup = now.nodegroup

        return self.proxy.is_cluster_resize_taken_up(
            self.plan.cluster,
            self.plan.nodegroup,
            self.plan.node_count,
            callback=look,
        )

    def _wait(self) -> str:
        """Wait, and give the result in a word or two."""
        cmd = self.cmd
        try:
            self._wait_for_end()
        except exceptions.ResourceFailure as exc:
            cmd.exit_status = command.FAILED
            self.nodegroup = exc.extra_data
            cmd.tell_error(command.Message(str(exc), (self.hints.to_look(),)))
            return 'failed'
        except failure.OutcomeUnknown as exc:
            cmd.exit_status = command.FAILED
            cmd.error(
                f'{exc}. Run the same command again: it asks for the resize '
                'once more, which changes nothing that has ended'
            )
            self.hints.where_to_look()
            return 'unknown'
        except exceptions.ResourceTimeout as exc:
            cmd.exit_status = command.TIMED_OUT
            self._end_early(errors.explain(exc))
            return 'timed out'
        except KeyboardInterrupt:
            cmd.exit_status = command.INTERRUPTED
            self._end_early('Interrupted')
            return 'interrupted'
        except Exception as exc:
            cmd.exit_status = command.FAILED
            self._end_early(f'Cannot go on looking: {errors.explain(exc)}')
            return 'unknown'
        if not self.plan.is_running:
            self.hints.way_back('To undo')
        return 'resized'

    def _wait_for_end(self) -> None:
        cmd = self.cmd
        with progress.shown(
            cmd.app.stderr, [self.label], quiet=cmd.is_quiet
        ) as display:

            def look(now: resize_state.Look, state: State) -> None:
                self.nodegroup, self.state = now.nodegroup, state
                display.update(self.label, _describe(now.nodegroup, state))

            self.proxy.wait_for_cluster_resize(
                self.plan.cluster,
                self.plan.nodegroup,
                self.plan.node_count,
                timeout=self.parsed_args.timeout,
                callback=look,
            )

    def _end_early(self, why: str) -> None:
        goes_on = (
            'its resize may begin later'
            if self.state is State.NOT_BEGUN
            else 'its resize goes on'
        )
        status = resize_state.status_of(self.nodegroup)
        self.cmd.error(
            f'{why}. {self.label} was {status} with '
            f'{_nodegroup.count(self.nodegroup.node_count)} when last looked '
            f'at; {goes_on}'
        )
        self.hints.where_to_look()
        self.hints.way_back('Magnum cannot cancel it; to go back afterwards')

    def _shown(
        self, result: str, *, status: str | None
    ) -> tuple[Sequence[str], Sequence[object]]:
        fields = dict(self._fields(result, status))
        return tuple(fields), tuple(map(command.cell, fields.values()))

    def _fields(
        self, result: str, status: str | None
    ) -> Iterator[tuple[str, object]]:
        plan = self.plan
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
        yield 'result', result


def _describe(nodegroup: _nodegroup.NodeGroup, state: State) -> str:
    begun = ', not begun' if state is State.NOT_BEGUN else ''
    return (
        f'{resize_state.status_of(nodegroup)}, '
        f'{_nodegroup.count(nodegroup.node_count)}{begun}'
    )
