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

"""A sandbox: starting, looking at and stopping its services."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import contextlib
import dataclasses
import os
from pathlib import Path
import socket
import subprocess
import time

import requests

from resize_sandbox import clouds
from resize_sandbox import exceptions
from resize_sandbox import process
from resize_sandbox import profile
from resize_sandbox.keystone import config as keystone_config
from resize_sandbox.process import ProcessIdentity
from resize_sandbox.state import StateDirectory
from resize_sandbox.state import default_directory

START_TIMEOUT_SECONDS = 120.0
_LOG_LINES = 20


@dataclasses.dataclass(frozen=True)
class ServiceStatus:
    """How a service of the sandbox is doing."""

    name: str
    #: ``running``, ``not answering`` or ``stopped``.
    state: str
    #: Its process ID, or None when it is stopped.
    pid: int | None
    #: Its base URL, or None when it is stopped or doesn't listen.
    url: str | None

    @property
    def running(self) -> bool:
        """Whether the service works."""
        return self.state == 'running'


@dataclasses.dataclass
class _Started:
    service: profile.Service
    child: subprocess.Popen[bytes]
    log_offset: int


class Sandbox:
    """A private Keystone, Octavia and Magnum on 127.0.0.1.

    :param state_dir: the directory that holds everything it writes. None
        for $RESIZE_SANDBOX_DIR, or .sandbox under the current directory.
    :param options: what to start; see :class:`profile.Options`.
    :param report: is called with one line for each step of :meth:`up`.
    :param services: what it consists of.
    """

    def __init__(
        self,
        state_dir: str | os.PathLike[str] | None = None,
        *,
        options: profile.Options | None = None,
        report: Callable[[str], None] = lambda line: None,
        services: Sequence[profile.Service] = profile.EMBEDDED,
    ) -> None:
        self.state = StateDirectory(state_dir or default_directory())
        self.options = options or profile.Options()
        self._services = services
        self._report = report

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make ``openstack`` use this sandbox."""
        return {
            'OS_CLIENT_CONFIG_FILE': str(self.state.clouds_yaml),
            'OS_CLOUD': clouds.MEMBER_CLOUD,
        }

    def up(self) -> None:
        """Start the services, wait until they answer, and seed them.

        Does nothing when they are all running. Whatever stops it, an error
        or Ctrl-C, leaves nothing running.

        :raises SandboxError: when a service doesn't start, with the last
            lines of its log; when the sandbox runs with other options; when
            another command is starting or stopping it.
        """
        with self.state.lock():
            if self._is_complete():
                self._check_options()
                return
            self._stop()
            try:
                self._start()
            except BaseException:
                self._stop(patience=2.0)
                raise

    def down(self) -> None:
        """Stop the services; does nothing when none is running.

        :raises SandboxError: when another command is starting or stopping
            the sandbox.
        """
        if not self.state.run.exists():
            return
        with self.state.lock():
            self._stop()

    def status(self) -> list[ServiceStatus]:
        """Look at each service: is its process there, does it answer?"""
        recorded = self._recorded()
        ports = self.state.read_json('ports')
        result = []
        for service in self._services:
            identity = recorded.get(service.name)
            if identity is None or not identity.is_running():
                result.append(
                    ServiceStatus(service.name, 'stopped', None, None)
                )
                continue
            url = None
            state = 'running'
            if service.listens:
                url = f'http://127.0.0.1:{ports[service.name]}'
                if not _answers(url, timeout=5.0):
                    state = 'not answering'
            result.append(
                ServiceStatus(service.name, state, identity.pid, url)
            )
        return result

    def log_file(self, service: str) -> Path:
        """Return the path of a service's log file.

        :raises SandboxError: when there is no such service, or it has never
            been started.
        """
        names = [s.name for s in self._services]
        if service not in names:
            raise exceptions.SandboxError(
                f'The sandbox has no service {service!r}: '
                f'its services are {", ".join(names)}.'
            )
        path = self.state.log_file(service)
        if not path.exists():
            raise exceptions.SandboxError(
                f'{service} has no log in {self.state.logs}: it has not been '
                f'started yet. Start it with: resize-sandbox up'
            )
        return path

    @property
    def services(self) -> Sequence[str]:
        """The names of the services."""
        return [service.name for service in self._services]

    def _is_complete(self) -> bool:
        # The record of options is written last.
        return bool(self.state.read_json('options')) and all(
            status.running for status in self.status()
        )

    def _check_options(self) -> None:
        running = profile.Options(**self.state.read_json('options'))
        if running != self.options:
            raise exceptions.SandboxError(
                f'The sandbox in {self.state.root} is running already, with '
                f'other options ({running.describe()}). '
                f'Stop it first: resize-sandbox down'
            )

    def _recorded(self) -> dict[str, ProcessIdentity]:
        return {
            name: ProcessIdentity(**identity)
            for name, identity in self.state.read_json('processes').items()
        }

    def _stop(self, patience: float | None = None) -> None:
        if patience is None:
            patience = max(s.patience for s in self._services)
        with process.interrupts_deferred():
            self.state.write_json('options', {})
            process.stop(list(self._recorded().values()), patience=patience)
            self.state.write_json('processes', {})

    def _start(self) -> None:
        self._report(f'Starting the sandbox in {self.state.root}')
        if not self.state.read_json('seeded'):
            # What an interrupted first start has left can be half done.
            self.state.remove_data()
        with contextlib.ExitStack() as stack:
            listeners = self._listeners(stack)
            deployment = profile.Deployment(
                state=self.state,
                options=self.options,
                ports={
                    name: listener.getsockname()[1]
                    for name, listener in listeners.items()
                },
            )
            self.state.write_json('ports', deployment.ports)
            self.state.write(
                self.state.clouds_yaml,
                clouds.render(
                    self.state, keystone_config.auth_url(deployment)
                ),
            )
            for service in self._services:
                service.configure(deployment)
            started = []
            for service in self._services:
                started.append(
                    self._start_service(
                        service, deployment, listeners.get(service.name)
                    )
                )
        self._seed(deployment, started)
        self.state.write_json('seeded', {'seeded': True})
        self.state.write_json('options', dataclasses.asdict(self.options))

    def _listeners(
        self, stack: contextlib.ExitStack
    ) -> dict[str, socket.socket]:
        remembered = self.state.read_json('ports')
        return {
            service.name: stack.enter_context(
                _listen(remembered.get(service.name, 0))
            )
            for service in self._services
            if service.listens
        }

    def _start_service(
        self,
        service: profile.Service,
        deployment: profile.Deployment,
        listener: socket.socket | None,
    ) -> _Started:
        log_file = self.state.log_file(service.name)
        offset = log_file.stat().st_size if log_file.exists() else 0
        with process.interrupts_deferred():
            child, identity = process.start(
                service.command(deployment, listener),
                log_file=log_file,
                environment=self._service_environment(),
                descriptors=[listener.fileno()] if listener else [],
            )
            recorded = self._recorded() | {service.name: identity}
            self.state.write_json(
                'processes',
                {name: dataclasses.asdict(i) for name, i in recorded.items()},
            )
        return _Started(service, child, offset)

    def _service_environment(self) -> dict[str, str]:
        return isolated_environment(self.state) | {
            'OS_BOOTSTRAP_PASSWORD': self.state.secret(
                f'password of {clouds.ADMIN.name}'
            ),
            'PYTHONUNBUFFERED': '1',
        }

    def _seed(
        self, deployment: profile.Deployment, started: Sequence[_Started]
    ) -> None:
        # Imported late: a "resize-sandbox status" needs no SDK.
        import keystoneauth1.exceptions
        import openstack.exceptions

        from resize_sandbox.seeds import identity
        from resize_sandbox.seeds import load_balancer

        waiting = {one.service.name: one for one in started}
        deadline = time.monotonic() + START_TIMEOUT_SECONDS

        def wait(name: str) -> None:
            if name in waiting:
                self._wait_until_ready(
                    waiting.pop(name), deployment, deadline, among=started
                )

        try:
            service = 'keystone'
            wait(service)
            identity.seed(deployment)
            service = 'octavia'
            wait(service)
            load_balancer.seed(deployment)
        except (
            openstack.exceptions.SDKException,
            keystoneauth1.exceptions.ClientException,
        ) as error:
            (one,) = (s for s in started if s.service.name == service)
            raise self._start_error(
                one, f'a request of the seeds failed: {error}'
            ) from error
        for name in list(waiting):
            wait(name)

    def _wait_until_ready(
        self,
        waited_for: _Started,
        deployment: profile.Deployment,
        deadline: float,
        *,
        among: Sequence[_Started],
    ) -> None:
        service = waited_for.service
        while time.monotonic() < deadline:
            for one in among:
                if (status := one.child.poll()) is not None:
                    raise self._start_error(
                        one, f'it ended with exit status {status}'
                    )
            if not service.listens or _answers(deployment.url(service.name)):
                self._report(f'{service.name} is ready')
                return
            time.sleep(0.1)
        raise self._start_error(
            waited_for,
            f'it did not answer within {START_TIMEOUT_SECONDS:.0f} seconds',
        )

    def _start_error(
        self, started: _Started, reason: str
    ) -> exceptions.SandboxError:
        name = started.service.name
        path = self.state.log_file(name)
        lines = process.last_lines(path, _LOG_LINES, started.log_offset)
        return exceptions.SandboxError(
            '\n'.join(
                [
                    f'The service {name} did not start: {reason}.',
                    f'The last lines of its log, {path}:',
                    *(f'    {line}' for line in lines or ['(empty)']),
                    'All services of this sandbox have been stopped.',
                ]
            )
        )


def isolated_environment(
    state: StateDirectory, parent: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return an environment in which programs write to the sandbox only.

    :param state: its directory takes the place of the home directory, the
        caches and the temporary directory.
    :param parent: the environment to start from. Its OS_* variables, which
        would point clients to another cloud, are left out.
    """
    environment = {
        name: value
        for name, value in parent.items()
        if not name.startswith(('OS_', 'XDG_'))
    }
    return environment | {
        'HOME': str(state.home),
        'XDG_CACHE_HOME': str(state.home / '.cache'),
        'TMPDIR': str(state.home / 'tmp'),
    }


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(('127.0.0.1', port))
        except OSError:
            if not port:
                raise
            # The port that it had the last time is taken by now.
            listener.bind(('127.0.0.1', 0))
        listener.listen(1024)
    except BaseException:
        listener.close()
        raise
    return listener


def _answers(url: str, timeout: float = 2.0) -> bool:
    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, timeout=timeout).status_code < 500
    except requests.RequestException:
        return False
