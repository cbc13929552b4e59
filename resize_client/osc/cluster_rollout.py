# SPDX-License-Identifier: Apache-2.0

"""The part of the cluster command that resizes several."""

import argparse
from collections.abc import Sequence
import functools

from resize_client.osc import cluster_hints as hints
from resize_client.osc import cluster_messages as messages
from resize_client.osc import cluster_rollout_messages as rollout_messages
from resize_client.osc import command
from resize_client.osc import errors
from resize_client.osc import rollout_command
from resize_client.osc import rollout_options
from resize_client.sdk.container_infra import _proxy
from resize_client.sdk.container_infra import plan
from resize_client.sdk.container_infra import request
from resize_client.sdk.container_infra import waiting
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.outcome import Result

Shown = tuple[Sequence[str], Sequence[object]]

_COLUMNS = (
    *('cluster_id', 'cluster', 'nodegroup'),
    *('previous_node_count', 'node_count', 'status', 'result'),
)


class ClustersCommand(
    rollout_command.RolloutCommand[Outcome], command.RecordOrRows
):
    """Resizes several clusters."""

    def resize_several(
        self, parsed_args: argparse.Namespace, clusters: Sequence[str]
    ) -> Shown:
        """Check all, then resize them a few at a time."""
        self.show_rows(parsed_args, 'cluster')
        proxy, outcomes = self._plan_all(parsed_args, clusters)
        is_refused = self._show_plan(outcomes)
        if parsed_args.dry_run:
            self.show_hints(*rollout_messages.not_checked(outcomes))
            results = map(messages.result_of_dry_run, outcomes)
            return self._rows(outcomes, list(results))
        if is_refused:
            self.show_error(rollout_messages.NONE_CHANGED)
            return self._rows(outcomes)
        self.if_interrupted = rollout_messages.INTERRUPTED
        if parsed_args.wait:
            outcomes = self.roll_out(
                functools.partial(waiting.roll_out, proxy),
                outcomes,
                rollout_options.limits_of(parsed_args),
                rollout_messages,
            )
            self.show_hints(*hints.how_to_undo(outcomes))
            return self._rows(outcomes)
        outcomes = self.send(
            functools.partial(request.send_all, proxy), outcomes
        )
        for message in rollout_messages.ends(outcomes):
            self.show_error(message)
        if self.exit_status == command.INTERRUPTED:
            self.show_error(self.if_interrupted)
        return self._rows(outcomes)

    def _plan_all(
        self, parsed_args: argparse.Namespace, clusters: Sequence[str]
    ) -> tuple[_proxy.Proxy, list[Outcome]]:
        try:
            proxy = self.connection.container_infrastructure_management
            return proxy, plan.plan_resizes(
                proxy,
                clusters,
                parsed_args.node_count,
                nodegroup=parsed_args.nodegroup or None,
                force=parsed_args.force,
            )
        except Exception as exc:
            subject = f'one of {len(clusters)} clusters'
            raise errors.refuse(exc, subject) from exc

    def _show_plan(self, outcomes: Sequence[Outcome]) -> bool:
        """Show what is not requested; return whether one is refused."""
        refused = [outcome for outcome in outcomes if outcome.stops_all]
        for outcome in refused:
            self.show_error(rollout_messages.refused(outcome))
        self.show_hints(*rollout_messages.to_consider(outcomes))
        return bool(refused)

    def _rows(
        self, outcomes: Sequence[Outcome], results: Sequence[str] = ()
    ) -> Shown:
        """Return a row for each, and set the exit status."""
        self.exit_status = self.exit_status or command.exit_status_of(
            outcome.result for outcome in outcomes
        )
        results = results or [str(outcome.result) for outcome in outcomes]
        return _COLUMNS, [
            command.cells(_row(outcome, result))
            for outcome, result in zip(outcomes, results, strict=True)
        ]


def _row(outcome: Outcome, result: str) -> Sequence[object]:
    cluster, nodegroup = outcome.before.cluster, outcome.before.nodegroup
    # Magnum answers before it reads the nodegroup.
    is_accepted = outcome.result is Result.ACCEPTED
    return (
        cluster.id,
        cluster.name,
        nodegroup.name,
        nodegroup.node_count,
        outcome.node_count,
        None if is_accepted else outcome.nodegroup.status,
        result,
    )
