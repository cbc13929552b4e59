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

"""Deletes old amphorae after the switch, and new ones in a rollback."""

from typing import Any

from octavia.common import constants as octavia_constants
from octavia.controller.worker.v2.flows import flow_utils
from octavia.controller.worker.v2.tasks import amphora_driver_tasks
from octavia.controller.worker.v2.tasks import database_tasks
from octavia.controller.worker.v2.tasks import lifecycle_tasks
from taskflow.patterns import linear_flow
from taskflow.patterns import unordered_flow

from octavia_resize import constants
from octavia_resize.worker.flows import shape
from octavia_resize.worker.tasks import record
from octavia_resize.worker.tasks import servers


def get_clean_up_flow(
    amphorae: list[dict[str, Any]],
) -> linear_flow.Flow:
    """Delete old amphorae, side by side.

    :param amphorae: Those that serve no more.
    """
    clean_up_flow = linear_flow.Flow(f'{constants.RESIZE}-clean-up')
    deletes = unordered_flow.Flow(f'{constants.RESIZE}-delete')
    for amphora in amphorae:
        deletes.add(flow_utils.AMP_FLOWS.get_delete_amphora_flow(amphora))
    clean_up_flow.add(record.CheckOwner(), deletes)
    return clean_up_flow


def get_rollback_flow(
    surplus: list[dict[str, Any]],
    replace: dict[str, Any] | None,
    lb: dict[str, Any],
) -> linear_flow.Flow:
    """Delete what was built.

    :param surplus: Amphorae to delete.
    :param replace: If the old standby is gone, the new amphora in whose place
        the standby is built again.
    :param lb: Provider dict of the load balancer; its flavor is the previous
        one.
    """
    rollback_flow = linear_flow.Flow(f'{constants.RESIZE}-rollback')
    deletes = unordered_flow.Flow(f'{constants.RESIZE}-delete')
    for amphora in surplus:
        deletes.add(
            shape.rebuild(
                flow_utils.AMP_FLOWS.get_delete_amphora_flow(amphora), _change
            )
        )
    rollback_flow.add(record.CheckOwner(), deletes)
    if replace is not None:
        rollback_flow.add(_get_rebuild_flow(replace, lb))
    return rollback_flow


def _get_rebuild_flow(
    replace: dict[str, Any], lb: dict[str, Any]
) -> linear_flow.Flow:
    """Octavia's failover of one amphora, with ours between its steps.

    It begins with a task that sets the load balancer to ERROR on revert, and
    ends with one that marks the load balancer ACTIVE: both are for the record
    to say.
    """
    changed: list[type] = []

    def change(node: shape.Node) -> list[shape.Node]:
        nodes = _change(node)
        check = record.CheckOwner(name=f'{constants.RESIZE}-{node.name}')
        match node:
            case (
                lifecycle_tasks.LoadBalancerToErrorOnRevertTask()
                | database_tasks.MarkLBActiveInDB()
            ):
                nodes = []
            case database_tasks.MarkAmphoraPendingDeleteInDB() if (
                database_tasks.CreateAmphoraInDB not in changed
            ):
                # Its deletion does so, too.
                return []
            case (
                database_tasks.CreateAmphoraInDB()
                | database_tasks.GetLoadBalancer()
            ):
                nodes = [check, node]
            case amphora_driver_tasks.AmphoraePostNetworkPlug():
                # From here on the amphora that is replaced is deleted.
                nodes = [*nodes, check]
            case _:
                return nodes
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
            amphora_driver_tasks.AmphoraePostNetworkPlug,
            database_tasks.GetLoadBalancer,
            database_tasks.MarkLBActiveInDB,
        ],
    )
    return rebuild_flow


def _change(node: shape.Node) -> list[shape.Node]:
    """Have a revert leave amphorae alone: others may have deleted them.

    Octavia's sets those that are deleted to ERROR, or all of the load
    balancer.
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
    return [servers.replace(node)]


def _do_nothing(*args: Any, **kwargs: Any) -> None:
    """Take the place of a task's revert."""
