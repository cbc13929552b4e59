# SPDX-License-Identifier: Apache-2.0
"""The members of the sandbox's pools: a web server for each address.

``GET /`` returns the address of the client, and which member this is. ``GET
/wait/<seconds>`` does so after these seconds. ``GET /stream/<seconds>`` sends
something all the time, and ``GET /stream`` never ends. ``GET /echo`` begins a
websocket with the key of RFC 6455's example, and returns what it receives.
"""

import asyncio
import os

from resize_sandbox.process import run_first

PORT = 8000
_STREAM_HEAD = b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'
_ECHO_HEAD = (
    b'HTTP/1.1 101 Switching Protocols\r\n'
    b'Connection: Upgrade\r\nUpgrade: websocket\r\n'
    b'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'
)
_CHUNK = b'x' * 1023 + b'\n'
_CHUNK_SECONDS = 0.05
_STREAM = b'GET /stream'
_ECHO = b'GET /echo '
_WAIT = b'GET /wait/'


async def _serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    peer = writer.get_extra_info('peername')[0]
    member = writer.get_extra_info('sockname')[0]
    body = f'{peer} {member}\n'.encode()
    try:
        while True:
            head = await reader.readuntil(b'\r\n\r\n')
            if head.startswith(_STREAM):
                await _stream(writer, _seconds(head, _STREAM + b'/'))
                return
            if head.startswith(_ECHO):
                await _echo(reader, writer)
                return
            if head.startswith(_WAIT):
                await asyncio.sleep(_seconds(head, _WAIT))
            writer.write(
                b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s'
                % (len(body), body)
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, OSError):
        # The load balancer has closed the connection.
        pass
    finally:
        writer.close()


def _seconds(head: bytes, path: bytes) -> float:
    """Return the seconds at the end of a path; without them, infinity."""
    if not head.startswith(path):
        return float('inf')
    return float(head.removeprefix(path).split()[0])


async def _stream(writer: asyncio.StreamWriter, seconds: float) -> None:
    writer.write(_STREAM_HEAD)
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        writer.write(_CHUNK)
        await writer.drain()
        await asyncio.sleep(_CHUNK_SECONDS)


async def _echo(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    writer.write(_ECHO_HEAD)
    while data := await reader.read(1024):
        writer.write(data)
        await writer.drain()


async def _main() -> None:
    server = await asyncio.start_server(_serve, None, PORT, backlog=1024)
    await server.serve_forever()


if __name__ == '__main__':
    # Without answers, load balancers open more and more connections.
    run_first(os.getpid())
    asyncio.run(_main())
