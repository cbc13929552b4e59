# SPDX-License-Identifier: Apache-2.0

"""A sandbox: starts, checks and stops its services."""

from collections.abc import Callable
from collections.abc import Sequence
import contextlib
import dataclasses
import os
from pathlib import Path
import signal
import socket

from resize_sandbox import clouds
from resize_sandbox import exceptions
from resize_sandbox import process
from resize_sandbox import profiles
from resize_sandbox import requirements
from resize_sandbox import supervisor
from resize_sandbox import variables
from resize_sandbox.dataplane import fabrics
from resize_sandbox.dataplane import service as dataplane_service
from resize_sandbox.deployment import DISTRIBUTED
from resize_sandbox.deployment import Deployment
from resize_sandbox.deployment import Options
from resize_sandbox.deployment import Service
from resize_sandbox.heat import config as heat_config
from resize_sandbox.keystone import config as keystone_config
from resize_sandbox.state import StateDirectory
from resize_sandbox.state import default_directory
from resize_sandbox.supervisor import ServiceStatus


class Sandbox:
    """A private Keystone, Octavia and Magnum on 127.0.0.1.

    :param state_dir: the directory that holds everything it writes. None
        for $RESIZE_SANDBOX_DIR, or .sandbox under the current directory.
    :param options: what to start; see :class:`Options`. None for
        those of the last start.
    :param report: is called with one line for each step of :meth:`up`.
    :param services: what it consists of; None for what its profile does.
    """

    def __init__(
        self,
        state_dir: str | os.PathLike[str] | None = None,
        *,
        options: Options | None = None,
        report: Callable[[str], None] = lambda line: None,
        services: Sequence[Service] | None = None,
    ) -> None:
        self.state = StateDirectory(state_dir or default_directory())
        self.options = options or self._last_options()
        self._services = (
            profiles.services(self.options) if services is None else services
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
        requirements.check()
        if self.options.profile == DISTRIBUTED:
            requirements.check_distributed()
        if self.options.traffic:
            requirements.check_traffic()
            fabrics.CLASSES[self.options.network].check()
        if self.options.heat:
            heat_config.check()
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
        """Return the status of each service."""
        deployment = self._deployment()
        return [
            supervisor.get_status(service, deployment)
            for service in self._services
        ]

    def stop_services(self, *names: str, number: int = signal.SIGTERM) -> None:
        """Stop some services, and wait for their end; the others keep running.

        :param names: the services.
        :param number: SIGTERM, by which they end in their own time; or
            SIGKILL, which they and their children all get at once.
        :raises SandboxError: when there is no such service, or another
            command is starting or stopping the sandbox.
        """
        services = [self._service(name) for name in names]
        with self.state.lock():
            recorded = supervisor.recorded(self.state)
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
            start; those that were running stay. When another command is
            starting or stopping the sandbox.
        """
        services = [self._service(name) for name in names]
        with self.state.lock():
            deployment = self._deployment()
            recorded = supervisor.recorded(self.state)
            start = supervisor.Start(deployment, self._report)
            try:
                for service in services:
                    identity = recorded.get(service.name)
                    if identity is None or not identity.is_running():
                        self._add_again(start, service, deployment)
                start.wait_for(*start.names)
            except BaseException:
                start.stop()
                raise

    def _add_again(
        self, start: supervisor.Start, service: Service, deployment: Deployment
    ) -> None:
        if not (service.listens and service.inherits_socket):
            start.add(service, None)
            return
        port = deployment.ports[service.name]
        with supervisor.listen(port, must=True) as listener:
            start.add(service, listener)

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

    def _service(self, name: str) -> Service:
        for service in self._services:
            if service.name == name:
                return service
        raise exceptions.SandboxError(
            f'The sandbox has no service {name!r}: '
            f'its services are {", ".join(self.services)}.'
        )

    def _last_options(self) -> Options:
        return Options(**self.state.read_json('last-options'))

    def _deployment(self) -> Deployment:
        return Deployment(
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
        running = Options(**self.state.read_json('options'))
        if running != self.options and any(
            identity.is_running()
            for identity in supervisor.recorded(self.state).values()
        ):
            raise exceptions.SandboxError(
                f'The sandbox in {self.state.root} is running already, with '
                f'other options ({running.describe()}). '
                f'Stop it first: resize-sandbox down'
            )

    def _stop(self, patience: float | None = None) -> None:
        with process.interrupts_deferred():
            self.state.write_json('options', {})
            supervisor.stop(self.state, self._services, patience)
            dataplane_service.remove(self.state)

    def _start(self) -> None:
        self._report(f'Starting the sandbox in {self.state.root}')
        if not self.state.read_json('seeded'):
            # What an interrupted first start has left can be half done.
            self.state.remove_data()
        self.state.write_json('last-options', dataclasses.asdict(self.options))
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
            start = supervisor.Start(deployment, self._report)
            self.state.write(
                self.state.clouds_yaml,
                clouds.render(
                    self.state, keystone_config.auth_url(deployment)
                ),
            )
            for service in self._services:
                service.configure(deployment)
            for service in self._services:
                start.wait_for(*service.needs)
                start.prepare(service)
                listener = listeners.get(service.name)
                if not service.inherits_socket:
                    for port in (service.name, *service.other_ports):
                        listeners[port].close()
                    listener = None
                start.add(service, listener)
        self._seed(deployment, start)
        self.state.write_json('seeded', {'seeded': True})
        self.state.write_json('options', dataclasses.asdict(self.options))

    def _listeners(
        self, stack: contextlib.ExitStack
    ) -> dict[str, socket.socket]:
        remembered = self.state.read_json('ports')
        return {
            port: stack.enter_context(
                supervisor.listen(remembered.get(port, 0))
            )
            for service in self._services
            if service.listens
            for port in (service.name, *service.other_ports)
        }

    def _seed(self, deployment: Deployment, start: supervisor.Start) -> None:
        # Imported late: a "resize-sandbox status" needs no SDK.
        import keystoneauth1.exceptions
        import openstack.exceptions

        from resize_sandbox.seeds import identity
        from resize_sandbox.seeds import load_balancer

        try:
            service = 'keystone'
            start.wait_for(service)
            identity.seed(deployment)
            if self.options.traffic:
                start.wait_for(*start.names)
                dataplane_service.seed(deployment)
            service = 'octavia'
            # Its workers, too.
            start.wait_for(*(n for n in start.names if n.startswith(service)))
            load_balancer.seed(deployment)
        except (
            openstack.exceptions.SDKException,
            keystoneauth1.exceptions.ClientException,
        ) as error:
            raise start.error(
                service, f'a request of the seeds failed: {error}'
            ) from error
        start.wait_for(*start.names)
