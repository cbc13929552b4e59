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


"""The flows of a resize, made of Octavia's subflows and tasks.

Build everything first and touch nothing old; then move the VIP once; then
delete the old amphorae. Until the VIP has moved, the way back only deletes
what was built.

The functions are what taskflow imports to build a flow anew, so their
arguments are JSON data only.
"""

from collections.abc import Callable
from typing import Any
from typing import TypeAlias

from octavia.common import constants as octavia_constants
from octavia.common import utils
from octavia.controller.worker.v2.flows import flow_utils
from octavia.controller.worker.v2.tasks import amphora_driver_tasks
from octavia.controller.worker.v2.tasks import compute_tasks
from octavia.controller.worker.v2.tasks import database_tasks
from octavia.controller.worker.v2.tasks import lifecycle_tasks
from octavia.controller.worker.v2.tasks import network_tasks
from octavia.controller.worker.v2.tasks import shim_tasks
from oslo_config import cfg
from taskflow import flow
from taskflow.patterns import linear_flow
from taskflow.patterns import unordered_flow

from octavia_resize import constants
from octavia_resize.worker import switch
from octavia_resize.worker import tasks

CONF = cfg.CONF

#: A task or a flow of taskflow, which has no types.
Node: TypeAlias = Any

#: What AskOldAmphorae has found out.
_OLD_AMPHORAE = 'old_amphorae'

#: Steps of Octavia's failover that see to VIP and security group, in turn.
_PREPARATION = (
    network_tasks.AllocateVIPforFailover,
    database_tasks.UpdateVIPAfterAllocation,
    database_tasks.UpdateAdditionalVIPsAfterAllocation,
    network_tasks.UpdateVIPSecurityGroup,
)
#: Steps of Octavia's build that give a new amphora the VIP.
_VIP_PLUG = (
    amphora_driver_tasks.AmphoraPostVIPPlug,
    shim_tasks.AmphoraToAmphoraeWithVRRPIP,
    database_tasks.GetAmphoraFirewallRules,
    amphora_driver_tasks.AmphoraeGetConnectivityStatus,
    amphora_driver_tasks.SetAmphoraFirewallRules,
)


def get_build_flow(roles: list[str], lb: dict[str, Any]) -> linear_flow.Flow:
    """Build new amphorae beside the old ones, which are not touched.

    That of a SINGLE load balancer gets no VIP yet: two amphorae would answer
    for it, and one of them has no listeners.

    :param roles: The role of each new amphora.
    :param lb: Provider dict of the load balancer; its flavor is the new one.
    :raises RuntimeError: Octavia's flows are others than those known.
    """
    build_flow = linear_flow.Flow(constants.BUILD_FLOW)
    build_flow.add(tasks.GoBackOnRevert(), *_get_preparation(lb))
    amphorae = unordered_flow.Flow(f'{constants.BUILD_FLOW}-amphorae')
    for role in roles:
        amphorae.add(_get_amphora_flow(role, lb))
    build_flow.add(amphorae)
    return build_flow


def _get_preparation(lb: dict[str, Any]) -> list[Node]:
    nodes = [
        node
        for node in flow_utils.get_failover_LB_flow([], lb)
        if isinstance(node, _PREPARATION)
    ]
    _check([type(node) for node in nodes], list(_PREPARATION))
    return nodes


def _get_amphora_flow(role: str, lb: dict[str, Any]) -> linear_flow.Flow:
    """Octavia's flow that builds an amphora, with ours between its steps."""
    changed: list[type] = []

    def change(node: Node) -> list[Node]:
        name = f'{constants.RESIZE}-{node.name}'
        match node:
            case database_tasks.CreateAmphoraInDB():
                nodes = [node, tasks.NoteAmphora(name=name)]
            case (
                compute_tasks.ComputeWait()
                | amphora_driver_tasks.AmphoraComputeConnectivityWait()
            ):
                nodes = [tasks.StopUnlessRunning(name=name), node]
            case amphora_driver_tasks.AmphoraePostNetworkPlug():
                nodes = [
                    tasks.PostNetworkPlug(
                        name=node.name,
                        requires=(
                            octavia_constants.LOADBALANCER,
                            octavia_constants.UPDATED_PORTS,
                        ),
                    ),
                    tasks.CountAmphora(name=name),
                ]
            case _ if role == octavia_constants.ROLE_STANDALONE and isinstance(
                node, _VIP_PLUG
            ):
                nodes = []
            case _:
                return [node]
        changed.append(type(node))
        return nodes

    amphora_flow = _rebuild(
        flow_utils.AMP_FLOWS.get_amphora_for_lb_failover_subflow(
            prefix=f'{constants.RESIZE}-{role}',
            role=role,
            flavor_dict=lb[octavia_constants.FLAVOR],
        ),
        change,
    )
    _check(
        [kind for kind in changed if kind not in _VIP_PLUG],
        [
            database_tasks.CreateAmphoraInDB,
            compute_tasks.ComputeWait,
            amphora_driver_tasks.AmphoraComputeConnectivityWait,
            amphora_driver_tasks.AmphoraePostNetworkPlug,
        ],
    )
    return amphora_flow


def _rebuild(
    original: flow.Flow, change: Callable[[Node], list[Node]]
) -> linear_flow.Flow:
    """Return a linear flow like another, with each of its tasks changed."""
    rebuilt = linear_flow.Flow(original.name, retry=original.retry)
    for node in original:
        if isinstance(node, linear_flow.Flow):
            rebuilt.add(_rebuild(node, change))
        else:
            rebuilt.add(*change(node))
    return rebuilt


def _check(found: list[type], expected: list[type]) -> None:
    if found != expected:
        raise RuntimeError(
            "Octavia's failover flow has the steps "
            f'{[kind.__name__ for kind in found]} instead of '
            f'{[kind.__name__ for kind in expected]}: this Octavia is none '
            'that octavia_resize knows'
        )


def get_switch_flow(
    flavor: dict[str, Any],
    old: list[dict[str, Any]],
    new: list[dict[str, Any]],
) -> linear_flow.Flow:
    """Move the VIP from the old amphorae to the new ones, once.

    :param flavor: Flavor data of the new flavor.
    :param old: The amphorae that serve, or are dead.
    :param new: The new one of a SINGLE load balancer, or the new pair, its
        master first.
    """
    old_ids = [amphora[octavia_constants.ID] for amphora in old]
    new_ids = [amphora[octavia_constants.ID] for amphora in new]
    switch_flow = linear_flow.Flow(constants.SWITCH_FLOW)
    switch_flow.add(
        tasks.GoBackOnRevert(),
        switch.RetireOldAmphorae(
            inject={'old_ids': old_ids, 'new_ids': new_ids}
        ),
    )
    listeners = unordered_flow.Flow(f'{constants.SWITCH_FLOW}-listeners')
    for new_id in new_ids:
        listeners.add(
            switch.UpdateListeners(
                name=f'resize-listeners-{new_id}', inject=_ask_of(new_id)
            )
        )
    switch_flow.add(
        listeners,
        switch.AskOldAmphorae(
            inject={'old_ids': old_ids}, provides=_OLD_AMPHORAE
        ),
    )
    if new[0][octavia_constants.ROLE] == octavia_constants.ROLE_STANDALONE:
        switch_flow.add(*_get_single_steps(flavor, old, new[0]))
    else:
        switch_flow.add(*_get_pair_steps(flavor, new))
    switch_flow.add(
        tasks.BeginCleanUp(),
        switch.StopOldAmphorae(
            requires=_OLD_AMPHORAE, inject={'new_id': new_ids[0]}
        ),
    )
    return switch_flow


def _ask_of(new_id: str) -> dict[str, Any]:
    """Return what a task needs that asks something of a new amphora."""
    options = CONF.haproxy_amphora
    return {
        'new_id': new_id,
        octavia_constants.TIMEOUT_DICT: {
            octavia_constants.CONN_MAX_RETRIES: (
                options.active_connection_max_retries
            ),
            octavia_constants.CONN_RETRY_INTERVAL: (
                options.active_connection_retry_interval
            ),
        },
    }


def _get_single_steps(
    flavor: dict[str, Any], old: list[dict[str, Any]], new: dict[str, Any]
) -> list[Node]:
    """Give the new amphora the VIP: from then on both serve."""
    new_id = new[octavia_constants.ID]
    steps: list[Node] = [
        switch.GetNetworkConfigs(
            inject={'new_ids': [new_id]},
            provides=octavia_constants.AMPHORAE_NETWORK_CONFIG,
        )
    ]
    # Two hosts with one IPv6 address would notice each other, and the second
    # one would not use it.
    steps += [
        switch.DisableOldPort(
            name=f'resize-disable-port-{amphora[octavia_constants.ID]}',
            inject={
                octavia_constants.PORT_ID: amphora[
                    octavia_constants.VRRP_PORT_ID
                ]
            },
        )
        for amphora in old
        if amphora[octavia_constants.VRRP_PORT_ID]
        and amphora[octavia_constants.VRRP_IP]
        and utils.is_ipv6(amphora[octavia_constants.VRRP_IP])
    ]
    steps.append(
        switch.PlugVIP(
            requires=(
                octavia_constants.AMPHORA,
                octavia_constants.LOADBALANCER,
                octavia_constants.AMPHORAE_NETWORK_CONFIG,
            ),
            inject={octavia_constants.AMPHORA: new},
        )
    )
    steps += _get_firewall_steps(flavor, [new], 0)
    steps.append(
        switch.AnnounceVIP(name='resize-announce', inject=_ask_of(new_id))
    )
    return steps


def _get_pair_steps(
    flavor: dict[str, Any], new: list[dict[str, Any]]
) -> list[Node]:
    """Start keepalived on the new pair, and let its master take the VIP."""
    steps: list[Node] = [
        database_tasks.CreateVRRPGroupForLB(
            requires=octavia_constants.LOADBALANCER_ID
        ),
        switch.GetNetworkConfigs(
            inject={
                'new_ids': [amphora[octavia_constants.ID] for amphora in new]
            },
            provides=octavia_constants.AMPHORAE_NETWORK_CONFIG,
        ),
    ]
    configure = unordered_flow.Flow(f'{constants.SWITCH_FLOW}-vrrp')
    for index, amphora in enumerate(new):
        new_id = amphora[octavia_constants.ID]
        one = linear_flow.Flow(f'{constants.SWITCH_FLOW}-vrrp-{index}')
        one.add(
            switch.ConfigureVRRP(
                name=f'resize-configure-vrrp-{new_id}', inject=_ask_of(new_id)
            ),
            *_get_firewall_steps(flavor, new, index),
        )
        configure.add(one)
    steps += [configure, switch.PrepareOldPair(requires=_OLD_AMPHORAE)]
    steps += [
        switch.StartVRRP(
            name=f'resize-start-vrrp-{amphora[octavia_constants.ID]}',
            inject=_ask_of(amphora[octavia_constants.ID]),
        )
        for amphora in new
    ]
    steps.append(
        switch.TakeVIP(
            requires=_OLD_AMPHORAE,
            inject=_ask_of(new[0][octavia_constants.ID]),
        )
    )
    return steps


def _get_firewall_steps(
    flavor: dict[str, Any], new: list[dict[str, Any]], index: int
) -> list[Node]:
    """Return the steps that SR-IOV ports need: they have no security group."""
    if not flavor.get(octavia_constants.SRIOV_VIP):
        return []
    inject = {
        octavia_constants.AMPHORAE: new,
        octavia_constants.AMPHORAE_STATUS: {},
        octavia_constants.AMPHORA_INDEX: index,
        octavia_constants.TIMEOUT_DICT: None,
    }
    rules = f'{octavia_constants.AMPHORA_FIREWALL_RULES}-{index}'
    return [
        database_tasks.GetAmphoraFirewallRules(
            name=f'resize-get-firewall-rules-{index}',
            requires=octavia_constants.AMPHORAE_NETWORK_CONFIG,
            inject=inject,
            provides=rules,
        ),
        amphora_driver_tasks.SetAmphoraFirewallRules(
            name=f'resize-set-firewall-rules-{index}',
            rebind={octavia_constants.AMPHORA_FIREWALL_RULES: rules},
            inject=inject,
        ),
    ]


def get_clean_up_flow(
    amphorae: list[dict[str, Any]],
) -> linear_flow.Flow:
    """Delete old amphorae, side by side.

    :param amphorae: Those that serve no more.
    """
    clean_up_flow = linear_flow.Flow(constants.CLEAN_UP_FLOW)
    clean_up_flow.add(tasks.CheckOwner(), _get_delete_flow(amphorae))
    return clean_up_flow


def _get_delete_flow(amphorae: list[dict[str, Any]]) -> unordered_flow.Flow:
    delete_flow = unordered_flow.Flow(f'{constants.RESIZE}-delete')
    for amphora in amphorae:
        delete_flow.add(flow_utils.AMP_FLOWS.get_delete_amphora_flow(amphora))
    return delete_flow


def get_go_back_flow(
    surplus: list[dict[str, Any]],
    replace: dict[str, Any] | None,
    lb: dict[str, Any],
) -> linear_flow.Flow:
    """Delete what was built.

    :param surplus: Amphorae to delete.
    :param replace: The new amphora in whose place the old standby is built
        again, if that is gone.
    :param lb: Provider dict of the load balancer; its flavor is the previous
        one.
    """
    go_back_flow = linear_flow.Flow(constants.GO_BACK_FLOW)
    go_back_flow.add(tasks.CheckOwner(), _get_delete_flow(surplus))
    if replace is not None:
        # Octavia's failover of one amphora begins with a task that sets the
        # load balancer to ERROR on revert, and ends with one that marks it
        # ACTIVE.
        first, *steps, last = flow_utils.get_failover_amphora_flow(
            replace, 2, flavor_dict=lb[octavia_constants.FLAVOR]
        )
        _check(
            [type(first), type(last)],
            [
                lifecycle_tasks.LoadBalancerToErrorOnRevertTask,
                database_tasks.MarkLBActiveInDB,
            ],
        )
        go_back_flow.add(*steps)
    return go_back_flow
