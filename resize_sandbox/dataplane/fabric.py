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
"""Bridges and network namespaces of a sandbox, and what is plugged in."""

import contextlib
import dataclasses
import hashlib
import ipaddress
from pathlib import Path
import shutil

from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.cloud import Cloud
from resize_sandbox.dataplane.cloud import Port
from resize_sandbox.dataplane.cloud import Server
from resize_sandbox.dataplane.ip import ip
from resize_sandbox.dataplane.ip import ip_if_there
from resize_sandbox.process import ProcessIdentity

_MEMBERS = range(1, 64)
_MEMBERS_V6 = range(11, 15)
#: Members on the network of the VIPs.
_MEMBERS_NEAR = range(11, 15)


class Fabric:
    """The network of one sandbox.

    :param directory: holds the sandbox's number, servers and ports.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.names = networks.Names(int((directory / 'number').read_text()))
        self.cloud = Cloud(directory / 'cloud.db', self.names)

    @staticmethod
    def exists(directory: Path) -> bool:
        """Tell whether a sandbox has a fabric."""
        return (directory / 'number').exists()

    @classmethod
    def build(cls, directory: Path) -> 'Fabric':
        """Make bridges and namespaces.

        :raises RuntimeError: when ip fails.
        """
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(mode=0o700, parents=True)
        (directory / 'number').write_text(str(_free_number(directory)))
        fabric = cls(directory)
        fabric._build()
        return fabric

    @classmethod
    def remove(cls, directory: Path) -> bool:
        """Switch all amphorae off, and remove what is left of the fabric.

        The logs of the amphorae stay until there is a new one.

        :returns: Whether there was one.
        """
        if not cls.exists(directory):
            return False
        fabric = cls(directory)
        for server in fabric.cloud.servers():
            fabric.switch_off(server)
        for namespace in fabric.names.namespaces:
            ip_if_there('netns', 'del', namespace)
        ip_if_there('link', 'del', fabric.names.management.bridge)
        for name in ('cloud.db', 'number'):
            (directory / name).unlink(missing_ok=True)
        return True

    def _build(self) -> None:
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
            [*_MEMBERS],
            [*_MEMBERS_V6],
        )
        self._attach(
            names.members,
            networks.VIP,
            [*_MEMBERS_NEAR],
            [*_MEMBERS_NEAR],
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

    def switch_off(self, server: Server) -> None:
        """Cut a server off its networks and end it, as a power-off does.

        Its ports stay, but for that on the management network.
        """
        ports = self.cloud.ports_of(server.id)
        for port in ports:
            # First of all: the kernel would say good-bye to its peers.
            ip_if_there(
                *('link', 'set', port.outside, 'down'),
                namespace=self._of(port),
            )
        process = ProcessIdentity(server.pid, server.started).find()
        if process is not None:
            process.kill()
        for port in ports:
            if port.network_id == networks.MANAGEMENT_ID:
                self.delete_port(port)
            else:
                self.unplug(port)
        self.cloud.delete_server(server.id)

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


def _free_number(directory: Path) -> int:
    """Choose a number that no sandbox or network of this machine uses."""
    taken = [
        ipaddress.ip_interface(word).network
        for word in ip('-4', '-o', 'addr').split()
        if '/' in word and word[0].isdigit()
    ]
    first = int(hashlib.sha256(bytes(directory)).hexdigest(), 16)
    for offset in range(len(networks.NUMBERS)):
        number = networks.NUMBERS[(first + offset) % len(networks.NUMBERS)]
        subnet = networks.Names(number).management.subnets[0].network
        if not any(subnet.overlaps(other) for other in taken):
            with contextlib.suppress(RuntimeError):
                # A sandbox that was killed has left its name.
                ip('netns', 'pids', networks.Names(number).fabric)
                continue
            return number
    raise RuntimeError('no range of 100.64.0.0/10 is free on this machine')
