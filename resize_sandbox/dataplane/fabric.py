# SPDX-License-Identifier: Apache-2.0
"""What the networks of a sandbox with traffic have in common.

There are two: bridges, which are made at once, and OVN with Neutron, which is
what clouds have. Nothing but their own modules knows which one it is.
"""

import abc
from collections.abc import Sequence
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING
from typing import ClassVar

from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.cloud import Cloud
from resize_sandbox.dataplane.cloud import Port
from resize_sandbox.dataplane.cloud import Server
from resize_sandbox.deployment import Deployment
from resize_sandbox.deployment import Service
from resize_sandbox.process import ProcessIdentity
from resize_sandbox.state import StateDirectory

if TYPE_CHECKING:
    from openstack.connection import Connection


def directory_of(state: StateDirectory) -> Path:
    """Return where the data plane keeps what it must remember."""
    return state.data / 'dataplane'


@dataclasses.dataclass(frozen=True)
class Route:
    """A way to a VIP by which packets of clients come from elsewhere."""

    #: What clients' records call their requests.
    kind: str
    #: The network namespace of clients.
    namespace: str
    #: The address that they use for the VIP.
    address: str


class Fabric(abc.ABC):
    """The network of one sandbox, and what is plugged in.

    :param directory: holds the sandbox's number, servers and ports.
    """

    #: What ``[controller_worker] network_driver`` is for it.
    network_driver: ClassVar[str]
    #: How often a client opens a connection for a request, in seconds.
    request_seconds: ClassVar[float] = 0.005

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.names = networks.Names(int((directory / 'number').read_text()))
        self.cloud = Cloud(directory / 'cloud.db', self.names)

    @classmethod
    def check(cls) -> None:
        """Check that such a network can be made on this machine.

        :raises SandboxError: Something is missing that only such a network
            needs; the message has the command that installs it.
        """

    @abc.abstractmethod
    def build(self) -> None:
        """Make what is there before any service starts.

        :raises RuntimeError: when ip fails.
        """

    @abc.abstractmethod
    def demolish(self) -> None:
        """Remove what is left of it; the services have ended."""

    @classmethod
    def services(cls) -> Sequence[Service]:
        """Return the services that such a network consists of."""
        return ()

    def seed(self, deployment: Deployment) -> None:
        """Create networks and ports, and connect clients and members.

        :param deployment: one whose Keystone and network answer.
        """

    def routes(self, admin: 'Connection', vip: str) -> Sequence[Route]:
        """Return ways to a VIP from other networks.

        :param admin: a connection of the administrator.
        :param vip: its address.
        """
        return ()

    @abc.abstractmethod
    def connect(self, server: Server, network_id: str) -> str:
        """Connect a server that was switched on, and return its address.

        :param network_id: the management network.
        """

    @abc.abstractmethod
    def attach(
        self, server: Server, port_id: str | None, network_id: str | None
    ) -> Port:
        """Plug a port into a server, a new one if none is named.

        :raises LookupError: There is no such port.
        """

    @abc.abstractmethod
    def detach(self, port_id: str) -> None:
        """Unplug a port, if it is plugged in."""

    @abc.abstractmethod
    def cut(self, server: Server) -> None:
        """Cut a server off its networks, at once."""

    @abc.abstractmethod
    def release(self, server: Server) -> None:
        """Unplug the ports of a server that is off.

        They stay, but for that on the management network.
        """

    def forget(self, server: Server) -> None:
        """Forget what is left of a server that was deleted."""

    def switch_off(self, server: Server) -> None:
        """End a server as a power-off does.

        First of all it is cut off: the kernel would say good-bye to its
        peers.
        """
        self.cut(server)
        process = ProcessIdentity(server.pid, server.started).find()
        if process is not None:
            process.kill()
        self.release(server)
        self.cloud.delete_server(server.id)
