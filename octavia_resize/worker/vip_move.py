# SPDX-License-Identifier: Apache-2.0

"""How the VIPs of a load balancer move from its old amphorae to the new ones.

The way is chosen from attributes that are immutable while the load balancer is
PENDING_UPDATE, so each worker chooses the same.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import enum

from octavia.common import constants as octavia_constants
from octavia.common import utils
from octavia.db import models
from sqlalchemy import orm

from octavia_resize.db import transaction
from octavia_resize.worker import network


class VIPMove(enum.StrEnum):
    """A way in which the VIPs move to the new amphorae."""

    #: keepalived of the new master takes them from the old master.
    VRRP = 'VRRP'
    #: The new amphora gets them in the switch: then both serve.
    LATE = 'late'
    #: The new amphora is built with them, but with its VIP port disabled. Once
    #: the port is enabled, both serve.
    CONNECT = 'connect'
    #: As CONNECT, but the old amphora is disconnected first: for a moment no
    #: amphora serves.
    EXCHANGE = 'exchange'

    @property
    def isolates(self) -> bool:
        """Whether a new amphora is built with a disabled VIP port."""
        return self in (VIPMove.CONNECT, VIPMove.EXCHANGE)


def choose(lb: models.LoadBalancer) -> VIPMove:
    """Return how the new amphorae of a load balancer get its VIPs.

    :param lb: The load balancer with its VIP.
    """
    if lb.topology != octavia_constants.TOPOLOGY_SINGLE:
        return VIPMove.VRRP
    additional = transaction.run(_read_additional_vips, lb.id)
    if must_isolate(lb.topology, _get_addresses(lb, additional)):
        # The detection of duplicate addresses needs a carrier, which a
        # disabled SR-IOV port does not have.
        return (
            VIPMove.EXCHANGE
            if lb.vip.vnic_type == octavia_constants.VNIC_TYPE_DIRECT
            else VIPMove.CONNECT
        )
    # Without the VIP, haproxy would take members for down that it checks by
    # the interface that has the VIP. And the agent adds the subnet of a member
    # on the VIP's network, but not on the VIP's subnet, to that interface.
    vip_subnet_ids = _get_vip_subnet_ids(lb, additional)
    if any(
        is_checked or subnet_id not in vip_subnet_ids
        for subnet_id, is_checked in _get_members_beside(lb, vip_subnet_ids)
    ):
        return VIPMove.CONNECT
    return VIPMove.LATE


def checks_with_vip(lb: models.LoadBalancer) -> bool:
    """Return whether haproxy checks a member by the VIP's interface.

    :param lb: The load balancer with its VIP.
    """
    additional = transaction.run(_read_additional_vips, lb.id)
    vip_subnet_ids = _get_vip_subnet_ids(lb, additional)
    return any(
        is_checked for _, is_checked in _get_members_beside(lb, vip_subnet_ids)
    )


def releases_first(lb: models.LoadBalancer) -> bool:
    """Return whether an old master releases the VIPs, then closes connections.

    While two amphorae have an IPv6 VIP, clients without a neighbor entry are
    refused, so the old master releases the VIP first. Linux still sends from
    an IPv6 address that it has released, but not from an IPv4 address: its
    connections could no longer be closed.

    :param lb: The load balancer with its VIP.
    """
    additional = transaction.run(_read_additional_vips, lb.id)
    return all(map(utils.is_ipv6, _get_addresses(lb, additional)))


def _get_addresses(
    lb: models.LoadBalancer, additional: list[tuple[str, str]]
) -> list[str]:
    return [lb.vip.ip_address, *(address for address, _ in additional)]


def _get_vip_subnet_ids(
    lb: models.LoadBalancer, additional: list[tuple[str, str]]
) -> set[str | None]:
    # An amphora reaches a member without subnet by the VIP's subnet.
    return {None, lb.vip.subnet_id, *(s for _, s in additional)}


def _get_members_beside(
    lb: models.LoadBalancer, vip_subnet_ids: set[str | None]
) -> Iterator[tuple[str | None, bool]]:
    """Yield subnet and check of the members on the VIP's network."""
    driver = network.get_driver()
    for subnet_id, is_checked in sorted(
        transaction.run(_read_members, lb.id),
        key=lambda member: member[0] not in vip_subnet_ids,
    ):
        if (
            subnet_id in vip_subnet_ids
            or driver.get_subnet(subnet_id).network_id == lb.vip.network_id
        ):
            yield subnet_id, is_checked


def _read_additional_vips(
    session: orm.Session, load_balancer_id: str
) -> list[tuple[str, str]]:
    """Return address and subnet ID of each."""
    vip = models.AdditionalVip
    rows = session.query(vip.ip_address, vip.subnet_id).filter_by(
        load_balancer_id=load_balancer_id
    )
    return [(address, subnet_id) for address, subnet_id in rows]


def _read_members(
    session: orm.Session, load_balancer_id: str
) -> list[tuple[str | None, bool]]:
    """Return the subnet IDs of members, and whether those are checked."""
    member, pool, monitor = models.Member, models.Pool, models.HealthMonitor
    rows = (
        session.query(member.subnet_id, monitor.id.is_not(None))
        .join(pool, pool.id == member.pool_id)
        .outerjoin(monitor, monitor.pool_id == pool.id)
        .filter(pool.load_balancer_id == load_balancer_id)
        .distinct()
    )
    return [(subnet_id, is_checked) for subnet_id, is_checked in rows]


def must_isolate(topology: str | None, vip_addresses: Iterable[str]) -> bool:
    """Return whether a new amphora must get the VIPs with a disabled port.

    A host that gets an IPv6 address checks whether another host has the
    address (duplicate address detection), and then does not use it. With a
    disabled port the check does not find the old amphora.

    :param topology: Topology of the load balancer. In a pair, keepalived sets
        the addresses.
    :param vip_addresses: Addresses of the VIP and the additional VIPs.
    """
    return topology == octavia_constants.TOPOLOGY_SINGLE and any(
        map(utils.is_ipv6, vip_addresses)
    )
