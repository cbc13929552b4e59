# SPDX-License-Identifier: Apache-2.0
"""Hypervisors, and what is plugged into them: namespaces and veth pairs."""

from collections.abc import Sequence
import dataclasses
from pathlib import Path
import subprocess
import sys

from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.ip import ip
from resize_sandbox.dataplane.ip import ip_if_there
from resize_sandbox.dataplane.ovn import programs

HYPERVISORS = ('hv1', 'hv2')

#: The security group of the management network. Neutron gives it an ID when
#: Octavia is configured already.
MANAGEMENT_GROUP = 'lb-mgmt'

#: The file that is there once OVN runs.
READY = 'ready'

#: The physical network on which floating IPs are.
EXTERNAL = 'external'

#: What Geneve adds stays below that with packets of 1500 bytes.
_MTU = '2000'

# ETHTOOL_STXCSUM: without the kernel nobody fills in checksums.
_NO_CHECKSUMS = """
import array, fcntl, socket, struct, sys
for name in sys.argv[1:]:
    value = array.array('B', struct.pack('II', 0x17, 0))
    request = struct.pack('16sP', name.encode(), value.buffer_info()[0])
    fcntl.ioctl(socket.socket(), 0x8946, request)
"""


@dataclasses.dataclass(frozen=True)
class Underlay:
    """The hypervisors of one sandbox.

    :param directory: holds databases and sockets of OVN.
    """

    directory: Path
    names: networks.Names

    @property
    def northbound(self) -> str:
        """How to reach the database that Neutron writes."""
        return f'unix:{self.directory}/nb.sock'

    @property
    def southbound(self) -> str:
        """How to reach the database that the hypervisors read."""
        return f'unix:{self.directory}/sb.sock'

    def switch(self, hypervisor: str) -> str:
        """Return how to reach the database of a hypervisor's switch."""
        return f'unix:{self.directory / hypervisor}/db.sock'

    def namespace(self, hypervisor: str) -> str:
        """Return the network namespace of a hypervisor."""
        return f'rs{self.names.number}-{hypervisor}'

    @property
    def wire(self) -> str:
        """Return the network namespace of what connects the hypervisors."""
        return f'rs{self.names.number}-wire'

    @property
    def namespaces(self) -> Sequence[str]:
        """All of them."""
        return (self.wire, *map(self.namespace, HYPERVISORS))

    def build(self) -> None:
        """Make namespaces, and the wire between the hypervisors."""
        for namespace in self.namespaces:
            ip('netns', 'add', namespace)
            ip('link', 'set', 'lo', 'up', namespace=namespace)
        self._build_wire('wire', 'phy0', _MTU)
        self._build_wire(EXTERNAL, 'ext0', '1500')

    def _build_wire(self, name: str, inside: str, mtu: str) -> None:
        """Connect the hypervisors.

        :param name: of the bridge that does.
        :param inside: name of the interface in each hypervisor.
        """
        ip(
            *('link', 'add', name, 'type', 'bridge', 'mcast_snooping', '0'),
            namespace=self.wire,
        )
        ip('link', 'set', name, 'up', namespace=self.wire)
        for hypervisor in HYPERVISORS:
            outside = f'{inside}-{hypervisor}'
            there = self.namespace(hypervisor)
            ip(
                *('link', 'add', outside, 'type', 'veth', 'peer'),
                *('name', inside, 'netns', there),
                namespace=self.wire,
            )
            for where, end in ((self.wire, outside), (there, inside)):
                ip('link', 'set', end, 'mtu', mtu, 'up', namespace=where)
                leave_checksums_to_the_sender(
                    ('ip', 'netns', 'exec', where), end
                )
            ip('link', 'set', outside, 'master', name, namespace=self.wire)

    def remove(self) -> None:
        """Remove what is there of it."""
        for namespace in self.namespaces:
            ip_if_there('netns', 'del', namespace)

    def plug(self, hypervisor: str, port_id: str, interface: str) -> None:
        """Bind an interface of a hypervisor's switch to a port of Neutron.

        As Nova does; from then on OVN connects the port.
        """
        programs.run(
            *('ovs-vsctl', f'--db={self.switch(hypervisor)}', '--may-exist'),
            *('add-port', 'br-int', interface),
            *('--', 'set', 'Interface', interface),
            f'external_ids:iface-id={port_id}',
            'external_ids:iface-status=active',
        )

    def unplug(self, hypervisor: str, interface: str) -> None:
        """Cut an interface off, and remove it."""
        where = self.namespace(hypervisor)
        ip_if_there('link', 'set', interface, 'down', namespace=where)
        programs.run(
            *('ovs-vsctl', f'--db={self.switch(hypervisor)}', '--if-exists'),
            *('del-port', 'br-int', interface),
        )
        ip_if_there('link', 'del', interface, namespace=where)

    def attach(
        self,
        hypervisor: str,
        interface: str,
        netns: str,
        inside: str,
        mac: str,
    ) -> None:
        """Make a veth pair between a hypervisor and another namespace.

        :param interface: its end in the hypervisor.
        :param netns: the other namespace, or a process in it.
        :param inside: its end there.
        """
        namespace = self.namespace(hypervisor)
        ip(
            *('link', 'add', interface, 'type', 'veth', 'peer'),
            *('name', inside, 'address', mac, 'netns', netns),
            namespace=namespace,
        )
        ip('link', 'set', interface, 'up', namespace=namespace)
        leave_checksums_to_the_sender(
            ('ip', 'netns', 'exec', namespace), interface
        )


def leave_checksums_to_the_sender(where: Sequence[str], *names: str) -> None:
    """Have the kernel compute the checksums of what it sends.

    :param where: the command that runs another one in their namespace.
    :param names: interfaces.
    """
    subprocess.run(
        [*where, sys.executable, '-ISc', _NO_CHECKSUMS, *names], check=True
    )
