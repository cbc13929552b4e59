# SPDX-License-Identifier: Apache-2.0
"""A client that sends requests to a load balancer until SIGTERM.

Its arguments are address, port and seconds. Each of these seconds it opens a
connection for one request; four connections carry a request each 50 ms, four a
download that never ends, four the messages of a websocket, and four wait two
seconds for each answer. A connection that ends is opened again; if that fails,
a request is lost. One download of a second comes after the other. With a
fourth argument, a kind of record, its requests are of that kind, and it keeps
no connections. It writes records to standard output.
"""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import signal
import sys
import time

from resize_sandbox.dataplane.traffic.records import BREAK
from resize_sandbox.dataplane.traffic.records import CLOSE
from resize_sandbox.dataplane.traffic.records import DOWNLOAD
from resize_sandbox.dataplane.traffic.records import KEPT_REQUEST
from resize_sandbox.dataplane.traffic.records import REQUEST
from resize_sandbox.dataplane.traffic.records import Record

_REQUESTS = 'kept'
_DOWNLOAD = 'download'
_WEBSOCKET = 'websocket'
#: A client that waits sends nothing by which it could notice a break.
_WAITING = 'waiting'
_KINDS = (_REQUESTS, _DOWNLOAD, _WEBSOCKET, _WAITING)
_OF_EACH_KIND = 4
#: How many connections are kept open.
OPEN_CONNECTIONS = len(_KINDS) * _OF_EACH_KIND

_KEPT_EACH_SECONDS = 0.05
_PATIENCE_SECONDS = 1.0
_KEPT_PATIENCE_SECONDS = 5.0
# A download that has stood still for so long is broken.
_STILL_SECONDS = 1.0
_WAIT_SECONDS = 2
#: The key is that of RFC 6455's example.
_UPGRADE = (
    b'Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
    b'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
)
#: A text, in a frame that is masked with zeros
_MESSAGE = b'\x81\x85\x00\x00\x00\x00hello'


class _Closed(Exception):
    """The load balancer has ended a connection that had nothing to answer."""


class Client:
    """Sends requests to one address and port.

    :param each_seconds: how often it opens a connection for a request.
    :param kind: of the records of these requests.
    """

    def __init__(
        self,
        address: str,
        port: int,
        each_seconds: float,
        kind: str = REQUEST,
    ) -> None:
        self.address = address
        self.port = port
        self.each_seconds = each_seconds
        self.kind = kind
        host = f'[{address}]' if ':' in address else address
        self._head = f' HTTP/1.1\r\nHost: {host}\r\nConnection: '.encode()
        #: When something came last on a connection that is open, its opening
        #: included.
        self._last: dict[str, float] = {}

    async def run(self) -> None:
        """Send requests until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send_requests(tasks))
                if self.kind != REQUEST:
                    return
                tasks.create_task(self._download())
                for kind in _KINDS:
                    for number in range(_OF_EACH_KIND):
                        tasks.create_task(self._keep(f'{kind} {number}', kind))
        finally:
            self._note_silent()

    def _note_silent(self) -> None:
        """Note connections that are broken without a sign of it."""
        now = time.time()
        for connection, last in self._last.items():
            if now - last > _STILL_SECONDS:
                Record(
                    BREAK, last, now, 'silent', connection=connection
                ).write(sys.stdout)
        sys.stdout.flush()

    async def _send_requests(self, tasks: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            # After a busy time, do not send all late requests at once.
            due = max(due + self.each_seconds, loop.time() - 0.1)
            await asyncio.sleep(due - loop.time())
            tasks.create_task(self._send_request())

    async def _send_request(self) -> None:
        began = time.time()
        error = amphora = None
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                async with self._connect() as (reader, writer):
                    amphora, _ = await self._exchange(
                        reader, writer, b'/', b'close'
                    )
        except (OSError, asyncio.IncompleteReadError) as failure:
            error = type(failure).__name__
        Record(self.kind, began, time.time(), error, amphora).write(sys.stdout)

    async def _download(self) -> None:
        """Download for a second, again and again."""
        while True:
            began = time.time()
            error = None
            try:
                async with asyncio.timeout(1 + _KEPT_PATIENCE_SECONDS):
                    async with self._connect() as (reader, writer):
                        writer.write(
                            b'GET /stream/1' + self._head + b'close\r\n\r\n'
                        )
                        await reader.read()
            except OSError as failure:
                error = type(failure).__name__
            if error is None and time.time() < began + 1:
                error = 'incomplete'
            Record(DOWNLOAD, began, time.time(), error).write(sys.stdout)
            await asyncio.sleep(_KEPT_EACH_SECONDS)

    async def _keep(self, name: str, kind: str) -> None:
        while True:
            began = time.time()
            error: str | None = None
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    reader, writer = await asyncio.open_connection(
                        self.address, self.port
                    )
            except OSError as failure:
                # Each kind begins with a request, which is lost.
                error = type(failure).__name__
                Record(KEPT_REQUEST, began, time.time(), error).write(
                    sys.stdout
                )
                await asyncio.sleep(_KEPT_EACH_SECONDS)
                continue
            self._last[name] = time.time()
            ended = BREAK
            try:
                await self._use(name, reader, writer, kind)
            except _Closed:
                ended = CLOSE
            except (OSError, asyncio.IncompleteReadError) as failure:
                error = type(failure).__name__
            finally:
                writer.transport.abort()
            last = self._last.pop(name)
            Record(ended, last, time.time(), error, connection=name).write(
                sys.stdout
            )
            await asyncio.sleep(_KEPT_EACH_SECONDS)

    async def _use(
        self,
        name: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        kind: str,
    ) -> None:
        if kind == _DOWNLOAD:
            writer.write(b'GET /stream' + self._head + b'close\r\n\r\n')
        elif kind == _WEBSOCKET:
            writer.write(b'GET /echo' + self._head + _UPGRADE)
            async with asyncio.timeout(_KEPT_PATIENCE_SECONDS):
                head = await reader.readuntil(b'\r\n\r\n')
            if not head.startswith(b'HTTP/1.1 101'):
                raise ConnectionError(head)
        while True:
            if kind == _WAITING:
                await self._wait(name, reader, writer)
            elif kind == _WEBSOCKET:
                await self._send_message(name, reader, writer)
            elif kind == _REQUESTS:
                await self._request_again(name, reader, writer)
            else:
                async with asyncio.timeout(_KEPT_PATIENCE_SECONDS):
                    if not await reader.read(65536):
                        raise ConnectionError
                self._last[name] = time.time()

    async def _request_again(
        self,
        name: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Send a request on a connection that is kept, and pause.

        :raises _Closed: The connection has ended, and no request was lost.
        """
        if reader.at_eof() or reader.exception():
            raise _Closed
        began = time.time()
        try:
            async with asyncio.timeout(_KEPT_PATIENCE_SECONDS):
                _, is_kept = await self._exchange(
                    reader, writer, b'/', b'keep-alive'
                )
        except (OSError, asyncio.IncompleteReadError) as failure:
            error = type(failure).__name__
            Record(KEPT_REQUEST, began, time.time(), error).write(sys.stdout)
            raise
        self._last[name] = time.time()
        Record(KEPT_REQUEST, began, self._last[name]).write(sys.stdout)
        if not is_kept:
            raise _Closed
        await asyncio.sleep(_KEPT_EACH_SECONDS)

    async def _send_message(
        self,
        name: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Send a message, wait until it has come back, and pause."""
        writer.write(_MESSAGE)
        async with asyncio.timeout(_KEPT_PATIENCE_SECONDS):
            await reader.readexactly(len(_MESSAGE))
        self._last[name] = time.time()
        await asyncio.sleep(_KEPT_EACH_SECONDS)

    async def _wait(
        self,
        name: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Wait for an answer that takes long.

        Nothing is expected before the answer is due, or the connection ends.
        """
        due = time.time() + _WAIT_SECONDS
        self._last[name] = due
        try:
            async with asyncio.timeout(_WAIT_SECONDS + _KEPT_PATIENCE_SECONDS):
                path = b'/wait/%d' % _WAIT_SECONDS
                _, is_kept = await self._exchange(
                    reader, writer, path, b'keep-alive'
                )
        finally:
            self._last[name] = min(due, time.time())
        if not is_kept:
            raise _Closed

    @contextlib.asynccontextmanager
    async def _connect(
        self,
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(self.address, self.port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        path: bytes,
        connection: bytes,
    ) -> tuple[str, bool]:
        """Send one request.

        :returns: The amphora's address, and whether the connection is kept.
        """
        writer.write(b'GET ' + path + self._head + connection + b'\r\n\r\n')
        head = await reader.readuntil(b'\r\n\r\n')
        if not head.startswith(b'HTTP/1.1 200'):
            raise ConnectionError(head[:16].decode(errors='replace'))
        head = head.lower()
        length = head.partition(b'content-length: ')[2].split()[0]
        body = await reader.readexactly(int(length))
        is_kept = b'\r\nconnection: close\r\n' not in head
        return body.split()[0].decode(), is_kept


async def _main() -> None:
    address, port, each_seconds, *kind = sys.argv[1:]
    client = Client(address, int(port), float(each_seconds), *kind)
    task = asyncio.ensure_future(client.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == '__main__':
    asyncio.run(_main())
