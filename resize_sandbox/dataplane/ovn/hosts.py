# SPDX-License-Identifier: Apache-2.0
"""Who else is plugged in: Octavia itself, clients and members."""

from collections.abc import Sequence
import dataclasses
import os

from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.ovn.underlay import HYPERVISORS


@dataclasses.dataclass(frozen=True)
class Host:
    """An interface in a namespace, and its port in Neutron."""

    name: str
    #: None for this machine's own.
    namespace: str | None
    inside: str
    network: networks.Network
    #: Each with the length of the prefix.
    addresses: Sequence[str]
    mac: str
    hypervisor: str = HYPERVISORS[0]
    #: One of each version of IP at most.
    gateways: Sequence[str] = ()
    #: Whether Neutron lets it use more addresses than it knows.
    is_free: bool = False

    @property
    def outside(self) -> str:
        """Name of the interface in the hypervisor."""
        return f'h-{self.name}'

    @property
    def netns(self) -> str:
        """What ``ip link`` calls the namespace."""
        return self.namespace or str(os.getpid())


def hosts(names: networks.Names) -> Sequence[Host]:
    """Return all of them."""
    vip = networks.VIP
    gateways = _gateways(vip)
    return [
        Host(
            'controller',
            None,
            names.management.bridge,
            names.management,
            [names.management.subnets[0].with_prefix(names.controller)],
            names.controller_mac,
        ),
        Host(
            'members',
            names.members,
            'eth0',
            networks.MEMBER,
            _addresses(networks.MEMBER, networks.MEMBERS, networks.MEMBERS_V6),
            _mac(1),
            is_free=True,
        ),
        Host(
            'near',
            names.members,
            'eth1',
            vip,
            _addresses(vip, networks.MEMBERS_NEAR, networks.MEMBERS_NEAR),
            _mac(2),
            is_free=True,
        ),
        Host(
            'client',
            names.client,
            'eth0',
            vip,
            _addresses(vip, [5], [5]),
            _mac(3),
            gateways=gateways,
        ),
        Host(
            'cold',
            names.cold_client,
            'eth0',
            vip,
            _addresses(vip, [6], [6]),
            _mac(4),
            gateways=gateways,
        ),
        Host(
            'far',
            names.far,
            'eth0',
            networks.FAR,
            _addresses(networks.FAR, [5], [5]),
            _mac(5),
            hypervisor=HYPERVISORS[1],
            gateways=_gateways(networks.FAR),
        ),
    ]


def _addresses(
    network: networks.Network,
    numbers: Sequence[int],
    numbers_v6: Sequence[int],
) -> list[str]:
    return [
        subnet.with_prefix(str(subnet.network[number]))
        for subnet in network.subnets
        for number in (numbers if subnet.version == 4 else numbers_v6)
    ]


def _gateways(network: networks.Network) -> list[str]:
    return [subnet.gateway for subnet in network.subnets if subnet.gateway]


def _mac(number: int) -> str:
    return f'02:00:00:01:00:{number:02x}'
