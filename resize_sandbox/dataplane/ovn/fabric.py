# SPDX-License-Identifier: Apache-2.0
"""A network as clouds have it: Neutron, and OVN on two hypervisors."""

from collections.abc import Sequence
from pathlib import Path
import shutil
import socket
import sys
from typing import TYPE_CHECKING
from typing import Any

from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.cloud import Port
from resize_sandbox.dataplane.cloud import Server
from resize_sandbox.dataplane.fabric import Fabric
from resize_sandbox.dataplane.fabric import Route
from resize_sandbox.dataplane.fabric import directory_of
from resize_sandbox.dataplane.ip import ip
from resize_sandbox.dataplane.ip import ip_if_there
from resize_sandbox.dataplane.ovn import programs
from resize_sandbox.dataplane.ovn import underlay
from resize_sandbox.dataplane.ovn.hosts import Host
from resize_sandbox.dataplane.ovn.hosts import hosts
from resize_sandbox.dataplane.ovn.underlay import READY
from resize_sandbox.dataplane.traffic import records
from resize_sandbox.deployment import Deployment
from resize_sandbox.deployment import Service
from resize_sandbox.deployment import module_command
from resize_sandbox.keystone import config as keystone_config
from resize_sandbox.neutron import config as neutron_config

if TYPE_CHECKING:
    from openstack.connection import Connection

NAME = 'ovn'

_OWNER = 'compute:nova'


class Ovn(Fabric):
    """Hypervisors of namespaces, to which Neutron's ports are bound."""

    network_driver = 'allowed_address_pairs_driver'
    # Each packet costs Open vSwitch in user space 0.1 ms of a processor.
    request_seconds = 0.02

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.underlay = underlay.Underlay(directory / NAME, self.names)

    @classmethod
    def check(cls) -> None:
        programs.check()

    def build(self) -> None:
        self.underlay.directory.mkdir()
        self.underlay.build()
        for namespace in self._namespaces:
            ip('netns', 'add', namespace)
            ip('link', 'set', 'lo', 'up', namespace=namespace)
        for host in hosts(self.names):
            self._build_host(host)
        self._build_external()

    def _build_external(self) -> None:
        """Connect a client with the network of floating IPs."""
        wire, namespace = self.underlay.wire, self.names.external
        subnet = networks.EXTERNAL.subnets[0]
        address = subnet.with_prefix(str(subnet.network[5]))
        ip(
            *('link', 'add', 'client', 'type', 'veth', 'peer'),
            *('name', 'eth0', 'netns', namespace),
            namespace=wire,
        )
        ip(
            *('link', 'set', 'client', 'master', underlay.EXTERNAL, 'up'),
            namespace=wire,
        )
        ip('addr', 'add', address, 'dev', 'eth0', namespace=namespace)
        ip('link', 'set', 'eth0', 'up', namespace=namespace)
        underlay.leave_checksums_to_the_sender(
            ('ip', 'netns', 'exec', namespace), 'eth0'
        )

    def _build_host(self, host: Host) -> None:
        """Give a host its interface, which is not connected yet."""
        self.underlay.attach(
            host.hypervisor, host.outside, host.netns, host.inside, host.mac
        )
        where = host.namespace and ('ip', 'netns', 'exec', host.namespace)
        underlay.leave_checksums_to_the_sender(where or (), host.inside)
        for address in host.addresses:
            ip(
                *('addr', 'add', address, 'dev', host.inside),
                *(['nodad'] if ':' in address else []),
                namespace=host.namespace,
            )
        ip('link', 'set', host.inside, 'up', namespace=host.namespace)
        for gateway in host.gateways:
            ip(
                *('route', 'add', 'default', 'via', gateway),
                namespace=host.namespace,
            )

    @property
    def _namespaces(self) -> Sequence[str]:
        names = self.names
        return (
            *(names.members, names.client, names.cold_client),
            *(names.far, names.external),
        )

    def demolish(self) -> None:
        for namespace in self._namespaces:
            ip_if_there('netns', 'del', namespace)
        ip_if_there('link', 'del', self.names.management.bridge)
        self.underlay.remove()
        shutil.rmtree(self.underlay.directory, ignore_errors=True)

    @classmethod
    def services(cls) -> Sequence[Service]:
        return (
            Service(
                name=NAME,
                configure=lambda deployment: None,
                command=cls._command,
                listens=False,
                is_ready=cls._is_ready,
                infrastructure=True,
            ),
            Service(
                name=neutron_config.NAME,
                configure=cls._configure_neutron,
                command=module_command(
                    neutron_config.NAME, 'resize_sandbox.neutron'
                ),
                environment=neutron_config.environment,
                needs=(keystone_config.NAME, NAME),
            ),
        )

    @classmethod
    def _of(cls, deployment: Deployment) -> 'Ovn':
        return cls(directory_of(deployment.state))

    @classmethod
    def _command(
        cls, deployment: Deployment, listener: socket.socket | None
    ) -> Sequence[str]:
        ovn = cls._of(deployment)
        return (
            *(sys.executable, '-m', 'resize_sandbox.dataplane.ovn'),
            *(str(ovn.underlay.directory), str(ovn.names.number)),
        )

    @classmethod
    def _is_ready(cls, deployment: Deployment) -> bool:
        return (cls._of(deployment).underlay.directory / READY).exists()

    @classmethod
    def _configure_neutron(cls, deployment: Deployment) -> None:
        ovn = cls._of(deployment).underlay
        neutron_config.write(deployment, ovn.northbound, ovn.southbound)

    def routes(self, admin: 'Connection', vip: str) -> Sequence[Route]:
        routed = Route(records.ROUTED_REQUEST, self.names.far, vip)
        # There are none of IPv6.
        if ':' in vip:
            return (routed,)
        floating = _floating_ip(admin.network, vip)
        return (
            routed,
            Route(records.FLOATING_REQUEST, self.names.external, floating),
        )

    # What Nova does

    @property
    def _neutron(self) -> Any:
        from octavia.common import clients

        return clients.NeutronAuth.get_neutron_client().network

    def connect(self, server: Server, network_id: str) -> str:
        neutron = self._neutron
        group = neutron.find_security_group(underlay.MANAGEMENT_GROUP)
        port = neutron.create_port(
            network_id=network_id,
            name=f'octavia-lb-mgmt-{server.id}',
            security_groups=[group.id],
            **self._binding(server),
        )
        address: str = self._plug(server, port).fixed_ips[0]['ip_address']
        return address

    def attach(
        self, server: Server, port_id: str | None, network_id: str | None
    ) -> Port:
        binding = self._binding(server)
        return self._plug(
            server,
            self._neutron.update_port(port_id, **binding)
            if port_id
            else self._neutron.create_port(network_id=network_id, **binding),
        )

    def _binding(self, server: Server) -> dict[str, str]:
        return {
            'device_id': server.id,
            'device_owner': _OWNER,
            'binding_host_id': self._hypervisor(server),
        }

    def _hypervisor(self, server: Server) -> str:
        """Return where a server is: each is elsewhere than the one before."""
        hypervisors = underlay.HYPERVISORS
        return hypervisors[server.number % len(hypervisors)]

    def _plug(self, server: Server, found: Any) -> Port:
        port = Port(
            id=found.id,
            network_id=found.network_id,
            name=found.name,
            mac=found.mac_address,
            fixed_ips=[
                {
                    'subnet_id': fixed['subnet_id'],
                    'ip_address': fixed['ip_address'],
                }
                for fixed in found.fixed_ips
            ],
            is_up=True,
            server_id=server.id,
        )
        hypervisor = self._hypervisor(server)
        inside = (
            'eth0'
            if port.network_id == networks.MANAGEMENT_ID
            else port.inside
        )
        self.underlay.attach(
            hypervisor, port.outside, str(server.pid), inside, port.mac
        )
        underlay.leave_checksums_to_the_sender(
            ('nsenter', '-t', str(server.pid), '-n'), inside
        )
        self.underlay.plug(hypervisor, port.id, port.outside)
        self.cloud.note_port(port)
        return port

    def detach(self, port_id: str) -> None:
        port = self.cloud.port(port_id)
        server = port and self.cloud.server(port.server_id or '')
        if port and server:
            self._unplug(server, port)
            self._neutron.update_port(
                port_id, device_id='', device_owner='', binding_host_id=''
            )

    def _unplug(self, server: Server, port: Port) -> None:
        self.underlay.unplug(self._hypervisor(server), port.outside)
        self.cloud.delete_port(port.id)

    def cut(self, server: Server) -> None:
        namespace = self.underlay.namespace(self._hypervisor(server))
        for port in self.cloud.ports_of(server.id):
            ip_if_there(
                'link', 'set', port.outside, 'down', namespace=namespace
            )

    def release(self, server: Server) -> None:
        for port in self.cloud.ports_of(server.id):
            ip_if_there(
                *('link', 'del', port.outside),
                namespace=self.underlay.namespace(self._hypervisor(server)),
            )
            self.cloud.delete_port(port.id)

    def forget(self, server: Server) -> None:
        """Have Neutron forget the ports of a server that is deleted."""
        for port in list(self._neutron.ports(device_id=server.id)):
            self.underlay.unplug(
                self._hypervisor(server), Port.outside_of(port.id)
            )
            if port.network_id == networks.MANAGEMENT_ID:
                self._neutron.delete_port(port)
            else:
                self._neutron.update_port(
                    port, device_id='', device_owner='', binding_host_id=''
                )

    def seed(self, deployment: Deployment) -> None:
        from resize_sandbox.dataplane.ovn import seeds

        seeds.seed(deployment, self.names, self.underlay)


def _floating_ip(neutron: Any, vip: str) -> str:
    """Return the floating IP of a VIP, a new one if there is none."""
    (port,) = neutron.ports(
        network_id=networks.VIP.id, fixed_ips=f'ip_address={vip}'
    )
    found = next(neutron.ips(port_id=port.id), None) or neutron.create_ip(
        floating_network_id=networks.EXTERNAL.id, port_id=port.id
    )
    address: str = found.floating_ip_address
    return address
