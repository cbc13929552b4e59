# SPDX-License-Identifier: Apache-2.0

"""Cluster resize action implementation"""

import argparse
from collections.abc import Callable
from collections.abc import Sequence
import dataclasses

from osc_lib import exceptions as osc_exceptions

from resize_client.osc import cluster_hints as hints
from resize_client.osc import cluster_messages as messages
from resize_client.osc import cluster_rollout
from resize_client.osc import command
from resize_client.osc import errors
from resize_client.osc import output
from resize_client.osc import rollout_options
from resize_client.osc.cluster_rollout import Shown
from resize_client.sdk.container_infra import _proxy
from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import control_plane
from resize_client.sdk.container_infra import plan
from resize_client.sdk.container_infra import request
from resize_client.sdk.container_infra import steps
from resize_client.sdk.container_infra import waiting
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result

_Follow = Callable[..., Outcome]


class _NoFlavor(argparse.Action):
    """An answer to those who want larger nodes."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        parser.error(
            '--flavor: a resize changes the number of nodes. Magnum has no '
            'way to change the flavor of the nodes that a nodegroup has; of '
            'workers, another nodegroup can have another one: see '
            "'openstack coe nodegroup create --help'"
        )


def _node_count(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a number of nodes, which comes last, directly "
            'behind the clusters'
        ) from None


class ResizeCluster(cluster_rollout.ClustersCommand):
    """Change the number of nodes of a nodegroup of clusters.

    Without --nodegroup it is the default worker nodegroup. The nodegroup of
    the control plane, default-master, needs an odd number of nodes, and a
    cluster driver that can resize it. Of one cluster the result is shown as a
    record, of several in a row each.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        self._parser = parser
        parser.add_argument(
            'cluster',
            metavar='<cluster>',
            nargs='+',
            help='Cluster to resize (name or UUID)',
        )
        parser.add_argument(
            'node_count',
            metavar='<node-count>',
            type=_node_count,
            help='Number of nodes to resize the nodegroup to',
        )
        parser.add_argument(
            '--nodes-to-remove',
            metavar='<server>',
            action='append',
            help='ID of a server to remove; repeat for several. For one '
            'cluster only',
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
            'which may refuse it, and remove nodes of a control plane that '
            'is not healthy',
        )
        parser.add_argument(
            '--flavor',
            metavar='<flavor>',
            action=_NoFlavor,
            help=argparse.SUPPRESS,
        )
        parser.add_argument(
            '--in-steps',
            action='store_true',
            help='Make a control plane smaller in the safest steps, such as '
            'from 7 to 5, 3 and 1 nodes: wait for each, and begin each only '
            'when the cluster is healthy; after an interrupt the same '
            'command continues. For one cluster only',
        )
        command.add_wait_arguments(parser, 'the resize has ended')
        rollout_options.add_limit_arguments(parser)
        command.add_dry_run_argument(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Shown:
        clusters = list(dict.fromkeys(parsed_args.cluster))
        parsed_args.wait = parsed_args.wait or parsed_args.in_steps
        wrong = _contradiction(parsed_args, clusters)
        if wrong is not None:
            self._parser.error(wrong)
        self.check_wait_arguments(parsed_args)
        if len(clusters) > 1:
            return self.resize_several(parsed_args, clusters)
        (parsed_args.cluster,) = clusters
        return self._resize_one(parsed_args)

    def _resize_one(self, parsed_args: argparse.Namespace) -> Shown:
        proxy, outcome = self._plan(parsed_args)
        status = outcome.nodegroup.status
        if parsed_args.in_steps:
            self.show_hints(*messages.steps_to_do(outcome))
        else:
            self.show_hints(*messages.warnings(outcome))
            self.show_hints(*hints.more_safely(outcome))
        if outcome.result is Result.UNCHANGED:
            self.show_hints(messages.unchanged(outcome))
            return _show(outcome, outcome.result, status)
        if parsed_args.dry_run:
            result = messages.result_of_dry_run(outcome)
            if outcome.was_running:
                self.show_hints(messages.already(outcome))
            elif result == messages.NOT_CHECKED:
                self.show_hints(messages.not_checked(outcome))
            return _show(outcome, result, status)
        if parsed_args.in_steps:
            outcome = self._wait(
                proxy, outcome, parsed_args.timeout, steps.follow
            )
            if self.exit_status:
                self.show_hints(
                    hints.how_to_continue(outcome, parsed_args.node_count)
                )
            return _show(outcome, outcome.result, outcome.nodegroup.status)
        outcome = self._send(proxy, outcome, parsed_args)
        if not parsed_args.wait:
            # Magnum answers before it reads the nodegroup.
            return _show(outcome, outcome.result, None)
        outcome = self._wait(proxy, outcome, parsed_args.timeout)
        return _show(outcome, outcome.result, outcome.nodegroup.status)

    def _plan(
        self, parsed_args: argparse.Namespace
    ) -> tuple[_proxy.Proxy, Outcome]:
        try:
            proxy = self.connection.container_infrastructure_management
            outcome = plan.plan_resize(
                proxy,
                parsed_args.cluster,
                parsed_args.node_count,
                # Magnum takes an empty name for none.
                nodegroup=parsed_args.nodegroup or None,
                nodes_to_remove=parsed_args.nodes_to_remove,
                force=parsed_args.force,
            )
        except Exception as exc:
            raise errors.refuse(exc, f'cluster {parsed_args.cluster}') from exc
        if parsed_args.in_steps:
            outcome = steps.during_a_step(outcome)
        if isinstance(outcome.error, Refusal):
            raise osc_exceptions.CommandError(
                '\n'.join(outcome.error.reasons.values())
            )
        return proxy, outcome

    def _send(
        self,
        proxy: _proxy.Proxy,
        outcome: Outcome,
        parsed_args: argparse.Namespace,
    ) -> Outcome:
        try:
            outcome = request.find_running(proxy, outcome)
        except Exception as exc:
            before = outcome.before
            label = _cluster.label(
                before.cluster, before.nodegroup, start=False
            )
            raise errors.refuse(exc, label) from exc
        if outcome.result is Result.ACCEPTED:
            self.show_hints(messages.already(outcome))
            return outcome
        self.if_interrupted = messages.interrupted_while_sending(outcome)
        outcome = request.send(proxy, outcome)
        if outcome.error is not None:
            raise osc_exceptions.CommandError(
                messages.not_resized(outcome).text
            ) from outcome.error
        self._show_accepted(parsed_args)
        return outcome

    def _show_accepted(self, parsed_args: argparse.Namespace) -> None:
        accepted = messages.accepted(parsed_args.cluster)
        # python-magnumclient's command writes this to stdout; with another
        # format than the default one, stdout is for data only.
        if parsed_args.formatter == self.formatter_default:
            output.write_line(self.app.stdout, accepted.text)
        else:
            self.show_hints(accepted)

    def _wait(
        self,
        proxy: _proxy.Proxy,
        outcome: Outcome,
        timeout: float,
        follow: _Follow = waiting.follow,
    ) -> Outcome:
        label = outcome.label
        try:
            with output.progress(
                self.app.stderr, [label], quiet=self.is_quiet
            ) as display:

                def seen(latest: Outcome) -> None:
                    nonlocal outcome
                    outcome = latest
                    display.update(label, messages.state(latest))

                outcome = follow(
                    proxy, outcome, timeout=timeout, callback=seen
                )
        except KeyboardInterrupt:
            outcome = dataclasses.replace(outcome, result=Result.INTERRUPTED)
        if outcome.result is Result.RESIZED:
            self.show_hints(*hints.how_to_undo([outcome]))
            return outcome
        self.exit_status = command.exit_status_of([outcome.result])
        error, *ways = messages.not_done(outcome)
        self.show_error(error)
        self.show_hints(*ways)
        return outcome


def _contradiction(
    parsed_args: argparse.Namespace, clusters: Sequence[str]
) -> str | None:
    """Return what is wrong with the options, None if nothing is."""
    for name in ('in_steps', 'nodes_to_remove'):
        if len(clusters) > 1 and getattr(parsed_args, name):
            return f'--{name.replace("_", "-")} is for one cluster only'
    return rollout_options.contradiction(parsed_args)


def _show(outcome: Outcome, result: str, status: str | None) -> Shown:
    cluster, nodegroup = outcome.before.cluster, outcome.before.nodegroup
    before, after = nodegroup.node_count, outcome.node_count
    tolerance = control_plane.failure_tolerance
    tolerances = {
        'previous_failure_tolerance': tolerance(before),
        'failure_tolerance': tolerance(after),
    }
    return command.record(
        {
            'cluster_id': cluster.id,
            'cluster': cluster.name,
            'nodegroup_id': nodegroup.id,
            'nodegroup': nodegroup.name,
            'role': nodegroup.role,
            'previous_node_count': before,
            'node_count': after,
            **(tolerances if nodegroup.is_control_plane else {}),
            'status': status,
            'result': str(result),
        }
    )
