# SPDX-License-Identifier: Apache-2.0

from openstack import exceptions
import requests
import testtools

from resize_client.sdk import faults


class TestMessage(testtools.TestCase):
    def _check(self, expected: str, body: str, **headers: str) -> None:
        response = requests.Response()
        response.status_code = 502
        response.headers.update(headers)
        response._content = body.encode()
        exc = exceptions.HttpException(response=response, details='a page')
        self.assertEqual(expected, faults.message(exc))

    def test_each_service(self) -> None:
        for body, expected in (
            ('{"faultstring": "It is\\nimmutable."}', 'It is immutable.'),
            (
                '{"errors": [{"detail": "no"}, {"detail": "never"}]}',
                'no; never',
            ),
            *(
                (body, '')
                for body in ('', '<html>', '[]', '{}', '{"errors": [1]}', '1')
            ),
        ):
            self._check(expected, body)

    def test_title_of_a_page(self) -> None:
        self._check(
            '502 Bad Gateway',
            '<html><head><title>502 Bad\nGateway</title></head>'
            '<body><h1>502 Bad Gateway</h1></body></html>',
            **{'Content-Type': 'text/html'},
        )

    def test_without_response(self) -> None:
        exc = exceptions.HttpException('not this', details='but this')
        self.assertEqual('but this', faults.message(exc))
