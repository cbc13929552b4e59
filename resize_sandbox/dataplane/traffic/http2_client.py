# SPDX-License-Identifier: Apache-2.0
"""A client that sends requests with HTTP/2 over TLS until SIGTERM.

Its arguments are address, port, the file of the certificate authority, and
the host name of the certificate. Four connections carry a request each 50
ms, one after the other. A connection that the load balancer ends politely, by
GOAWAY, is replaced, and a request that it has not processed is sent again, as
browsers do. A request for which no connection can be opened is lost. The
client writes records to standard output.
"""

import asyncio
import contextlib
import signal
import ssl
import sys
import time

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived
from h2.events import ResponseReceived
from h2.events import StreamEnded
from h2.events import StreamReset
from h2.exceptions import ProtocolError

from resize_sandbox.dataplane.traffic.records import HTTP2_REQUEST
from resize_sandbox.dataplane.traffic.records import Record

_CONNECTIONS = 4
_EACH_SECONDS = 0.05
_PATIENCE_SECONDS = 5.0

#: For what has come already.
_READ_SECONDS = 0.001

_HEADER_BYTES = 9
_GOAWAY = 7


class _GoingAway(Exception):
    """The load balancer has not processed the request, and says so."""


class _Connection:
    """A connection, on which one request is sent after the other."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._http = H2Connection(H2Configuration())
        self._http.initiate_connection()
        #: Whether the load balancer takes no more requests.
        self._is_ending = False

    async def request(self, authority: str) -> None:
        """Send a request, and read the answer.

        :raises _GoingAway: It was not processed.
        :raises OSError: There is no answer, or none with status 200.
        """
        stream = self._http.get_next_available_stream_id()
        self._http.send_headers(
            stream,
            [
                (':method', 'GET'),
                (':path', '/'),
                (':scheme', 'https'),
                (':authority', authority),
            ],
            end_stream=True,
        )
        is_complete = False
        while not is_complete:
            # Not drained: that fails if the load balancer has answered, and
            # then ended the connection.
            self._writer.write(self._http.data_to_send())
            is_complete = await self._receive(stream)

    async def _receive(self, stream: int) -> bool:
        """Process a frame.

        :returns: Whether the answer is complete.
        """
        header = await self._reader.readexactly(_HEADER_BYTES)
        payload = await self._reader.readexactly(
            int.from_bytes(header[:3], 'big')
        )
        # To the library, an answer that comes after GOAWAY is an error.
        if header[3] == _GOAWAY:
            self._is_ending = True
            if int.from_bytes(payload[:4], 'big') < stream:
                raise _GoingAway
            return False
        is_complete = False
        for event in self._http.receive_data(header + payload):
            if isinstance(event, ResponseReceived):
                if (b':status', b'200') not in event.headers:
                    raise ConnectionError(event.headers)
            elif isinstance(event, DataReceived):
                self._http.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id
                )
            elif isinstance(event, StreamReset):
                if event.error_code == ErrorCodes.REFUSED_STREAM:
                    raise _GoingAway
                raise ConnectionResetError(event)
            is_complete |= isinstance(event, StreamEnded)
        return is_complete

    def has_ended(self) -> bool:
        """Return whether the load balancer has ended it between requests."""
        return self._is_ending or self._reader.at_eof()

    async def pause(self) -> None:
        """Wait, and then read what the load balancer has sent meanwhile."""
        await asyncio.sleep(_EACH_SECONDS)
        with contextlib.suppress(TimeoutError, asyncio.IncompleteReadError):
            while not self.has_ended():
                async with asyncio.timeout(_READ_SECONDS):
                    await self._receive(0)


async def _keep(
    address: str, port: int, tls: ssl.SSLContext, host: str
) -> None:
    """Send requests on a connection, and replace one that has ended."""
    while True:
        began = time.time()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                reader, writer = await asyncio.open_connection(
                    address, port, ssl=tls, server_hostname=host
                )
        except OSError as failure:
            # A request is due, and is lost.
            _write(began, type(failure).__name__)
            await asyncio.sleep(_EACH_SECONDS)
            continue
        try:
            await _use(_Connection(reader, writer), host)
        except (OSError, EOFError, ProtocolError, _GoingAway):
            pass
        finally:
            writer.transport.abort()


async def _use(connection: _Connection, host: str) -> None:
    while not connection.has_ended():
        began = time.time()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await connection.request(host)
        except (OSError, EOFError, ProtocolError) as failure:
            _write(began, type(failure).__name__)
            raise
        _write(began)
        await connection.pause()


def _write(began: float, error: str | None = None) -> None:
    Record(HTTP2_REQUEST, began, time.time(), error).write(sys.stdout)


async def _main() -> None:
    address, port, authority, host = sys.argv[1:]
    tls = ssl.create_default_context(cafile=authority)
    tls.set_alpn_protocols(['h2'])
    clients = asyncio.gather(
        *(_keep(address, int(port), tls, host) for _ in range(_CONNECTIONS))
    )
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, clients.cancel
    )
    with contextlib.suppress(asyncio.CancelledError):
        await clients


if __name__ == '__main__':
    asyncio.run(_main())
