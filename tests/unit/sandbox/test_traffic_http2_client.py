# SPDX-License-Identifier: Apache-2.0
import asyncio
from pathlib import Path
import ssl
import sys

import fixtures
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived
import testtools

from resize_sandbox.dataplane.traffic import http2_client
from resize_sandbox.dataplane.traffic import records
from resize_sandbox.octavia import certificates
from tests.unit.sandbox import traffic_client_cases as cases

_HOST = 'sandbox.example'
_CONNECTIONS = 4


class TestHttp2Client(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        # A request is sent once.
        self.useFixture(
            fixtures.MockPatchObject(http2_client, '_EACH_SECONDS', 60)
        )
        directory = Path(self.useFixture(fixtures.TempDir()).path)
        self.authority = directory / 'ca.pem'
        ca, ca_key = certificates.create_ca('secret')
        self.authority.write_bytes(ca)
        certificate = directory / 'certificate.pem'
        certificate.write_bytes(
            b''.join(
                certificates.create_certificate(_HOST, ca, ca_key, 'secret')
            )
        )
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(certificate)
        self.tls.set_alpn_protocols(['h2'])
        #: Connections that get a GOAWAY instead of an answer.
        self.unanswered = 0

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        http = H2Connection(H2Configuration(client_side=False))
        http.initiate_connection()
        while data := await reader.read(4096):
            for event in http.receive_data(data):
                if not isinstance(event, RequestReceived):
                    continue
                if self.unanswered:
                    self.unanswered -= 1
                    http.close_connection(last_stream_id=0)
                    writer.write(http.data_to_send())
                    return
                http.send_headers(
                    event.stream_id, [(':status', '200')], end_stream=True
                )
            writer.write(http.data_to_send())

    def seen(self, has_handshake: bool) -> cases.Seen:
        """Return what four clients see of a request each.

        :param has_handshake: else the server resets each connection.
        """

        async def run() -> cases.Seen:
            server = await (
                asyncio.start_server(self._answer, cases.ADDRESS, ssl=self.tls)
                if has_handshake
                else asyncio.start_server(cases.reset, cases.ADDRESS)
            )
            async with server:
                port = server.sockets[0].getsockname()[1]
                arguments = [cases.ADDRESS, str(port), str(self.authority)]
                self.useFixture(
                    fixtures.MonkeyPatch(
                        'sys.argv', [sys.argv[0], *arguments, _HOST]
                    )
                )
                return await cases.run(http2_client._main(), _CONNECTIONS)

        return asyncio.run(run())

    def test_broken_handshake(self) -> None:
        """A request is lost with the connection that it was meant for."""
        lost = (records.HTTP2_REQUEST, 'ConnectionResetError')
        self.assertEqual({lost: _CONNECTIONS}, self.seen(has_handshake=False))

    def test_sent_again(self) -> None:
        """A request that was not processed counts once."""
        self.unanswered = 2
        answered = (records.HTTP2_REQUEST, None)
        seen = self.seen(has_handshake=True)
        self.assertEqual(
            ({answered: _CONNECTIONS}, 0), (seen, self.unanswered)
        )
