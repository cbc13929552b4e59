# SPDX-License-Identifier: Apache-2.0
"""The networks of a sandbox with traffic: names, subnets and addresses."""

from collections.abc import Collection
from collections.abc import Sequence
import dataclasses
import ipaddress
import random
import uuid

from resize_sandbox.octavia import subnets

#: Names and addresses of networks are those of the sandbox's number, so that
#: several sandboxes run side by side.
NUMBERS = range(1, 16384)

# Shared address space (RFC 6598): no host is likely to be in it.
_MANAGEMENT = ipaddress.IPv4Network('100.64.0.0/10')
# Addresses below are for clients, members and VIPs that a user chooses.
_FIRST_FREE = 100


@dataclasses.dataclass(frozen=True)
class Subnet:
    """A subnet, and its gateway in Octavia's configuration."""

    id: str
    cidr: str
    gateway: str | None = None

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        """Its range of addresses."""
        return ipaddress.ip_network(self.cidr)

    @property
    def version(self) -> int:
        """4 or 6."""
        return self.network.version

    def with_prefix(self, address: str) -> str:
        """Return an address with the length of the subnet's prefix."""
        return f'{address}/{self.network.prefixlen}'

    def free_address(self, used: Collection[str]) -> str:
        """Return an address that no port has.

        It is chosen at random: neighbours may still know the MAC address of
        who had the one that was freed last.

        :raises LookupError: There is none left.
        """
        count = min(self.network.num_addresses, 65536)
        for offset in random.sample(
            range(_FIRST_FREE, count - 1), count - 101
        ):
            address = str(self.network[offset])
            if address not in used:
                return address
        raise LookupError(f'no address is left in {self.cidr}')


@dataclasses.dataclass(frozen=True)
class Network:
    """A network: a bridge with subnets."""

    id: str
    name: str
    bridge: str
    subnets: Sequence[Subnet]


VIP = Network(
    str(uuid.uuid5(uuid.NAMESPACE_DNS, 'vip-net')),
    'vip-net',
    'brvip',
    [
        Subnet(subnets.VIP_SUBNET, '203.0.113.0/24', '203.0.113.1'),
        Subnet(
            str(uuid.uuid5(uuid.NAMESPACE_DNS, 'vip-subnet-v6')),
            '2001:db8:113::/64',
            '2001:db8:113::1',
        ),
    ],
)
MEMBER = Network(
    str(uuid.uuid5(uuid.NAMESPACE_DNS, 'member-net')),
    'member-net',
    'brmember',
    [
        Subnet(subnets.MEMBER_SUBNET, '192.0.2.0/24', '192.0.2.1'),
        Subnet(
            str(uuid.uuid5(uuid.NAMESPACE_DNS, 'member-subnet-v6')),
            '2001:db8:2::/64',
            '2001:db8:2::1',
        ),
    ],
)
#: The last part of members' addresses, of IPv4, of IPv6, and of members on the
#: network of the VIPs.
MEMBERS = range(1, 64)
MEMBERS_V6 = range(11, 15)
MEMBERS_NEAR = range(11, 15)
#: Where clients are that reach VIPs by a router, which OVN has.
FAR = Network(
    str(uuid.uuid5(uuid.NAMESPACE_DNS, 'far-net')),
    'far-net',
    'brfar',
    [
        Subnet(
            str(uuid.uuid5(uuid.NAMESPACE_DNS, 'far-subnet')),
            '198.51.100.0/24',
            '198.51.100.1',
        ),
        Subnet(
            str(uuid.uuid5(uuid.NAMESPACE_DNS, 'far-subnet-v6')),
            '2001:db8:100::/64',
            '2001:db8:100::1',
        ),
    ],
)
#: Where the router has its gateway, and floating IPs are, which OVN has.
EXTERNAL = Network(
    str(uuid.uuid5(uuid.NAMESPACE_DNS, 'external-net')),
    'external-net',
    'brexternal',
    [
        Subnet(
            str(uuid.uuid5(uuid.NAMESPACE_DNS, 'external-subnet')),
            '198.18.0.0/24',
            '198.18.0.1',
        )
    ],
)
MANAGEMENT_ID = str(uuid.uuid5(uuid.NAMESPACE_DNS, 'lb-mgmt-net'))


@dataclasses.dataclass(frozen=True)
class Names:
    """What the sandbox of a number calls its things on this machine."""

    number: int

    @property
    def fabric(self) -> str:
        """The network namespace of the bridges for VIPs and members."""
        return f'rs{self.number}-fabric'

    @property
    def members(self) -> str:
        """The network namespace in which the members answer."""
        return f'rs{self.number}-members'

    @property
    def client(self) -> str:
        """The network namespace of clients."""
        return f'rs{self.number}-client'

    @property
    def cold_client(self) -> str:
        """The network namespace of a client that forgets its neighbours."""
        return f'rs{self.number}-cold'

    @property
    def far(self) -> str:
        """The network namespace of a client behind a router."""
        return f'rs{self.number}-far'

    @property
    def external(self) -> str:
        """The network namespace of a client outside of the cloud."""
        return f'rs{self.number}-external'

    @property
    def namespaces(self) -> Sequence[str]:
        """All network namespaces, the bridges' first."""
        return (self.fabric, self.members, self.client, self.cold_client)

    @property
    def management(self) -> Network:
        """The network on which Octavia reaches the amphorae."""
        high, low = divmod(self.number, 256)
        base = int(_MANAGEMENT.network_address) + high * 65536 + low * 256
        return Network(
            MANAGEMENT_ID,
            'lb-mgmt-net',
            f'rs{self.number}-mgmt',
            [
                Subnet(
                    str(uuid.uuid5(uuid.NAMESPACE_DNS, 'lb-mgmt-subnet')),
                    str(ipaddress.IPv4Network((base, 24))),
                )
            ],
        )

    @property
    def controller(self) -> str:
        """This machine's address on the management network."""
        return str(self.management.subnets[0].network[1])

    @property
    def controller_mac(self) -> str:
        """MAC address of the controller on the management network.

        A bridge without a configured address takes the lowest one of its
        ports. The address would then change when an amphora is deleted, other
        amphorae would send heartbeats to the old one, and be failed over.
        """
        high, low = divmod(self.number, 256)
        return f'02:00:00:00:{high:02x}:{low:02x}'

    @property
    def networks(self) -> Sequence[Network]:
        """All networks."""
        return (self.management, VIP, MEMBER)

    def network(self, network_id: str) -> Network | None:
        """Return a network, or None if there is no such one."""
        return next((n for n in self.networks if n.id == network_id), None)

    def find_subnet(self, subnet_id: str) -> tuple[Network, Subnet] | None:
        """Return a subnet with its network, or None."""
        for network in self.networks:
            for subnet in network.subnets:
                if subnet.id == subnet_id:
                    return network, subnet
        return None
