# SPDX-License-Identifier: Apache-2.0
"""Traffic on a load balancer while a command runs."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import dataclasses
from pathlib import Path
import signal
import subprocess
import sys
import tempfile
import time

from openstack.connection import Connection

from resize_sandbox import clouds
from resize_sandbox import exceptions
from resize_sandbox.dataplane import config
from resize_sandbox.dataplane import fabrics
from resize_sandbox.dataplane.fabric import Fabric
from resize_sandbox.dataplane.fabric import Route
from resize_sandbox.dataplane.fabric import directory_of
from resize_sandbox.dataplane.traffic import records
from resize_sandbox.dataplane.traffic.client import OPEN_CONNECTIONS
from resize_sandbox.dataplane.traffic.display import Display
from resize_sandbox.seeds import identity
from resize_sandbox.state import StateDirectory

_PACKAGE = 'resize_sandbox.dataplane.traffic'

#: Seconds of traffic before the command, which are not counted, and after
#: its end: keepalived repeats its gratuitous ARPs after 5 s.
WARM_UP_SECONDS = 2.0
AFTERWARDS_SECONDS = 7.0
_POLL_SECONDS = 0.5
#: keepalived of a new pair takes the VIP after 4 s.
_ANSWER_SECONDS = 10.0
#: How often clients elsewhere send a request.
_ROUTED_EACH_SECONDS = 0.05


@dataclasses.dataclass(frozen=True)
class Target:
    """Where a load balancer listens."""

    #: The load balancer's ID.
    id: str
    address: str
    port: int
    #: The port of a listener with TLS, if there is one.
    tls_port: int | None = None
    routes: Sequence[Route] = ()


def find_target(state: StateDirectory, load_balancer: str) -> Target:
    """Find the VIP and the first HTTP listener of a load balancer.

    :param load_balancer: name or ID.
    :raises SandboxError: There is none, it has no HTTP listener, or the
        sandbox has no traffic.
    """
    fabric = _fabric(state)
    with identity.connect(state, clouds.ADMIN_CLOUD) as admin:
        found = admin.load_balancer.find_load_balancer(load_balancer)
        if found is None:
            raise exceptions.SandboxError(
                f'There is no load balancer {load_balancer} in the sandbox. '
                "To see which there are: openstack loadbalancer list"
            )
        port = _port(admin, found.id, 'HTTP')
        if port is None:
            raise exceptions.SandboxError(
                f'Load balancer {load_balancer} has no HTTP listener, to '
                'which the clients could send requests.'
            )
        return Target(
            found.id,
            found.vip_address,
            port,
            _port(admin, found.id, 'TERMINATED_HTTPS'),
            fabric.routes(admin, found.vip_address),
        )


def _fabric(state: StateDirectory) -> Fabric:
    directory = directory_of(state)
    if not fabrics.exists(directory):
        raise exceptions.SandboxError(
            f'No sandbox with traffic runs in {state.root}. To start one, as '
            'root: resize-sandbox up --traffic'
        )
    return fabrics.find(directory)


def _port(
    admin: Connection, load_balancer_id: str, protocol: str
) -> int | None:
    ports = [
        int(listener.protocol_port)
        for listener in admin.load_balancer.listeners(
            load_balancer_id=load_balancer_id
        )
        if listener.protocol == protocol
    ]
    return min(ports, default=None)


def run(
    state: StateDirectory,
    target: Target,
    command: Sequence[str],
    display: Display | None = None,
    *,
    requests_per_second: int | None = None,
) -> records.Run:
    """Send requests while a command runs; without one, until Ctrl-C.

    :param command: the program and its arguments. What it prints goes to
        the display, to standard error without one.
    :param requests_per_second: how many requests have a connection of their
        own; None for as many as the network takes easily.
    :returns: what the clients have seen from the beginning of the command
        to some seconds after its end.
    :raises SandboxError: The sandbox has no traffic, the program can't be
        run, or a client has not gone on to the end.
    """
    clients = _clients(state, target, requests_per_second)
    with tempfile.TemporaryDirectory(dir=state.run) as work:
        logs = [_Log(Path(work, str(n))) for n in range(len(clients))]
        seen: list[records.Record] = []

        def poll() -> None:
            new = [record for log in logs for record in log.read()]
            seen.extend(new)
            if display:
                display.see(new)

        with contextlib.ExitStack() as stack:
            processes = [
                stack.enter_context(_started(client, log.path))
                for client, log in zip(clients, logs, strict=True)
            ]
            _wait_for_answer(seen, poll)
            time.sleep(WARM_UP_SECONDS)
            _check_running(processes, so='the command was not run')
            began = time.time()
            if display:
                display.begin(began)
            status = None
            if command:
                status = _run_command(command, poll, display)
                ended = time.time()
                if display:
                    display.say(
                        f'The command has ended. For {AFTERWARDS_SECONDS:.0f} '
                        's more, requests are sent.'
                    )
                _wait(AFTERWARDS_SECONDS, poll)
                end = f'there is no report; the command ended with {status}'
                _check_running(processes, so=end)
            else:
                _wait_for_interrupt(poll, processes)
                ended = time.time()
        poll()
    return records.Run(seen, began, ended, OPEN_CONNECTIONS, status)


@dataclasses.dataclass(frozen=True)
class _Client:
    """A process that sends requests.

    :param module: the one of this package that it runs.
    """

    namespace: str
    module: str
    arguments: Sequence[str]


def _clients(
    state: StateDirectory, target: Target, requests_per_second: int | None
) -> Sequence[_Client]:
    fabric = _fabric(state)
    names = fabric.names
    near = (target.address, str(target.port))
    each_seconds = (
        1 / requests_per_second
        if requests_per_second
        else fabric.request_seconds
    )
    clients = [
        _Client(names.client, 'client', (*near, str(each_seconds))),
        _Client(names.cold_client, 'cold_client', near),
        *(
            _Client(
                route.namespace,
                'client',
                (
                    *(route.address, str(target.port)),
                    *(str(_ROUTED_EACH_SECONDS), route.kind),
                ),
            )
            for route in target.routes
        ),
    ]
    if target.tls_port is not None:
        tls = (
            *(target.address, str(target.tls_port)),
            *(str(config.authority(state)), config.HOST),
        )
        clients.append(_Client(names.client, 'http2_client', tls))
    return clients


def _wait_for_answer(
    seen: Sequence[records.Record], poll: Callable[[], None]
) -> None:
    """Wait for a load balancer that is just beginning to serve.

    One that doesn't serve at all is not waited for any longer.
    """
    deadline = time.monotonic() + _ANSWER_SECONDS
    while time.monotonic() < deadline:
        poll()
        if any(record.amphora for record in seen):
            return
        time.sleep(_POLL_SECONDS)


class _Log:
    """What a client writes, read as it grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._position = 0

    def read(self) -> list[records.Record]:
        """Return what is new."""
        with self.path.open('rb') as file:
            file.seek(self._position)
            data = file.read()
        # The last line may be incomplete yet.
        complete = data[: data.rfind(b'\n') + 1]
        self._position += len(complete)
        return [
            records.Record.read(line)
            for line in complete.decode().splitlines()
        ]


@contextlib.contextmanager
def _started(
    client: _Client, log: Path
) -> Iterator['subprocess.Popen[bytes]']:
    """Run a client, which writes its log."""
    with log.open('w') as output:
        process = subprocess.Popen(
            [
                # Whatever becomes of this process, the client ends with it.
                *('setpriv', '--pdeathsig', 'TERM', 'nice', '-n', '-5'),
                *('ip', 'netns', 'exec', client.namespace),
                *(sys.executable, '-m', f'{_PACKAGE}.{client.module}'),
                *client.arguments,
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            # Ctrl-C is for the command.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _check_running(
    clients: Sequence['subprocess.Popen[bytes]'], so: str
) -> None:
    """Check that no client has ended by itself.

    :param so: what follows if one has.
    """
    if any(client.poll() is not None for client in clients):
        raise exceptions.SandboxError(
            f'A client has ended by itself, so {so}. To see whether the '
            'sandbox still runs: resize-sandbox status'
        )


def _wait_for_interrupt(
    poll: Callable[[], None], clients: Sequence['subprocess.Popen[bytes]']
) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            _wait(_POLL_SECONDS, poll)
            _check_running(clients, so='there is no report')


def _run_command(
    command: Sequence[str],
    poll: Callable[[], None],
    display: Display | None,
) -> int:
    try:
        process = (
            display.start(command)
            if display
            else subprocess.Popen(command, stdout=sys.stderr)
        )
    except OSError as error:
        raise exceptions.SandboxError(
            f'{command[0]} can not be run: {error.strerror}'
        ) from error
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            status = process.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            poll()
        except KeyboardInterrupt:
            # The command got it as well, and ends in its own way.
            continue
        else:
            # As a shell says it
            return status if status >= 0 else 128 - status


def _wait(seconds: float, poll: Callable[[], None]) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        poll()
