# SPDX-License-Identifier: Apache-2.0
import asyncio
import socket

import fixtures
import testtools

from resize_sandbox.dataplane.traffic import client
from resize_sandbox.dataplane.traffic import records
from tests.unit.sandbox import traffic_client_cases as cases


class TestClient(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        # Each connection is opened once.
        self.useFixture(
            fixtures.MockPatchObject(client, '_KEPT_EACH_SECONDS', 60)
        )

    def test_refused(self) -> None:
        """A request is lost with the connection that it was meant for."""
        with socket.create_server((cases.ADDRESS, 0)) as closed:
            port = closed.getsockname()[1]
        error = 'ConnectionRefusedError'
        expected = {
            (records.DOWNLOAD, error): 1,
            (records.KEPT_REQUEST, error): client.OPEN_CONNECTIONS,
        }
        clients = client.Client(cases.ADDRESS, port, 60).run()
        seen = asyncio.run(cases.run(clients, sum(expected.values())))
        self.assertEqual(expected, seen)

    def test_reset(self) -> None:
        """A connection that breaks before the first answer counts."""
        error = 'ConnectionResetError'
        expected = {
            (records.DOWNLOAD, error): 1,
            (records.KEPT_REQUEST, error): 4,
            (records.BREAK, error): client.OPEN_CONNECTIONS,
        }

        async def run() -> cases.Seen:
            server = await asyncio.start_server(cases.reset, cases.ADDRESS)
            async with server:
                port = server.sockets[0].getsockname()[1]
                clients = client.Client(cases.ADDRESS, port, 60).run()
                return await cases.run(clients, sum(expected.values()))

        self.assertEqual(expected, asyncio.run(run()))
