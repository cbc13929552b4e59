# SPDX-License-Identifier: Apache-2.0
"""The members of the sandbox's pools: a web server for each address.

``GET /`` returns the address of the client, and which member this is. ``GET
/wait/<seconds>`` does so after these seconds. ``GET /stream`` never ends.
"""

import asyncio
import os

from resize_sandbox.process import run_first

PORT = 8000
_STREAM = b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'
_CHUNK_SECONDS = 0.05
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
            if head.startswith(b'GET /stream '):
                writer.write(_STREAM)
                while True:
                    writer.write(b'x' * 1023 + b'\n')
                    await writer.drain()
                    await asyncio.sleep(_CHUNK_SECONDS)
            if head.startswith(_WAIT):
                await asyncio.sleep(float(head.removeprefix(_WAIT).split()[0]))
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


async def _main() -> None:
    server = await asyncio.start_server(_serve, None, PORT, backlog=1024)
    await server.serve_forever()


if __name__ == '__main__':
    # Without answers, load balancers open more and more connections.
    run_first(os.getpid())
    asyncio.run(_main())
