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
from collections.abc import Sequence
import contextlib
import dataclasses
import os
from pathlib import Path
import signal
import socket
import subprocess
import time

import requests

from resize_sandbox import clouds
from resize_sandbox import exceptions
from resize_sandbox import extra
from resize_sandbox import process
from resize_sandbox import profile
from resize_sandbox import variables
from resize_sandbox.dataplane import requirements
from resize_sandbox.dataplane import service as dataplane_service
from resize_sandbox.distributed import packages
from resize_sandbox.distributed import services as distributed
from resize_sandbox.keystone import config as keystone_config
from resize_sandbox.process import ProcessIdentity
from resize_sandbox.state import StateDirectory
from resize_sandbox.state import default_directory

START_TIMEOUT_SECONDS = 240.0
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
    identity: ProcessIdentity
    log_offset: int
    ready: bool = False


class Sandbox:
    """A private Keystone, Octavia and Magnum on 127.0.0.1.

    :param state_dir: the directory that holds everything it writes. None
        for $RESIZE_SANDBOX_DIR, or .sandbox under the current directory.
    :param options: what to start; see :class:`profile.Options`. None for
        those of the last start.
    :param report: is called with one line for each step of :meth:`up`.
    :param services: what it consists of; None for what its profile does.
    """

    def __init__(
        self,
        state_dir: str | os.PathLike[str] | None = None,
        *,
        options: profile.Options | None = None,
        report: Callable[[str], None] = lambda line: None,
        services: Sequence[profile.Service] | None = None,
    ) -> None:
        self.state = StateDirectory(state_dir or default_directory())
        self.options = options or self._last_options()
        self._services = (
            _services(self.options) if services is None else services
        )
        self._report = report

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make ``openstack`` use this sandbox."""
        return {
            'OS_CLIENT_CONFIG_FILE': str(self.state.clouds_yaml),
            'OS_CLOUD': clouds.MEMBER_CLOUD,
            **variables.exempt_loopback(dict(os.environ)),
        }

    def up(self) -> None:
        """Start the services, wait until they answer, and seed them.

        Does nothing when they are all running. Whatever stops it, an error
        or Ctrl-C, leaves nothing running.

        :raises SandboxError: when a service doesn't start, with the last
            lines of its log; when the sandbox runs with other options, or
            was made with another profile; when a program that it needs is
            not installed; when another command is starting or stopping it.
        """
        extra.check()
        if self.options.profile == profile.DISTRIBUTED:
            packages.check()
        if self.options.traffic:
            requirements.check()
        with self.state.lock():
            self._check_options()
            if self._is_complete():
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
        deployment = self._deployment()
        result = []
        for service in self._services:
            identity = recorded.get(service.name)
            if identity is None or not identity.is_running():
                result.append(
                    ServiceStatus(service.name, 'stopped', None, None)
                )
                continue
            result.append(
                ServiceStatus(
                    service.name,
                    'running'
                    if _works(service, deployment)
                    else 'not answering',
                    identity.pid,
                    f'{service.scheme}://'
                    f'127.0.0.1:{deployment.ports[service.name]}'
                    if service.listens
                    else None,
                )
            )
        return result

    def stop_services(self, *names: str, number: int = signal.SIGTERM) -> None:
        """Stop some services, and wait until they are gone; the rest goes on.

        :param names: the services.
        :param number: SIGTERM, by which they end in their own time; or
            SIGKILL, which they and their children all get at once.
        :raises SandboxError: when there is no such service, or another
            command is starting or stopping the sandbox.
        """
        services = [self._service(name) for name in names]
        with self.state.lock():
            recorded = self._recorded()
            process.stop(
                [recorded[name] for name in names if name in recorded],
                patience=max(service.patience for service in services),
                at_once=number == signal.SIGKILL,
            )

    def start_services(self, *names: str) -> None:
        """Start some services again, as they are configured now.

        Those that are running are left alone.

        :param names: the services; none of them needs another one of them.
        :raises SandboxError: when there is no such service, or one doesn't
            start; those that were running go on. When another command is
            starting or stopping the sandbox.
        """
        services = [self._service(name) for name in names]
        with self.state.lock():
            recorded = self._recorded()
            deployment = self._deployment()
            started: list[_Started] = []
            try:
                for service in services:
                    identity = recorded.get(service.name)
                    if identity is None or not identity.is_running():
                        started.append(self._start_again(service, deployment))
                for one in started:
                    self._wait_until_ready(one, deployment, among=started)
            except BaseException:
                process.stop([one.identity for one in started], patience=2.0)
                raise

    def _start_again(
        self, service: profile.Service, deployment: profile.Deployment
    ) -> _Started:
        if not (service.listens and service.inherits_socket):
            return self._start_service(service, deployment, None)
        with _listen(deployment.ports[service.name], must=True) as listener:
            return self._start_service(service, deployment, listener)

    def log_file(self, service: str) -> Path:
        """Return the path of a service's log file.

        :raises SandboxError: when there is no such service, or it has never
            been started.
        """
        path = self.state.log_file(self._service(service).name)
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

    def _service(self, name: str) -> profile.Service:
        for service in self._services:
            if service.name == name:
                return service
        raise exceptions.SandboxError(
            f'The sandbox has no service {name!r}: '
            f'its services are {", ".join(self.services)}.'
        )

    def _last_options(self) -> profile.Options:
        return profile.Options(**self.state.read_json('last-options'))

    def _deployment(self) -> profile.Deployment:
        return profile.Deployment(
            state=self.state,
            options=self.options,
            ports=self.state.read_json('ports'),
        )

    def _is_complete(self) -> bool:
        # The record of options is written last.
        return bool(self.state.read_json('options')) and all(
            status.running for status in self.status()
        )

    def _check_options(self) -> None:
        made_with = self._last_options().kind
        if made_with != self.options.kind and self.state.read_json('seeded'):
            raise exceptions.SandboxError(
                f'The sandbox in {self.state.root} was made with the profile '
                f'{made_with}, and its data with it. Name another directory '
                f'with --state-dir for one with the profile '
                f'{self.options.kind}.'
            )
        if not self.state.read_json('options'):
            return
        running = profile.Options(**self.state.read_json('options'))
        if running != self.options and any(
            identity.is_running() for identity in self._recorded().values()
        ):
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
        infrastructure = [s.name for s in self._services if s.infrastructure]
        with process.interrupts_deferred():
            self.state.write_json('options', {})
            recorded = self._recorded()
            # The others still need it to end well. What it needs itself
            # stands before it.
            last = [recorded.pop(n) for n in infrastructure if n in recorded]
            process.stop(list(recorded.values()), patience=patience)
            for identity in reversed(last):
                process.stop([identity], patience=patience)
            dataplane_service.remove(self.state)
            self.state.write_json('processes', {})

    def _start(self) -> None:
        self._report(f'Starting the sandbox in {self.state.root}')
        if not self.state.read_json('seeded'):
            # What an interrupted first start has left can be half done.
            self.state.remove_data()
        self.state.write_json('last-options', dataclasses.asdict(self.options))
        started: list[_Started] = []
        with contextlib.ExitStack() as stack:
            listeners = self._listeners(stack)
            self.state.write_json(
                'ports',
                {
                    name: listener.getsockname()[1]
                    for name, listener in listeners.items()
                },
            )
            deployment = self._deployment()
            self.state.write(
                self.state.clouds_yaml,
                clouds.render(
                    self.state, keystone_config.auth_url(deployment)
                ),
            )
            for service in self._services:
                service.configure(deployment)
            for service in self._services:
                for one in started:
                    if one.service.name in service.needs:
                        self._wait_until_ready(one, deployment, among=started)
                self._prepare(service, deployment, among=started)
                listener = listeners.get(service.name)
                if not service.inherits_socket:
                    for port in (service.name, *service.other_ports):
                        listeners[port].close()
                    listener = None
                started.append(
                    self._start_service(service, deployment, listener)
                )
        self._seed(deployment, started)
        self.state.write_json('seeded', {'seeded': True})
        self.state.write_json('options', dataclasses.asdict(self.options))

    def _listeners(
        self, stack: contextlib.ExitStack
    ) -> dict[str, socket.socket]:
        remembered = self.state.read_json('ports')
        return {
            port: stack.enter_context(_listen(remembered.get(port, 0)))
            for service in self._services
            if service.listens
            for port in (service.name, *service.other_ports)
        }

    def _prepare(
        self,
        service: profile.Service,
        deployment: profile.Deployment,
        *,
        among: Sequence[_Started],
    ) -> None:
        """Run the commands that come before a service, to their end."""
        commands = service.prepare(deployment) if service.prepare else ()
        for command in commands:
            running = self._run(service, deployment, command)
            deadline = time.monotonic() + START_TIMEOUT_SECONDS
            name = Path(command[0]).name
            while (status := running.child.poll()) is None:
                self._check_running(among)
                if time.monotonic() > deadline:
                    raise self._start_error(
                        running,
                        f'{name} did not end within '
                        f'{START_TIMEOUT_SECONDS:.0f} seconds',
                    )
                time.sleep(0.1)
            if status:
                raise self._start_error(
                    running, f'{name} ended with exit status {status}'
                )

    def _start_service(
        self,
        service: profile.Service,
        deployment: profile.Deployment,
        listener: socket.socket | None,
    ) -> _Started:
        return self._run(
            service,
            deployment,
            service.command(deployment, listener),
            [listener.fileno()] if listener else [],
        )

    def _run(
        self,
        service: profile.Service,
        deployment: profile.Deployment,
        command: Sequence[str],
        descriptors: Sequence[int] = (),
    ) -> _Started:
        environment = self._service_environment()
        if service.environment:
            environment |= service.environment(deployment)
        log_file = self.state.log_file(service.name)
        offset = log_file.stat().st_size if log_file.exists() else 0
        with process.interrupts_deferred():
            child, identity = process.start(
                command,
                log_file=log_file,
                environment=environment,
                descriptors=descriptors,
            )
            recorded = self._recorded() | {service.name: identity}
            self.state.write_json(
                'processes',
                {name: dataclasses.asdict(i) for name, i in recorded.items()},
            )
        return _Started(service, child, identity, offset)

    def _service_environment(self) -> dict[str, str]:
        return variables.isolated(self.state) | {'PYTHONUNBUFFERED': '1'}

    def _seed(
        self, deployment: profile.Deployment, started: Sequence[_Started]
    ) -> None:
        # Imported late: a "resize-sandbox status" needs no SDK.
        import keystoneauth1.exceptions
        import openstack.exceptions

        from resize_sandbox.seeds import identity
        from resize_sandbox.seeds import load_balancer

        services = {one.service.name: one for one in started}

        def wait(name: str) -> None:
            if name in services:
                self._wait_until_ready(
                    services[name], deployment, among=started
                )

        try:
            service = 'keystone'
            wait(service)
            identity.seed(deployment)
            service = 'octavia'
            wait(service)
            for name in services:
                if name.startswith(service):
                    # Its workers, too.
                    wait(name)
            load_balancer.seed(deployment)
        except (
            openstack.exceptions.SDKException,
            keystoneauth1.exceptions.ClientException,
        ) as error:
            raise self._start_error(
                services[service], f'a request of the seeds failed: {error}'
            ) from error
        for name in services:
            wait(name)

    def _wait_until_ready(
        self,
        waited_for: _Started,
        deployment: profile.Deployment,
        *,
        among: Sequence[_Started],
    ) -> None:
        service = waited_for.service
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not waited_for.ready:
            if time.monotonic() > deadline:
                raise self._start_error(
                    waited_for,
                    f'it did not answer within '
                    f'{START_TIMEOUT_SECONDS:.0f} seconds',
                )
            self._check_running(among)
            waited_for.ready = _works(service, deployment)
            if waited_for.ready:
                self._report(f'{service.name} is ready')
            else:
                time.sleep(0.1)

    def _check_running(self, services: Sequence[_Started]) -> None:
        for one in services:
            if (status := one.child.poll()) is not None:
                raise self._start_error(
                    one, f'it ended with exit status {status}'
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
                    'All services that were started with it have been '
                    'stopped.',
                ]
            )
        )


def _services(options: profile.Options) -> Sequence[profile.Service]:
    services = (
        distributed.services(options)
        if options.profile == profile.DISTRIBUTED
        else profile.EMBEDDED_SERVICES
    )
    return dataplane_service.add(services) if options.traffic else services


def _listen(port: int, *, must: bool = False) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(('127.0.0.1', port))
        except OSError:
            if must or not port:
                raise
            # The port that it had the last time is taken by now.
            listener.bind(('127.0.0.1', 0))
        listener.listen(1024)
    except BaseException:
        listener.close()
        raise
    return listener


def _works(service: profile.Service, deployment: profile.Deployment) -> bool:
    if service.is_ready:
        return service.is_ready(deployment)
    return not service.listens or _answers(deployment.url(service.name))


def _answers(url: str, timeout: float = 5.0) -> bool:
    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, timeout=timeout).status_code < 500
    except requests.RequestException:
        return False
