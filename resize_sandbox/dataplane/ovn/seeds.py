# SPDX-License-Identifier: Apache-2.0
"""Networks, a router and ports in Neutron, and who is plugged into them."""

import time
from typing import Any

from resize_sandbox import clouds
from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.ovn.hosts import Host
from resize_sandbox.dataplane.ovn.hosts import hosts
from resize_sandbox.dataplane.ovn.underlay import EXTERNAL
from resize_sandbox.dataplane.ovn.underlay import MANAGEMENT_GROUP
from resize_sandbox.dataplane.ovn.underlay import Underlay
from resize_sandbox.deployment import Deployment
from resize_sandbox.neutron.resources import Neutron
from resize_sandbox.seeds import identity

_ACTIVE_SECONDS = 60.0

#: What the agents of amphorae and Octavia say to each other.
_RULES = (
    {'protocol': 'tcp', 'port_range_min': 9443, 'port_range_max': 9443},
    {'protocol': 'udp', 'port_range_min': 5555, 'port_range_max': 5555},
    {'protocol': 'icmp'},
)


def seed(
    deployment: Deployment, names: networks.Names, underlay: Underlay
) -> None:
    """Create all of it, and wait until OVN has connected it.

    :raises RuntimeError: OVN does not connect the ports.
    """
    with identity.connect(deployment.state, clouds.ADMIN_CLOUD) as admin:
        neutron = Neutron(admin.network)
        _create_default_rules(neutron)
        for network in (*names.networks, networks.FAR):
            neutron.create_network(network)
        neutron.create_network(
            networks.EXTERNAL,
            **{
                'router:external': True,
                'provider:network_type': 'flat',
                'provider:physical_network': EXTERNAL,
            },
        )
        router = neutron.create(
            'router',
            name='router',
            external_gateway_info={'network_id': networks.EXTERNAL.id},
        )
        for network in (networks.VIP, networks.FAR):
            for subnet in network.subnets:
                neutron.add_to_router(router['id'], subnet.id)
        group_id = _create_security_group(neutron)
        port_ids = {
            _plug(neutron, underlay, host, group_id) for host in hosts(names)
        }
        deadline = time.monotonic() + _ACTIVE_SECONDS
        while not neutron.are_active(port_ids):
            if time.monotonic() > deadline:
                raise RuntimeError('OVN does not connect the ports of clients')
            time.sleep(0.2)


def _create_default_rules(neutron: Neutron) -> None:
    """Let security groups begin with the rules that Neutron's migrations add.

    Its tables come from its models here.
    """
    for ethertype in ('IPv4', 'IPv6'):
        neutron.create(
            'default_security_group_rule',
            direction='egress',
            ethertype=ethertype,
            used_in_default_sg=True,
            used_in_non_default_sg=True,
        )


def _create_security_group(neutron: Neutron) -> str:
    group = neutron.create('security_group', name=MANAGEMENT_GROUP)
    for rule in _RULES:
        neutron.create(
            'security_group_rule',
            security_group_id=group['id'],
            direction='ingress',
            ethertype='IPv4',
            **rule,
        )
    group_id: str = group['id']
    return group_id


def _plug(
    neutron: Neutron, underlay: Underlay, host: Host, group_id: str
) -> str:
    """Create the port of a host, and connect it.

    :param group_id: the security group of the management network.
    :returns: the port's ID.
    """
    fixed_ips = []
    for subnet in host.network.subnets:
        known = [
            address.partition('/')[0]
            for address in host.addresses
            if (':' in address) == (subnet.version == 6)
        ]
        fixed_ips += [
            {'subnet_id': subnet.id, 'ip_address': address}
            for address in known[:1]
        ]
    security: dict[str, Any] = {}
    if host.is_free:
        security = {'port_security_enabled': False}
    elif host.network.id == networks.MANAGEMENT_ID:
        security = {'security_groups': [group_id]}
    port = neutron.create(
        'port',
        name=host.name,
        network_id=host.network.id,
        mac_address=host.mac,
        fixed_ips=fixed_ips,
        device_id=host.name,
        device_owner='compute:sandbox',
        **{'binding:host_id': host.hypervisor},
        **security,
    )
    underlay.plug(host.hypervisor, port['id'], host.outside)
    port_id: str = port['id']
    return port_id
