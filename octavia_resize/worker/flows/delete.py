# SPDX-License-Identifier: Apache-2.0

"""Deletes old amphorae after the switch, and new ones in a rollback."""

import functools
from typing import Any

from octavia.common import constants as octavia_constants
from octavia.controller.worker.v2.flows import flow_utils
from octavia.controller.worker.v2.tasks import amphora_driver_tasks
from octavia.controller.worker.v2.tasks import database_tasks
from octavia.controller.worker.v2.tasks import lifecycle_tasks
from oslo_config import cfg
from taskflow.patterns import linear_flow
from taskflow.patterns import unordered_flow

from octavia_resize import constants
from octavia_resize.lifecycle import phases
from octavia_resize.worker import fences
from octavia_resize.worker import network
from octavia_resize.worker.flows import shape
from octavia_resize.worker.tasks import record
from octavia_resize.worker.tasks import servers

CONF = cfg.CONF


def get_clean_up_flow(
    claim: dict[str, str],
    amphorae: list[dict[str, Any]],
) -> linear_flow.Flow:
    """Delete old amphorae, all at the same time.

    :param claim: The claim of the owner, as a dict.
    :param amphorae: Dicts of the amphorae, which no longer serve.
    """
    clean_up_flow = linear_flow.Flow(f'{constants.RESIZE}-clean-up')
    deletes = unordered_flow.Flow(f'{constants.RESIZE}-delete')
    for amphora in amphorae:
        deletes.add(_get_delete_flow(amphora))
    clean_up_flow.add(deletes)
    fences.Fence(claim, phases.Flow.DELETE_OLD).guard(clean_up_flow)
    network.share_driver(clean_up_flow)
    return clean_up_flow


def _get_delete_flow(amphora: dict[str, Any]) -> linear_flow.Flow:
    """Return Octavia's flow that deletes an amphora.

    Octavia's own defaults are read before the configuration is.
    """
    options = CONF.controller_worker
    return flow_utils.AMP_FLOWS.get_delete_amphora_flow(
        amphora,
        retry_attempts=options.amphora_delete_retries,
        retry_interval=options.amphora_delete_retry_interval,
    )


def get_rollback_flow(
    claim: dict[str, str],
    surplus: list[dict[str, Any]],
    replace: dict[str, Any] | None,
    standby_id: str,
    lb: dict[str, Any],
) -> linear_flow.Flow:
    """Delete the new amphorae, and rebuild the old standby if it is gone.

    :param claim: The claim of the owner, as a dict.
    :param surplus: Amphorae to delete.
    :param replace: If the old standby is gone, the new amphora that the
        rebuilt standby replaces.
    :param standby_id: ID of the rebuilt standby.
    :param lb: Provider dict of the load balancer; its flavor is the previous
        one.
    """
    rollback_flow = linear_flow.Flow(f'{constants.RESIZE}-rollback')
    deletes = unordered_flow.Flow(f'{constants.RESIZE}-delete')
    fence = fences.Fence(claim, phases.Flow.ROLL_BACK)
    change = functools.partial(_change, fence)
    for amphora in surplus:
        deletes.add(shape.rebuild(_get_delete_flow(amphora), change))
    rollback_flow.add(record.FailOnRevert(fence), deletes)
    fence.guard(rollback_flow)
    if replace is not None:
        rebuild_flow = _get_rebuild_flow(fence, replace, standby_id, lb)
        fence.guard(rebuild_flow, standby_id)
        rollback_flow.add(rebuild_flow)
    network.share_driver(rollback_flow)
    return rollback_flow


def _get_rebuild_flow(
    fence: fences.Fence,
    replace: dict[str, Any],
    standby_id: str,
    lb: dict[str, Any],
) -> linear_flow.Flow:
    """Return Octavia's failover of one amphora, with tasks of ours.

    The first task of Octavia's flow sets the load balancer to ERROR on revert,
    and the last one sets it ACTIVE. Both are left out: tasks of the record
    change the load balancer.
    """
    changed: list[type] = []

    def change(node: shape.Node) -> list[shape.Node]:
        match node:
            case lifecycle_tasks.LoadBalancerToErrorOnRevertTask():
                nodes = []
            case database_tasks.MarkLBActiveInDB():
                nodes = [record.NoteStandby(fence, name=node.name)]
            case database_tasks.MarkAmphoraPendingDeleteInDB() if (
                database_tasks.CreateAmphoraInDB not in changed
            ):
                # The deletion of the amphora does the same.
                return []
            case database_tasks.CreateAmphoraInDB():
                nodes = [
                    record.CreateAmphora(fence, standby_id, name=node.name)
                ]
            case _:
                return _change(fence, node)
        changed.append(type(node))
        return nodes

    rebuild_flow = shape.rebuild(
        flow_utils.get_failover_amphora_flow(
            replace, 2, flavor_dict=lb[octavia_constants.FLAVOR]
        ),
        change,
    )
    shape.check(
        changed,
        [
            lifecycle_tasks.LoadBalancerToErrorOnRevertTask,
            database_tasks.CreateAmphoraInDB,
            database_tasks.MarkLBActiveInDB,
        ],
    )
    return rebuild_flow


def _change(fence: fences.Fence, node: shape.Node) -> list[shape.Node]:
    """Remove reverts that set amphorae to ERROR.

    Octavia's would also do that to amphorae that are deleted meanwhile, or to
    all amphorae of the load balancer.
    """
    match node:
        case lifecycle_tasks.AmphoraToErrorOnRevertTask():
            return []
        case (
            database_tasks.MarkAmphoraPendingDeleteInDB()
            | database_tasks.MarkAmphoraDeletedInDB()
            | amphora_driver_tasks.AmphoraePostNetworkPlug()
        ):
            node.revert = _do_nothing
    return [servers.replace(node, fence)]


def _do_nothing(*args: Any, **kwargs: Any) -> None:
    """Replace the revert of a task."""
