# SPDX-License-Identifier: Apache-2.0

"""A reverse proxy in front of the real services that makes faults."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
import contextlib
import dataclasses
import http
import http.client
import http.server
import socket
import ssl
import struct
import threading
import time
from urllib import parse

import fixtures

# How long a fault may keep a connection open without an answer
_SILENCE_SECONDS = 30.0

# Headers about the connection, not about the answer
_HOP_BY_HOP = {'connection', 'content-length', 'date', 'server'}


@dataclasses.dataclass(frozen=True)
class Response:
    """What is answered to a request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclasses.dataclass(frozen=True)
class Fault:
    """What happens to a request instead of what should."""

    #: Whether the service gets the request.
    forwarded: bool = False
    #: Seconds to wait before anything is done.
    delay: float = 0.0
    #: The answer. None for that of the service, or, when it doesn't get the
    #: request, for none: the connection is cut.
    response: Response | None = None
    #: Whether the connection is cut although the service has answered.
    cut: bool = False
    #: Whether the answer breaks off in the middle.
    truncated: bool = False
    #: Whether the connection stays open without an answer.
    silent: bool = False
    #: The token that the service gets instead of the client's.
    token: str | None = None
    #: Seconds after the answer until the service gets the request after all.
    forwarded_after: float | None = None


@dataclasses.dataclass
class Request:
    """A request that was made."""

    service: str
    method: str
    path: str
    token: str | None
    #: What the service has answered; None if it didn't get the request.
    status: int | None = None

    def matches(self, method: str, path: str) -> bool:
        """Return whether it has this method and a path with this in it."""
        return self.method == method and path in self.path

    def __str__(self) -> str:
        return f'{self.method} {self.service}{self.path}: {self.status}'


class FaultyProxy(fixtures.Fixture):
    """A server for each service, and a plan of the faults to make.

    Addresses of the services in their answers, such as those in Keystone's
    catalog, become the proxy's: whoever logs in through it does everything
    through it.

    :param services: their base URLs, by name.
    :param tls: with what to encrypt, by the names of services.
    """

    def __init__(
        self,
        services: Mapping[str, str],
        tls: Mapping[str, ssl.SSLContext] | None = None,
    ) -> None:
        super().__init__()
        self._services = services
        self._tls = tls or {}
        self._lock = threading.Lock()
        self._choose: Callable[[Request], Fault | None] = _no_fault
        #: All requests since the last :meth:`forget`.
        self.requests: list[Request] = []
        #: What stands for each address of a service.
        self.addresses: dict[bytes, bytes] = {}

    def _setUp(self) -> None:
        for name, url in self._services.items():
            upstream = parse.urlsplit(url).netloc
            server = _Server(self, name, upstream)
            scheme = 'http'
            if name in self._tls:
                scheme = 'https'
                server.socket = self._tls[name].wrap_socket(
                    server.socket, server_side=True
                )
            thread = threading.Thread(target=server.serve_forever, args=(0.1,))
            thread.start()
            self.addCleanup(server.server_close)
            self.addCleanup(thread.join)
            self.addCleanup(server.shutdown)
            ours = f'127.0.0.1:{server.server_port}'
            self.addresses[f'http://{upstream}'.encode()] = (
                f'{scheme}://{ours}'.encode()
            )
            self.addresses[upstream.encode()] = ours.encode()

    def rewrite(self, text: bytes) -> bytes:
        """Return a text with the proxy's addresses in it."""
        for theirs, ours in self.addresses.items():
            text = text.replace(theirs, ours)
        return text

    def plan(self, choose: Callable[[Request], Fault | None]) -> None:
        """Set what happens from now on.

        :param choose: is called with each request, one at a time, and returns
            its fault or None.
        """
        with self._lock:
            self._choose = choose

    def plan_nth(
        self, fault: Fault, method: str, path: str, *numbers: int
    ) -> None:
        """Make a fault of some of the requests that match, and of no others.

        :param numbers: which, counted from 1; none for all.
        """
        seen = 0

        def choose(request: Request) -> Fault | None:
            nonlocal seen
            if not request.matches(method, path):
                return None
            seen += 1
            return fault if not numbers or seen in numbers else None

        self.plan(choose)

    def work(self) -> None:
        """Make no faults from now on."""
        self.plan(_no_fault)

    def forget(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self.requests.clear()

    def made(
        self, method: str, path: str, status: int | None = None
    ) -> list[Request]:
        """Return the requests that match.

        :param status: what the service must have answered; None for any.
        """
        with self._lock:
            return [
                request
                for request in self.requests
                if request.matches(method, path)
                and status in (None, request.status)
            ]

    def record(self, request: Request) -> Fault | None:
        """Take down a request, and choose its fault."""
        with self._lock:
            self.requests.append(request)
            return self._choose(request)


def _no_fault(request: Request) -> Fault | None:
    return None


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100

    def __init__(
        self, proxy: FaultyProxy, service: str, upstream: str
    ) -> None:
        super().__init__(('127.0.0.1', 0), _Handler)
        self.proxy = proxy
        self.service = service
        self.upstream = upstream

    def shutdown_request(self, request):
        # The parent would say goodbye also on a connection that is cut.
        self.close_request(request)

    def handle_error(self, request, client_address) -> None:
        # A client that was killed isn't there any more.
        pass


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    server: _Server

    def _do(self) -> None:
        length = int(self.headers.get('Content-Length') or 0)
        body = self.rfile.read(length)
        request = Request(
            self.server.service,
            self.command,
            self.path,
            self.headers.get('X-Auth-Token'),
        )
        fault = self.server.proxy.record(request) or Fault(forwarded=True)
        if fault.delay:
            self._pause(fault.delay)
        answer = fault.response
        if fault.forwarded:
            with self._client_kept():
                theirs = self._forward(body, fault.token)
            request.status = theirs.status
            answer = answer or theirs
        if fault.silent:
            self._pause(_SILENCE_SECONDS)
        if answer is None or fault.cut or fault.silent:
            self._cut()
        else:
            self._answer(answer, truncated=fault.truncated)
        if fault.forwarded_after is not None:
            self.wfile.flush()
            time.sleep(fault.forwarded_after)
            request.status = self._forward(body).status

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _do

    @contextlib.contextmanager
    def _client_kept(self) -> Iterator[None]:
        """Keep a client from giving up a service that is slow."""
        answered = threading.Event()

        def keep() -> None:
            # The client may have gone.
            with contextlib.suppress(OSError):
                while not answered.wait(1):
                    self.send_response_only(http.HTTPStatus.CONTINUE)
                    self.end_headers()

        thread = threading.Thread(target=keep)
        thread.start()
        try:
            yield
        finally:
            answered.set()
            thread.join()

    def _forward(self, body: bytes, token: str | None = None) -> Response:
        connection = http.client.HTTPConnection(
            self.server.upstream, timeout=120
        )
        try:
            headers = dict(self.headers.items())
            headers['Host'] = self.server.upstream
            headers['Connection'] = 'close'
            if token is not None:
                headers['X-Auth-Token'] = token
            connection.request(self.command, self.path, body, headers)
            response = connection.getresponse()
            return Response(
                response.status,
                {
                    name: self.server.proxy.rewrite(value.encode()).decode()
                    for name, value in response.getheaders()
                    if name.lower() not in _HOP_BY_HOP
                },
                self.server.proxy.rewrite(response.read()),
            )
        finally:
            connection.close()

    def _pause(self, seconds: float) -> None:
        """Wait, but no longer than the client does."""
        self.connection.settimeout(seconds)
        try:
            self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            pass
        self.connection.settimeout(None)

    def _cut(self) -> None:
        self.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)
        )
        self.close_connection = True

    def _answer(self, response: Response, *, truncated: bool) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        body, length = response.body, len(response.body)
        if truncated:
            body, length = body[: length // 2], max(length, 10)
            self.close_connection = True
        self.send_header('Content-Length', str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args) -> None:
        pass
