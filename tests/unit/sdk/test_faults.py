# SPDX-License-Identifier: Apache-2.0

from openstack import exceptions
import requests
import testtools

from resize_client.sdk import faults


class TestWords(testtools.TestCase):
    def _words(self, body: str, status: int = 400) -> str:
        response = requests.Response()
        response.status_code = status
        response._content = body.encode()
        return faults.message(exceptions.HttpException(response=response))

    def test_octavia(self) -> None:
        self.assertEqual(
            'It is immutable.',
            self._words('{"faultstring": "It is\\nimmutable."}'),
        )

    def test_magnum(self) -> None:
        self.assertEqual(
            'no; never',
            self._words('{"errors": [{"detail": "no"}, {"detail": "never"}]}'),
        )

    def test_anything_else(self) -> None:
        for body in ('', '<html>', '[]', '{}', '{"errors": [1]}', '1'):
            self.assertEqual('', self._words(body))

    def test_title_of_a_page(self) -> None:
        response = requests.Response()
        response.status_code = 502
        response.headers['Content-Type'] = 'text/html'
        response._content = (
            b'<html><head><title>502 Bad\nGateway</title></head>'
            b'<body><h1>502 Bad Gateway</h1></body></html>'
        )
        exc = exceptions.HttpException(
            response=response, details='502 Bad Gateway502 Bad Gateway'
        )
        self.assertEqual('502 Bad Gateway', faults.message(exc))

    def test_without_response(self) -> None:
        exc = exceptions.HttpException('not this', details='but this')
        self.assertEqual('but this', faults.message(exc))
