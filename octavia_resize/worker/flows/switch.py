# SPDX-License-Identifier: Apache-2.0

"""Moves the VIP from the old amphorae to the new ones."""

from typing import Any

from octavia.common import constants as octavia_constants
from octavia.controller.worker.v2.tasks import amphora_driver_tasks
from octavia.controller.worker.v2.tasks import database_tasks
from oslo_config import cfg
from taskflow.patterns import linear_flow
from taskflow.patterns import unordered_flow

from octavia_resize import constants
from octavia_resize.lifecycle import phases
from octavia_resize.worker import fences
from octavia_resize.worker import network
from octavia_resize.worker import vip_move
from octavia_resize.worker.tasks import new_amphorae
from octavia_resize.worker.tasks import old_amphorae
from octavia_resize.worker.tasks import record
from octavia_resize.worker.tasks import sessions

CONF = cfg.CONF

_NAME = f'{constants.RESIZE}-switch'
#: The old amphorae serve meanwhile, but the resize cannot be cancelled.
_MAX_CHECK_SECONDS = 60
#: The result of PollOldAmphorae.
_OLD_AMPHORAE = 'old_amphorae'


def get_switch_flow(
    claim: dict[str, str],
    flavor: dict[str, Any],
    old: list[dict[str, Any]],
    new: list[dict[str, Any]],
    how: str,
    shares_sessions: bool,
    check_seconds: int | None,
    checks_with_vip: bool,
) -> linear_flow.Flow:
    """Return the flow that moves the VIP to the new amphorae.

    1. Configure the listeners of the new amphorae, which starts haproxy. With
       shared session persistence, first share it between old and new.
    2. Mark the old amphorae PENDING_DELETE. From here on a failure restores
       them.
    3. Poll which old amphorae are alive, and move the VIP in one of four ways:

       VRRP
           Start keepalived of the new pair, whose master takes the VIP from
           the old master.
       LATE
           Plug the VIP into the new amphora, announce the VIP, and close the
           connections to the old one.
       CONNECT
           Enable the VIP port of the new amphora, announce the VIP, and close
           the connections to the old one.
       EXCHANGE
           Disable the VIP port of the old amphora, enable that of the new one,
           and announce the VIP.
    4. Note in the record that the new amphorae serve. From here on there is
       no rollback.
    5. Disable the VIP ports of the old amphorae, and stop their programs.

    :param claim: The claim of the owner, as a dict.
    :param flavor: Flavor data of the new flavor.
    :param old: Dicts of the old amphorae, alive or dead.
    :param new: Dict of the new amphora of a SINGLE load balancer, or those of
        the new pair, its master first.
    :param how: One of :class:`vip_move.VIPMove`, as text.
    :param shares_sessions: Whether the haproxies of a pair share session
        persistence.
    :param check_seconds: Seconds in which haproxy detects which members are
        down; None if no member is checked.
    :param checks_with_vip: Whether haproxy checks a member by the interface of
        the VIP.
    """
    old_ids = [amphora[octavia_constants.ID] for amphora in old]
    new_ids = [amphora[octavia_constants.ID] for amphora in new]
    fence = fences.Fence(claim, phases.Flow.SWITCH)
    switch_flow = linear_flow.Flow(_NAME)
    switch_flow.add(record.RollBackOnRevert(fence))
    listeners = _get_listeners_flow(new_ids)
    if shares_sessions:
        # Before the old amphorae are retired: Octavia then leaves them out of
        # the peers of a new haproxy.
        switch_flow.add(
            sessions.ShareSessions(
                inject={'old_ids': old_ids, 'new_ids': new_ids}
            ),
            listeners,
        )
    switch_flow.add(
        old_amphorae.RetireOldAmphorae(fence, inject={'new_ids': new_ids})
    )
    if not shares_sessions:
        switch_flow.add(listeners)
    poll_old_amphorae = old_amphorae.PollOldAmphorae(
        inject={'old_ids': old_ids}, provides=_OLD_AMPHORAE
    )
    await_checks = (
        [
            new_amphorae.AwaitChecks(
                inject={'seconds': min(check_seconds, _MAX_CHECK_SECONDS)}
            )
        ]
        if check_seconds
        else []
    )
    close_connections = old_amphorae.CloseConnections(requires=_OLD_AMPHORAE)
    match vip_move.VIPMove(how):
        case vip_move.VIPMove.VRRP:
            steps = [
                *await_checks,
                *_get_pair_steps(flavor, new, poll_old_amphorae),
            ]
        case vip_move.VIPMove.LATE:
            steps = [
                *await_checks,
                poll_old_amphorae,
                *_get_late_steps(flavor, new[0]),
                close_connections,
            ]
        case vip_move.VIPMove.CONNECT:
            # While both amphorae have an IPv6 VIP, clients without a neighbor
            # entry are refused.
            before, after = (
                ([], await_checks) if checks_with_vip else (await_checks, [])
            )
            steps = [
                *before,
                poll_old_amphorae,
                _connect_port(new[0], checks_with_vip),
                *after,
                _announce_vip(new[0]),
                close_connections,
            ]
        case vip_move.VIPMove.EXCHANGE:
            steps = [
                poll_old_amphorae,
                old_amphorae.DisconnectOldAmphorae(requires=_OLD_AMPHORAE),
                _connect_port(new[0], checks_with_vip),
                _announce_vip(new[0]),
            ]
    switch_flow.add(
        *steps,
        record.BeginCleanUp(fence),
        *_get_end_steps(new_ids, shares_sessions),
    )
    fence.guard(switch_flow)
    network.share_driver(switch_flow)
    return switch_flow


def get_end_flow(
    claim: dict[str, str],
    old: list[dict[str, Any]],
    new: list[dict[str, Any]],
    shares_sessions: bool,
) -> linear_flow.Flow:
    """Return step 5 of the switch alone, for a worker that takes over.

    The arguments are those of :func:`get_switch_flow`.
    """
    old_ids = [amphora[octavia_constants.ID] for amphora in old]
    new_ids = [amphora[octavia_constants.ID] for amphora in new]
    fence = fences.Fence(claim, phases.Flow.SWITCH)
    end_flow = linear_flow.Flow(f'{_NAME}-end')
    end_flow.add(
        old_amphorae.PollOldAmphorae(
            inject={'old_ids': old_ids}, provides=_OLD_AMPHORAE
        ),
        *_get_end_steps(new_ids, shares_sessions),
    )
    fence.guard(end_flow)
    network.share_driver(end_flow)
    return end_flow


def _get_end_steps(new_ids: list[str], shares_sessions: bool) -> list[Any]:
    stop = old_amphorae.StopOldAmphorae(
        requires=_OLD_AMPHORAE, inject={'new_id': new_ids[0]}
    )
    if not shares_sessions:
        return [stop]
    return [stop, sessions.ForgetOldPair(inject={'new_ids': new_ids})]


def _get_listeners_flow(new_ids: list[str]) -> unordered_flow.Flow:
    listeners = unordered_flow.Flow(f'{_NAME}-listeners')
    for new_id in new_ids:
        listeners.add(
            new_amphorae.UpdateListeners(
                name=f'resize-listeners-{new_id}', inject=_get_inject(new_id)
            )
        )
    return listeners


def _get_inject(new_id: str) -> dict[str, Any]:
    """Return the arguments of a task that sends requests to an amphora."""
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


def _connect_port(
    new: dict[str, Any], checks_with_vip: bool
) -> new_amphorae.ConnectPort:
    """Enable the VIP port of a new amphora, which then serves."""
    return new_amphorae.ConnectPort(
        inject={
            'new_id': new[octavia_constants.ID],
            'checks_with_vip': checks_with_vip,
            octavia_constants.PORT_ID: new[octavia_constants.VRRP_PORT_ID],
        }
    )


def _announce_vip(new: dict[str, Any]) -> new_amphorae.AnnounceVIP:
    return new_amphorae.AnnounceVIP(
        name='resize-announce', inject=_get_inject(new[octavia_constants.ID])
    )


def _get_late_steps(flavor: dict[str, Any], new: dict[str, Any]) -> list[Any]:
    """Plug the VIP into the new amphora: then both serve."""
    new_id = new[octavia_constants.ID]
    return [
        new_amphorae.GetNetworkConfigs(
            inject={'new_ids': [new_id]},
            provides=octavia_constants.AMPHORAE_NETWORK_CONFIG,
        ),
        new_amphorae.PlugVIP(
            requires=(
                octavia_constants.AMPHORA,
                octavia_constants.LOADBALANCER,
                octavia_constants.AMPHORAE_NETWORK_CONFIG,
            ),
            inject={octavia_constants.AMPHORA: new},
        ),
        *_get_firewall_steps(flavor, [new], 0),
        new_amphorae.AnnounceVIP(
            name='resize-announce', inject=_get_inject(new_id)
        ),
    ]


def _get_pair_steps(
    flavor: dict[str, Any],
    new: list[dict[str, Any]],
    poll_old_amphorae: old_amphorae.PollOldAmphorae,
) -> list[Any]:
    """Start keepalived on the new pair, whose master takes the VIP."""
    master, standby = (amphora[octavia_constants.ID] for amphora in new)
    configure = unordered_flow.Flow(f'{_NAME}-configure-vrrp')
    configure.add(poll_old_amphorae)
    for index, amphora in enumerate(new):
        new_id = amphora[octavia_constants.ID]
        one = linear_flow.Flow(f'{_NAME}-configure-vrrp-{index}')
        one.add(
            new_amphorae.ConfigureVRRP(
                name=f'resize-configure-vrrp-{new_id}',
                inject=_get_inject(new_id),
            ),
            *_get_firewall_steps(flavor, new, index),
        )
        configure.add(one)
    # Both at once: the new master first waits for three adverts of another
    # master, and the old pair is prepared within that time.
    start = unordered_flow.Flow(f'{_NAME}-start-vrrp')
    start.add(
        old_amphorae.PrepareOldPair(
            requires=_OLD_AMPHORAE, inject={'new_id': master}
        ),
        _start_vrrp(master),
    )
    return [
        database_tasks.CreateVRRPGroupForLB(
            requires=octavia_constants.LOADBALANCER_ID
        ),
        new_amphorae.GetNetworkConfigs(
            inject={'new_ids': [master, standby]},
            provides=octavia_constants.AMPHORAE_NETWORK_CONFIG,
        ),
        configure,
        old_amphorae.DisconnectSilentAmphorae(requires=_OLD_AMPHORAE),
        start,
        new_amphorae.AwaitVIP(inject=_get_inject(master)),
        # Next: the old master announces the VIP every five seconds.
        old_amphorae.StopOldMaster(
            requires=_OLD_AMPHORAE, inject={'new_id': master}
        ),
        # The amphora that takes the VIP first keeps it, whatever its priority.
        _start_vrrp(standby),
    ]


def _start_vrrp(new_id: str) -> new_amphorae.StartVRRP:
    return new_amphorae.StartVRRP(
        name=f'resize-start-vrrp-{new_id}', inject=_get_inject(new_id)
    )


def _get_firewall_steps(
    flavor: dict[str, Any], new: list[dict[str, Any]], index: int
) -> list[Any]:
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
