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

"""Octavia's failover flows, made into a resize and its way back.

The functions at the end are what taskflow imports to build a flow anew, so
their arguments are JSON data only.
"""

from collections.abc import Iterable
from typing import Any
from typing import TypeAlias

from octavia.common import constants as octavia_constants
from octavia.controller.worker.v2.flows import flow_utils
from octavia.controller.worker.v2.tasks import database_tasks
from octavia.controller.worker.v2.tasks import lifecycle_tasks
from taskflow import flow
from taskflow.patterns import graph_flow
from taskflow.patterns import linear_flow

from octavia_resize import constants
from octavia_resize.worker import tasks

#: A task or a flow of taskflow, which has no types.
Node: TypeAlias = Any


def _steps(failover_flow: flow.Flow) -> list[Node]:
    """Return Octavia's steps without its own beginning and end.

    Octavia's failover flows begin with a task that sets the load balancer to
    ERROR on revert and end with one that marks it ACTIVE. A resize has its
    own in their place.

    :raises RuntimeError: The flow is another one.
    """
    first, *steps, last = failover_flow
    if not (
        isinstance(first, lifecycle_tasks.LoadBalancerToErrorOnRevertTask)
        and isinstance(last, database_tasks.MarkLBActiveInDB)
    ):
        raise RuntimeError(
            f'{failover_flow.name} begins with {first.name} and ends with '
            f'{last.name}: this Octavia is none that octavia_resize knows'
        )
    return steps


def _go_on(history: dict[str, bool]) -> bool:
    return all(history.values())


def _link(name: str, nodes: Iterable[Node]) -> graph_flow.Flow:
    """Return a flow that runs nodes in turn, as long as checkpoints allow."""
    resize_flow = graph_flow.Flow(name)
    part = linear_flow.Flow(f'{name}-0')
    resize_flow.add(part)
    for node in nodes:
        if not isinstance(node, tasks.ResizeCheckpoint):
            part.add(node)
            continue
        after = linear_flow.Flow(f'{name}-after-{node.name}')
        resize_flow.add(
            node, after, resolve_requires=False, resolve_existing=False
        )
        resize_flow.link(part, node)
        resize_flow.link(node, after, decider=_go_on, decider_depth='ALL')
        part = after
    return resize_flow


def _checkpoint(node: Node, amphora_ids: list[str]) -> Node | None:
    """Return the checkpoint to run before a step, if it needs one.

    That is before an amphora is marked as the next to be replaced, and
    before one is deleted.
    """
    if isinstance(node, database_tasks.MarkAmphoraPendingDeleteInDB):
        return tasks.ResizeCheckpoint(name=f'checkpoint-{node.name}')
    for amphora_id in amphora_ids:
        if (
            node.name
            == f'{octavia_constants.DELETE_AMPHORA_FLOW}-{amphora_id}'
        ):
            return tasks.ResizeCheckpoint(
                name=f'checkpoint-{node.name}',
                inject={'replaces': amphora_id},
            )
    return None


def get_resize_load_balancer_flow(
    amps: list[dict[str, Any]], lb: dict[str, Any]
) -> graph_flow.Flow:
    """Octavia's load balancer failover, ending with the new flavor.

    :param amps: The amphorae in the order of Octavia's failover.
    :param lb: Provider dict of the load balancer; its flavor is the new one.
    :raises RuntimeError: Octavia's flow is another one than is known.
    """
    amphora_ids = [amp[octavia_constants.ID] for amp in amps]
    checkpoints = 0
    nodes: list[Node] = [tasks.ResizeToErrorOnRevert()]
    for node in _steps(flow_utils.get_failover_LB_flow(list(amps), lb)):
        checkpoint = _checkpoint(node, amphora_ids)
        if checkpoint is not None:
            nodes.append(checkpoint)
            checkpoints += bool(checkpoint.inject)
        nodes.append(node)
    # More than that are left over, and deleted after them.
    is_single = (
        lb[octavia_constants.FLAVOR][octavia_constants.LOADBALANCER_TOPOLOGY]
        == octavia_constants.TOPOLOGY_SINGLE
    )
    expected = min(len(amps), 1 if is_single else 2)
    if checkpoints != expected:
        raise RuntimeError(
            f"Octavia's failover has {checkpoints} steps that delete an "
            f'amphora, not {expected}: this Octavia is none that '
            'octavia_resize knows'
        )
    nodes.append(tasks.CompleteResize())
    return _link(constants.RESIZE_LOADBALANCER_FLOW, nodes)


def get_cancel_resize_flow(
    amps: list[dict[str, Any]],
    lb: dict[str, Any],
    new_amphora: dict[str, Any] | None,
    surplus: list[dict[str, Any]],
) -> linear_flow.Flow:
    """Go back to the previous flavor, replacing no more than necessary.

    :param amps: All amphorae, in the order of Octavia's failover, if none of
        those before the resize is left; else empty.
    :param lb: Provider dict of the load balancer; its flavor is the previous
        one.
    :param new_amphora: The amphora that took the place of one of the two
        before, if the other one is left.
    :param surplus: Amphorae to delete.
    """
    cancel_flow = linear_flow.Flow(constants.CANCEL_RESIZE_FLOW)
    cancel_flow.add(tasks.CancelToErrorOnRevert())
    for amphora in surplus:
        cancel_flow.add(flow_utils.AMP_FLOWS.get_delete_amphora_flow(amphora))
    cancel_flow.add(tasks.EnablePorts(), tasks.RestoreAmphorae())
    if amps:
        cancel_flow.add(
            *_steps(flow_utils.get_failover_LB_flow(list(amps), lb))
        )
    elif new_amphora is not None:
        cancel_flow.add(
            *_steps(
                flow_utils.get_failover_amphora_flow(
                    new_amphora, 2, flavor_dict=lb[octavia_constants.FLAVOR]
                )
            )
        )
    cancel_flow.add(tasks.CompleteCancel())
    return cancel_flow
