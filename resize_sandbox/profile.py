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

"""Which services a sandbox consists of, and how each is started."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import dataclasses
import socket
import sys

from resize_sandbox.keystone import config as keystone_config
from resize_sandbox.magnum import config as magnum_config
from resize_sandbox.octavia import config as octavia_config
from resize_sandbox.state import StateDirectory


@dataclasses.dataclass(frozen=True)
class Options:
    """What one can choose when a sandbox is started."""

    #: Whether Octavia is extended by octavia_resize. Without, it is a
    #: plain Octavia that can't resize.
    resize_extension: bool = True
    #: Seconds that Magnum's driver takes for resizing a nodegroup.
    cluster_resize_seconds: float = 3.0

    def describe(self) -> str:
        """Return them in words."""
        return (
            f'{"with" if self.resize_extension else "without"} the resize '
            f'extension, clusters take {self.cluster_resize_seconds:g} s'
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

    def url(self, service: str) -> str:
        """Return the base URL of a service, without a slash at its end."""
        return f'http://127.0.0.1:{self.ports[service]}'


@dataclasses.dataclass(frozen=True)
class Service:
    """One service of a profile, run as one process.

    A service that listens inherits its listening socket, so that no two
    programs can take the same port, and is ready when it answers to a GET
    of its base URL.
    """

    name: str
    #: Writes the service's configuration files.
    configure: Callable[[Deployment], None]
    #: Returns the program and its arguments. The socket is None for a
    #: service that doesn't listen.
    command: Callable[[Deployment, socket.socket | None], Sequence[str]]
    listens: bool = True
    #: Seconds to end by itself when it is stopped.
    patience: float = 10.0


def _module(name: str, package: str) -> Callable[..., Sequence[str]]:
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


#: Each service in one process, SQLite, messages in memory.
EMBEDDED: Sequence[Service] = (
    Service(
        name='keystone',
        configure=keystone_config.write,
        command=_module('keystone', 'resize_sandbox.keystone'),
    ),
    Service(
        name='octavia',
        configure=octavia_config.write,
        command=_module('octavia', 'resize_sandbox.octavia'),
        # Flows that are running are finished first.
        patience=20.0,
    ),
    Service(
        name='magnum',
        configure=magnum_config.write,
        command=_module('magnum', 'resize_sandbox.magnum'),
    ),
)
