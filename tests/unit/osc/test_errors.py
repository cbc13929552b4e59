# SPDX-License-Identifier: Apache-2.0

import ssl

from keystoneauth1 import exceptions as ks_exceptions
from keystoneauth1 import session
from openstack import exceptions
import requests
import testtools

from resize_client.osc import errors

# Nothing listens there.
_CLOSED = 'http://127.0.0.1:9'


class TestExplain(testtools.TestCase):
    def test_connection_refused(self) -> None:
        exc = self.assertRaises(
            ks_exceptions.ConnectFailure, session.Session().get, _CLOSED
        )
        self.assertEqual(
            f'the connection to {_CLOSED} failed: Connection refused',
            errors.explain(exc),
        )

    def test_connection_dropped(self) -> None:
        self.assertEqual(
            'the connection to the service failed',
            errors.explain(ks_exceptions.ConnectFailure('went wrong')),
        )

    def test_refused_by_a_proxy_on_the_way(self) -> None:
        exc = ks_exceptions.ConnectFailure(f'Unable to connect to {_CLOSED}')
        exc.__cause__ = requests.exceptions.ProxyError(
            OSError('Tunnel connection failed: 403 Forbidden')
        )
        self.assertEqual(
            f'the connection to {_CLOSED} failed: Tunnel connection failed: '
            '403 Forbidden',
            errors.explain(exc),
        )

    def test_page_of_a_gateway(self) -> None:
        for status, title, text in (
            (401, 'Authorization Required', '401: Authorization Required'),
            (403, '403 Forbidden', '403: Forbidden'),
            (409, 'Conflict', '409: Conflict'),
            (413, '', '413'),
            (502, '502 Bad Gateway', '502: Bad Gateway'),
        ):
            response = requests.Response()
            response.status_code = status
            response.headers['Content-Type'] = 'text/html'
            response._content = f'<title>{title}</title>'.encode()
            exc = exceptions.HttpException(response=response, details='page')
            self.assertEqual(
                f'something before the service answered {text}',
                errors.explain(exc),
            )

    def test_404_of_something_else(self) -> None:
        for title, text in (('404 Not Found', ': Not Found'), ('', '')):
            response = requests.Response()
            response.status_code = 404
            response.url = 'https://lb.example.org/v2.0/lbaas/flavors?a=b'
            response.headers['Content-Type'] = 'text/html'
            response._content = f'<title>{title}</title>'.encode()
            exc = exceptions.NotFoundException(response=response)
            self.assertEqual(
                'what answers at https://lb.example.org/v2.0/lbaas/flavors is '
                f'not the service (404{text}): check the address in the '
                'catalog, or the endpoint_override in clouds.yaml',
                errors.explain(exc),
            )
            self.assertEqual(
                '; run the same command again if that address is right',
                errors.advise(exc),
            )

    def test_no_answer(self) -> None:
        exc = ks_exceptions.ConnectTimeout(f'Request to {_CLOSED}/a timed out')
        self.assertEqual(
            f'{_CLOSED} did not answer in time', errors.explain(exc)
        )

    def test_bad_certificate(self) -> None:
        cause = ssl.SSLCertVerificationError(1, 'certificate verify failed')
        cause.verify_message = 'self-signed certificate'
        exc = ks_exceptions.SSLError(
            'SSL exception connecting to https://lb.example.org:9876/v2.0: '
            'Max retries exceeded'
        )
        exc.__cause__ = requests.exceptions.SSLError(cause)
        self.assertEqual(
            'the connection to https://lb.example.org:9876 failed: '
            'self-signed certificate; if it is to be trusted, name the file '
            'with the certificate of its authority with --os-cacert',
            errors.explain(exc),
        )

    def test_argument_that_is_no_text(self) -> None:
        exc = self.assertRaises(UnicodeEncodeError, 'a\udcff'.encode)
        self.assertEqual(
            "'a\\udcff' is not text that a name or ID can be",
            errors.explain(exc),
        )
        self.assertEqual('', errors.advise(exc))

    def test_tls_that_fails(self) -> None:
        exc = ks_exceptions.SSLError('wrong version number')
        self.assertEqual(
            'the connection to the service failed: wrong version number',
            errors.explain(exc),
        )

    def test_timeout(self) -> None:
        exc = exceptions.ResourceTimeout('Timed out after 5 seconds')
        self.assertEqual('Timed out after 5 seconds', errors.explain(exc))
        exc.__cause__ = ValueError('it is not JSON')
        self.assertEqual(
            'Timed out after 5 seconds; the last request failed: the '
            "service's answer cannot be read: it is not JSON",
            errors.explain(exc),
        )
