# SPDX-License-Identifier: Apache-2.0
"""What tests of the clients have in common."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
import contextlib
import io
import socket
import struct
from typing import Any

from resize_sandbox.dataplane.traffic.records import Record

ADDRESS = '127.0.0.1'
#: Kinds and errors of records
Seen = Counter[tuple[str, str | None]]


async def reset(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Break a connection as soon as something has come."""
    await reader.read(1)
    writer.get_extra_info('socket').setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)
    )
    writer.transport.abort()


async def run(client: Coroutine[Any, Any, None], count: int) -> Seen:
    """Return what a client has noted when there are so many records."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        task = asyncio.ensure_future(client)
        async with asyncio.timeout(10):
            while output.getvalue().count('\n') < count:
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
    noted = map(Record.read, output.getvalue().splitlines())
    return Counter((record.kind, record.error) for record in noted)
