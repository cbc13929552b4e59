# SPDX-License-Identifier: Apache-2.0

"""Builds new amphorae beside the old ones, which are not touched."""

from typing import Any

from octavia.common import constants as octavia_constants
from octavia.controller.worker.v2.flows import flow_utils
from octavia.controller.worker.v2.tasks import amphora_driver_tasks
from octavia.controller.worker.v2.tasks import compute_tasks
from octavia.controller.worker.v2.tasks import database_tasks
from octavia.controller.worker.v2.tasks import network_tasks
from octavia.controller.worker.v2.tasks import shim_tasks
from taskflow.patterns import linear_flow
from taskflow.patterns import unordered_flow

from octavia_resize import constants
from octavia_resize.lifecycle import phases
from octavia_resize.worker import fences
from octavia_resize.worker import network
from octavia_resize.worker.flows import shape
from octavia_resize.worker.tasks import new_amphorae
from octavia_resize.worker.tasks import record
from octavia_resize.worker.tasks import servers
from octavia_resize.worker.tasks import vips

_NAME = f'{constants.RESIZE}-build'

#: Steps of Octavia's failover that prepare VIP and security group, in order.
_PREPARATION = (
    network_tasks.AllocateVIPforFailover,
    database_tasks.UpdateVIPAfterAllocation,
    database_tasks.UpdateAdditionalVIPsAfterAllocation,
    network_tasks.UpdateVIPSecurityGroup,
)
#: Steps of Octavia's build that open the firewall of an SR-IOV port.
_FIREWALL = (
    shim_tasks.AmphoraToAmphoraeWithVRRPIP,
    database_tasks.GetAmphoraFirewallRules,
    amphora_driver_tasks.AmphoraeGetConnectivityStatus,
    amphora_driver_tasks.SetAmphoraFirewallRules,
)


def get_build_flow(
    claim: dict[str, str],
    amphora_ids: dict[str, str],
    lb: dict[str, Any],
    isolate: bool,
) -> linear_flow.Flow:
    """Build new amphorae beside the old ones, which are not touched.

    Two amphorae must not answer for the VIP while one has no listeners: the
    new one of a SINGLE load balancer gets the VIP in the switch, or now, with
    its VIP port disabled.

    :param claim: The claim of the owner, as a dict.
    :param amphora_ids: The ID of each new amphora by its role.
    :param lb: Provider dict of the load balancer; its flavor is the new one.
    :param isolate: Whether the new amphora of a SINGLE load balancer gets the
        VIP now.
    :raises RuntimeError: Octavia's flows are not those that are known.
    """
    fence = fences.Fence(claim, phases.Flow.BUILD_NEW)
    build_flow = linear_flow.Flow(_NAME)
    build_flow.add(record.RollBackOnRevert(fence), *_get_preparation(lb))
    fence.guard(build_flow)
    amphorae = unordered_flow.Flow(f'{_NAME}-amphorae')
    for role, amphora_id in amphora_ids.items():
        amphora_flow = _get_amphora_flow(fence, role, amphora_id, lb, isolate)
        fence.guard(amphora_flow, amphora_id)
        amphorae.add(amphora_flow)
    build_flow.add(amphorae)
    network.share_driver(build_flow)
    return build_flow


def _get_preparation(lb: dict[str, Any]) -> list[shape.Node]:
    nodes = [
        node
        for node in flow_utils.get_failover_LB_flow([], lb)
        if isinstance(node, _PREPARATION)
    ]
    shape.check([type(node) for node in nodes], list(_PREPARATION))
    return [vips.replace(node) for node in nodes]


def _get_amphora_flow(
    fence: fences.Fence,
    role: str,
    amphora_id: str,
    lb: dict[str, Any],
    isolate: bool,
) -> linear_flow.Flow:
    """Return Octavia's flow that builds an amphora, with tasks of ours."""
    changed: list[type] = []
    gets_vip_later = role == octavia_constants.ROLE_STANDALONE and not isolate
    flavor = lb[octavia_constants.FLAVOR]

    def change(node: shape.Node) -> list[shape.Node]:
        name = f'{constants.RESIZE}-{node.name}'
        match node:
            case database_tasks.CreateAmphoraInDB():
                nodes = [
                    record.CreateAmphora(fence, amphora_id, name=node.name)
                ]
            case (
                compute_tasks.CertComputeCreate() | compute_tasks.ComputeWait()
            ):
                nodes = [servers.replace(node, fence)]
            case (
                network_tasks.CreateVIPBasePort()
                | network_tasks.CreateSRIOVBasePort()
            ):
                create_port = servers.replace(node, fence)
                if isolate:
                    network.create_disabled(create_port)
                nodes = [create_port]
            case database_tasks.MarkAmphoraBootingInDB():
                nodes = [node, servers.AwaitFirstPoll(name=name)]
            case network_tasks.GetAmphoraNetworkConfigsByID():
                nodes = [
                    new_amphorae.GetNetworkConfig(
                        name=node.name,
                        provides=octavia_constants.AMPHORAE_NETWORK_CONFIG,
                    )
                ]
            case amphora_driver_tasks.AmphoraPostVIPPlug():
                nodes = [] if gets_vip_later else [node]
            case amphora_driver_tasks.AmphoraePostNetworkPlug():
                nodes = [
                    new_amphorae.PostNetworkPlug(
                        name=node.name,
                        requires=(
                            octavia_constants.LOADBALANCER,
                            octavia_constants.UPDATED_PORTS,
                        ),
                    ),
                    record.NoteReady(fence, name=name),
                ]
            case _ if isinstance(node, _FIREWALL):
                # Else the switch opens the firewall.
                return [node] if isolate else []
            case _:
                return [servers.replace(node, fence)]
        changed.append(type(node))
        return nodes

    amphora_flow = shape.rebuild(
        flow_utils.AMP_FLOWS.get_amphora_for_lb_failover_subflow(
            prefix=f'{constants.RESIZE}-{role}',
            role=role,
            flavor_dict=flavor,
        ),
        change,
    )
    shape.check(
        changed,
        [
            database_tasks.CreateAmphoraInDB,
            compute_tasks.CertComputeCreate,
            database_tasks.MarkAmphoraBootingInDB,
            compute_tasks.ComputeWait,
            network_tasks.CreateSRIOVBasePort
            if flavor.get(octavia_constants.SRIOV_VIP)
            else network_tasks.CreateVIPBasePort,
            network_tasks.GetAmphoraNetworkConfigsByID,
            amphora_driver_tasks.AmphoraPostVIPPlug,
            amphora_driver_tasks.AmphoraePostNetworkPlug,
        ],
    )
    return amphora_flow
