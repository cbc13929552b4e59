# SPDX-License-Identifier: Apache-2.0

"""What a sandbox consists of: options, services, and where they listen."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import dataclasses
import socket
import sys

from resize_sandbox.state import StateDirectory

EMBEDDED = 'embedded'
DISTRIBUTED = 'distributed'

#: Which Octavia there is: with octavia_resize; as released; as released, with
#: the resize of the specification and nothing else; the same, whose resizes
#: are accepted and never begin.
RESIZE = 'resize'
PLAIN = 'plain'
SPECIFICATION = 'specification'
IDLE = 'idle'

#: The network of a sandbox with traffic.
BRIDGES = 'bridges'
OVN = 'ovn'

MARIADB = 'mariadb'
RABBITMQ = 'rabbitmq'
RABBITMQ_USER = 'sandbox'


@dataclasses.dataclass(frozen=True)
class Options:
    """What one can choose when a sandbox is started."""

    #: ``embedded``: each service in one process, SQLite, messages in memory.
    #: ``distributed``: MariaDB, RabbitMQ, and several processes of each of
    #: Octavia's services.
    profile: str = EMBEDDED
    #: Whether Octavia's workers share their flows by a jobboard in Redis,
    #: with the distributed profile.
    jobboard: bool = False

    #: Which Octavia there is: ``resize``, ``plain``, ``specification`` or
    #: ``idle``; all but the first with the embedded profile only.
    octavia: str = RESIZE
    #: Whether TLS secrets are in a Barbican, with the embedded profile and
    #: without traffic.
    barbican: bool = False
    #: Seconds that Magnum's driver takes for resizing a nodegroup.
    cluster_resize_seconds: float = 3.0

    #: Whether amphorae are real ones, made of namespaces, that carry
    #: traffic.
    traffic: bool = False
    #: What they are connected by: ``bridges``, or ``ovn``, with Neutron.
    network: str = BRIDGES
    #: Whether a floating IP is where its VIP is, and not on the gateway, on
    #: ``ovn``.
    distributed_floating_ips: bool = False
    #: Seconds that such an amphora takes to boot, besides its own.
    boot_seconds: float = 0.0
    #: Seconds that the deletion of its server, and of its port, takes.
    delete_seconds: float = 0.0

    #: Whether there is a Heat, with resize_heat.
    heat: bool = False

    @property
    def kind(self) -> str:
        """What its data is made for: another kind can't use the data."""
        if not self.traffic:
            return self.profile
        on = '' if self.network == BRIDGES else f' on {self.network}'
        return f'{self.profile} with traffic{on}'

    def describe(self) -> str:
        """Return the options as text for people."""
        return (
            f'profile {self.kind}'
            f'{" with the jobboard" if self.jobboard else ""}'
            f'{" with Heat" if self.heat else ""}, '
            f'Octavia {self.octavia}{" with Barbican" * self.barbican}, '
            f'clusters take {self.cluster_resize_seconds:g} s'
        )


@dataclasses.dataclass(frozen=True)
class Deployment:
    """What is to run, and where.

    Configuration files are written from it before the services start.
    """

    state: StateDirectory
    options: Options
    #: The port on 127.0.0.1 of each service that listens, by name.
    ports: Mapping[str, int]

    def url(self, service: str, scheme: str = 'http') -> str:
        """Return the base URL of a service, without a slash at its end."""
        return f'{scheme}://127.0.0.1:{self.ports[service]}'

    def database_url(self, name: str) -> str:
        """Return the SQLAlchemy URL of a service's database."""
        if MARIADB not in self.ports:
            return self.state.database_url(name)
        # oslo.db's own choice has no characters of four bytes.
        return (
            f'mysql+pymysql://{name}:{self.database_password(name)}'
            f'@127.0.0.1:{self.ports[MARIADB]}/{name}?charset=utf8mb4'
        )

    def database_password(self, name: str) -> str:
        """Return the password of the user whom a database in MariaDB has.

        :param name: the database, after which its user is named, too.
        """
        return self.state.secret(f'{MARIADB} password of {name}')

    @property
    def transport_url(self) -> str:
        """The URL of the message bus, for oslo.messaging."""
        if RABBITMQ not in self.ports:
            return 'fake://'
        return (
            f'rabbit://{RABBITMQ_USER}:{self.rabbitmq_password}'
            f'@127.0.0.1:{self.ports[RABBITMQ]}/'
        )

    @property
    def rabbitmq_password(self) -> str:
        """The password of the one user of RabbitMQ."""
        return self.state.secret(f'{RABBITMQ} password')


@dataclasses.dataclass(frozen=True)
class Service:
    """One service of a profile, run as one process and its children."""

    name: str
    #: Writes the service's configuration files.
    configure: Callable[[Deployment], None]
    #: Returns the program and its arguments. The socket is None for a
    #: service that doesn't listen.
    command: Callable[[Deployment, socket.socket | None], Sequence[str]]
    listens: bool = True
    #: Whether it inherits its listening socket, so that no other program can
    #: take the port meanwhile. Else it binds the port itself.
    inherits_socket: bool = True
    #: Names of ports that it uses besides the one that has its own name.
    other_ports: Sequence[str] = ()
    #: What its URL begins with.
    scheme: str = 'http'
    #: Services that must be ready before it is started.
    needs: Sequence[str] = ()
    #: Returns commands to run to their end before it is started.
    prepare: Callable[[Deployment], Sequence[Sequence[str]]] | None = None
    #: Returns environment variables to add.
    environment: Callable[[Deployment], Mapping[str, str]] | None = None
    #: Returns whether the service works. None: it works if a GET of its base
    #: URL, or, if it doesn't listen, as soon as it runs.
    is_ready: Callable[[Deployment], bool] | None = None
    #: Whether others need it to end well: it is stopped after them.
    infrastructure: bool = False
    #: Seconds to end by itself when it is stopped.
    patience: float = 10.0


def module_command(name: str, package: str) -> Callable[..., Sequence[str]]:
    """Return what returns the command of a service of the sandbox's own.

    :param name: the service.
    :param package: the package to run.
    """

    def command(
        deployment: Deployment, listener: socket.socket | None
    ) -> Sequence[str]:
        assert listener is not None
        return (
            sys.executable,
            '-m',
            package,
            '--config-file',
            str(deployment.state.config_file(name)),
            '--socket',
            str(listener.fileno()),
        )

    return command
