# SPDX-License-Identifier: Apache-2.0
import socket

import testtools

from resize_sandbox import supervisor


class TestListen(testtools.TestCase):
    def test_free_port(self) -> None:
        with supervisor.listen(0) as first:
            host, port = first.getsockname()
        self.assertEqual('127.0.0.1', host)
        with supervisor.listen(port) as again:
            self.assertEqual(port, again.getsockname()[1])

    def test_port_is_taken(self) -> None:
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            taken.listen()
            port = taken.getsockname()[1]
            with supervisor.listen(port) as other:
                self.assertNotEqual(port, other.getsockname()[1])
