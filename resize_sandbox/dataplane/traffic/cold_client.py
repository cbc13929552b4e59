# SPDX-License-Identifier: Apache-2.0
"""A client that forgets the MAC address before each request.

Its arguments are address and port. It sends a request each 100 ms, until
SIGTERM.
"""

import errno
import signal
import socket
import sys
import time

import pyroute2

from resize_sandbox.dataplane.traffic.records import COLD_REQUEST
from resize_sandbox.dataplane.traffic.records import Record

_EACH_SECONDS = 0.1
_PATIENCE_SECONDS = 1.0
_REQUEST = b'GET / HTTP/1.0\r\n\r\n'


class _Neighbours:
    """The MAC addresses that the kernel knows."""

    def __init__(self) -> None:
        self._kernel = pyroute2.IPRoute()
        (self._port,) = self._kernel.link_lookup(ifname='eth0')

    def forget(self, address: str) -> None:
        try:
            self._kernel.neigh('del', dst=address, ifindex=self._port)
        except pyroute2.NetlinkError as error:
            # The kernel, or another such client, has forgotten it already.
            if error.code != errno.ENOENT:
                # Such as that the sandbox, and with it the port, is gone.
                sys.exit(f'{address} can not be forgotten: {error.args[1]}')


def _send_request(address: str, port: int) -> Record:
    began = time.time()
    error = None
    try:
        with socket.create_connection(
            (address, port), timeout=_PATIENCE_SECONDS
        ) as connection:
            connection.sendall(_REQUEST)
            if not connection.recv(4096).startswith(b'HTTP/1.1 200'):
                error = 'other answer'
    except OSError as failure:
        error = type(failure).__name__
    return Record(COLD_REQUEST, began, time.time(), error)


def main() -> None:
    """Send requests until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    address, port = sys.argv[1:]
    neighbours = _Neighbours()
    while True:
        neighbours.forget(address)
        record = _send_request(address, int(port))
        record.write(sys.stdout)
        sys.stdout.flush()
        time.sleep(max(0.0, _EACH_SECONDS - (record.ended - record.began)))


if __name__ == '__main__':
    main()
