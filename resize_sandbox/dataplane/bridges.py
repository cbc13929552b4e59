# SPDX-License-Identifier: Apache-2.0
"""A network of bridges and veth pairs, in network namespaces."""

import dataclasses

from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.cloud import Port
from resize_sandbox.dataplane.cloud import Server
from resize_sandbox.dataplane.fabric import Fabric
from resize_sandbox.dataplane.ip import ip
from resize_sandbox.dataplane.ip import ip_if_there


class Bridges(Fabric):
    """Bridges in a namespace, and one of this machine for Octavia itself."""

    network_driver = 'network_resize_dataplane_driver'

    def demolish(self) -> None:
        for namespace in self.names.namespaces:
            ip_if_there('netns', 'del', namespace)
        ip_if_there('link', 'del', self.names.management.bridge)

    def build(self) -> None:
        names = self.names
        bridge = names.management.bridge
        ip(
            *('link', 'add', bridge, 'address', names.controller_mac),
            *('type', 'bridge', 'mcast_snooping', '0'),
        )
        subnet = names.management.subnets[0]
        ip('addr', 'add', subnet.with_prefix(names.controller), 'dev', bridge)
        ip('link', 'set', bridge, 'up')
        for namespace in names.namespaces:
            ip('netns', 'add', namespace)
            ip('link', 'set', 'lo', 'up', namespace=namespace)
        for network in (networks.VIP, networks.MEMBER):
            ip(
                *('link', 'add', network.bridge),
                *('type', 'bridge', 'mcast_snooping', '0'),
                namespace=names.fabric,
            )
            ip('link', 'set', network.bridge, 'up', namespace=names.fabric)
        self._attach(
            names.members,
            networks.MEMBER,
            [*networks.MEMBERS],
            [*networks.MEMBERS_V6],
        )
        self._attach(
            names.members,
            networks.VIP,
            [*networks.MEMBERS_NEAR],
            [*networks.MEMBERS_NEAR],
            inside='eth1',
        )
        self._attach(names.client, networks.VIP, [5], [5])
        self._attach(names.cold_client, networks.VIP, [6], [6])

    def _attach(
        self,
        namespace: str,
        network: networks.Network,
        hosts: list[int],
        hosts_v6: list[int],
        inside: str = 'eth0',
    ) -> None:
        """Connect a namespace with a network."""
        outside = f't{inside[-1]}-{namespace.partition("-")[2]}'
        ip(
            *('link', 'add', outside, 'type', 'veth', 'peer'),
            *('name', inside, 'netns', namespace),
            namespace=self.names.fabric,
        )
        ip(
            *('link', 'set', outside, 'master', network.bridge, 'up'),
            namespace=self.names.fabric,
        )
        ip('link', 'set', inside, 'up', namespace=namespace)
        for subnet in network.subnets:
            for host in hosts if subnet.version == 4 else hosts_v6:
                address = subnet.with_prefix(str(subnet.network[host]))
                ip(
                    *('addr', 'add', address, 'dev', inside),
                    *(['nodad'] if subnet.version == 6 else []),
                    namespace=namespace,
                )

    def plug(self, port: Port, server: Server) -> None:
        """Connect a port's network with a server."""
        network = self._network(port)
        where = self._namespace(network)
        inside = (
            'eth0' if network.id == networks.MANAGEMENT_ID else port.inside
        )
        ip(
            *('link', 'add', port.outside, 'type', 'veth', 'peer'),
            *('name', inside, 'address', port.mac, 'netns', str(server.pid)),
            namespace=where,
        )
        ip('link', 'set', port.outside, 'up', namespace=where)
        self.cloud.plug_port(port.id, server.id)
        if port.is_up:
            self.set_up(dataclasses.replace(port, server_id=server.id), True)

    def unplug(self, port: Port) -> None:
        """Disconnect a port from its server, if it has one."""
        if port.server_id is not None:
            ip_if_there('link', 'del', port.outside, namespace=self._of(port))
            self.cloud.plug_port(port.id, None)

    def set_up(self, port: Port, is_up: bool) -> None:
        """Connect a port with its network, or disconnect it.

        The server has a carrier all the while, as on a virtual switch.
        """
        self.cloud.set_port_up(port.id, is_up)
        if port.server_id is not None:
            bridge = ('master', self._network(port).bridge)
            ip(
                *('link', 'set', port.outside),
                *(bridge if is_up else ('nomaster',)),
                namespace=self._of(port),
            )

    def delete_port(self, port: Port) -> None:
        """Unplug a port and forget it."""
        self.unplug(port)
        self.cloud.delete_port(port.id)

    def connect(self, server: Server, network_id: str) -> str:
        port = self.cloud.create_port(
            network_id, f'octavia-lb-mgmt-{server.id}'
        )
        self.plug(port, server)
        return port.fixed_ips[0]['ip_address']

    def attach(
        self, server: Server, port_id: str | None, network_id: str | None
    ) -> Port:
        port = port_id and self.cloud.port(port_id)
        if not port:
            raise LookupError(f'there is no port {port_id}')
        self.plug(port, server)
        return port

    def detach(self, port_id: str) -> None:
        port = self.cloud.port(port_id)
        if port is not None:
            self.unplug(port)

    def cut(self, server: Server) -> None:
        for port in self.cloud.ports_of(server.id):
            ip_if_there(
                *('link', 'set', port.outside, 'down'),
                namespace=self._of(port),
            )

    def release(self, server: Server) -> None:
        for port in self.cloud.ports_of(server.id):
            if port.network_id == networks.MANAGEMENT_ID:
                self.delete_port(port)
            else:
                self.unplug(port)

    def _network(self, port: Port) -> networks.Network:
        network = self.names.network(port.network_id)
        assert network is not None
        return network

    def _namespace(self, network: networks.Network) -> str | None:
        # Octavia itself, in the host's namespace, reaches the amphorae.
        if network.id == networks.MANAGEMENT_ID:
            return None
        return self.names.fabric

    def _of(self, port: Port) -> str | None:
        return self._namespace(self._network(port))
