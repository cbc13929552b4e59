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
from octavia.controller.worker.v2.tasks import database_tasks
from octavia.controller.worker.v2.tasks import lifecycle_tasks
from taskflow.patterns import linear_flow
from taskflow.patterns import unordered_flow

from octavia_resize import constants
from octavia_resize.worker.flows import shape
from octavia_resize.worker.tasks import record


def get_clean_up_flow(
    amphorae: list[dict[str, Any]],
) -> linear_flow.Flow:
    """Delete old amphorae, side by side.

    :param amphorae: Those that serve no more.
    """
    clean_up_flow = linear_flow.Flow(f'{constants.RESIZE}-clean-up')
    clean_up_flow.add(record.CheckOwner(), _get_delete_flow(amphorae))
    return clean_up_flow


def _get_delete_flow(amphorae: list[dict[str, Any]]) -> unordered_flow.Flow:
    delete_flow = unordered_flow.Flow(f'{constants.RESIZE}-delete')
    for amphora in amphorae:
        delete_flow.add(flow_utils.AMP_FLOWS.get_delete_amphora_flow(amphora))
    return delete_flow


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
    rollback_flow.add(record.CheckOwner(), _get_delete_flow(surplus))
    if replace is not None:
        # Octavia's failover of one amphora begins with a task that sets the
        # load balancer to ERROR on revert, and ends with one that marks the
        # load balancer ACTIVE: both are for the record to say.
        first, *steps, last = flow_utils.get_failover_amphora_flow(
            replace, 2, flavor_dict=lb[octavia_constants.FLAVOR]
        )
        shape.check(
            [type(first), type(last)],
            [
                lifecycle_tasks.LoadBalancerToErrorOnRevertTask,
                database_tasks.MarkLBActiveInDB,
            ],
        )
        rollback_flow.add(*steps)
    return rollback_flow
