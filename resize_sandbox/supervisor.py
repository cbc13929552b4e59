# SPDX-License-Identifier: Apache-2.0

"""Starting, watching and stopping the processes of services."""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
from pathlib import Path
import socket
import subprocess
import time

import requests

from resize_sandbox import exceptions
from resize_sandbox import process
from resize_sandbox import variables
from resize_sandbox.deployment import Deployment
from resize_sandbox.deployment import Service
from resize_sandbox.process import ProcessIdentity
from resize_sandbox.state import StateDirectory

START_TIMEOUT_SECONDS = 240.0
_LOG_LINES = 20


@dataclasses.dataclass(frozen=True)
class ServiceStatus:
    """The status of a service of the sandbox."""

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


def get_status(service: Service, deployment: Deployment) -> ServiceStatus:
    """Return whether a service runs and answers."""
    identity = recorded(deployment.state).get(service.name)
    if identity is None or not identity.is_running():
        return ServiceStatus(service.name, 'stopped', None, None)
    return ServiceStatus(
        service.name,
        'running' if _works(service, deployment) else 'not answering',
        identity.pid,
        deployment.url(service.name, service.scheme)
        if service.listens
        else None,
    )


def recorded(state: StateDirectory) -> dict[str, ProcessIdentity]:
    """Return the processes that were started last, by service."""
    return {
        name: ProcessIdentity(**identity)
        for name, identity in state.read_json('processes').items()
    }


def stop(
    state: StateDirectory,
    services: Sequence[Service],
    patience: float | None = None,
) -> None:
    """Stop all services, those that others need to end well at last.

    :param patience: seconds that they get to end by themselves; None for
        those of the service that takes longest.
    """
    if patience is None:
        patience = max(service.patience for service in services)
    identities = recorded(state)
    # What a service needs stands before the service.
    needed = [
        identities.pop(service.name)
        for service in services
        if service.infrastructure and service.name in identities
    ]
    process.stop(list(identities.values()), patience=patience)
    for identity in reversed(needed):
        process.stop([identity], patience=patience)
    state.write_json('processes', {})


def listen(port: int, *, must: bool = False) -> socket.socket:
    """Return a socket that listens on 127.0.0.1.

    :param port: the port to take; 0 for any.
    :param must: whether another one won't do when the port is taken.
    :raises OSError: when it must be that port, and the port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(('127.0.0.1', port))
        except OSError:
            if must or not port:
                raise
            listener.bind(('127.0.0.1', 0))
        listener.listen(1024)
    except BaseException:
        listener.close()
        raise
    return listener


@dataclasses.dataclass
class _Started:
    service: Service
    child: subprocess.Popen[bytes]
    identity: ProcessIdentity
    log_offset: int
    ready: bool = False


class Start:
    """The start of some services: when one of them ends, the start fails.

    :param deployment: what they belong to.
    :param report: is called with a line for each service that is ready.
    """

    def __init__(
        self, deployment: Deployment, report: Callable[[str], None]
    ) -> None:
        self._deployment = deployment
        self._report = report
        self._started: dict[str, _Started] = {}

    @property
    def names(self) -> Sequence[str]:
        """The services that were started, in this order."""
        return list(self._started)

    def prepare(self, service: Service) -> None:
        """Run the commands that come before a service, to their end.

        :raises SandboxError: when one fails or takes too long.
        """
        commands = service.prepare(self._deployment) if service.prepare else ()
        for command in commands:
            running = self._run(service, command)
            deadline = time.monotonic() + START_TIMEOUT_SECONDS
            name = Path(command[0]).name
            while (status := running.child.poll()) is None:
                self._check_running()
                if time.monotonic() > deadline:
                    raise self._error(
                        running,
                        f'{name} did not end within '
                        f'{START_TIMEOUT_SECONDS:.0f} seconds',
                    )
                time.sleep(0.1)
            if status:
                raise self._error(
                    running, f'{name} ended with exit status {status}'
                )

    def add(self, service: Service, listener: socket.socket | None) -> None:
        """Start a service, and don't wait for it.

        :param listener: the socket that it inherits.
        """
        self._started[service.name] = self._run(
            service,
            service.command(self._deployment, listener),
            [listener.fileno()] if listener else [],
        )

    def wait_for(self, *names: str) -> None:
        """Wait until services work.

        :param names: the services; those that weren't started are passed
            over.
        :raises SandboxError: when one doesn't within its time, or when any
            service ends meanwhile.
        """
        for name in names:
            if name in self._started:
                self._wait_for(self._started[name])

    def stop(self) -> None:
        """Stop the services that were started."""
        process.stop(
            [started.identity for started in self._started.values()],
            patience=2.0,
        )

    def error(self, name: str, reason: str) -> exceptions.SandboxError:
        """Return what to raise when a service isn't as it should be.

        :param name: one that was started.
        """
        return self._error(self._started[name], reason)

    def _run(
        self,
        service: Service,
        command: Sequence[str],
        descriptors: Sequence[int] = (),
    ) -> _Started:
        state = self._deployment.state
        environment = variables.isolated(state) | {'PYTHONUNBUFFERED': '1'}
        if service.environment:
            environment |= service.environment(self._deployment)
        log_file = state.log_file(service.name)
        offset = log_file.stat().st_size if log_file.exists() else 0
        with process.interrupts_deferred():
            child, identity = process.start(
                command,
                log_file=log_file,
                environment=environment,
                descriptors=descriptors,
            )
            identities = recorded(state) | {service.name: identity}
            state.write_json(
                'processes',
                {
                    name: dataclasses.asdict(i)
                    for name, i in identities.items()
                },
            )
        return _Started(service, child, identity, offset)

    def _wait_for(self, waited_for: _Started) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not waited_for.ready:
            if time.monotonic() > deadline:
                raise self._error(
                    waited_for,
                    f'it did not answer within '
                    f'{START_TIMEOUT_SECONDS:.0f} seconds',
                )
            self._check_running()
            waited_for.ready = _works(waited_for.service, self._deployment)
            if waited_for.ready:
                self._report(f'{waited_for.service.name} is ready')
            else:
                time.sleep(0.1)

    def _check_running(self) -> None:
        for started in self._started.values():
            if (status := started.child.poll()) is not None:
                raise self._error(
                    started, f'it ended with exit status {status}'
                )

    def _error(
        self, started: _Started, reason: str
    ) -> exceptions.SandboxError:
        name = started.service.name
        path = self._deployment.state.log_file(name)
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


def _works(service: Service, deployment: Deployment) -> bool:
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
