# SPDX-License-Identifier: Apache-2.0

import pathlib
from typing import Any
import uuid

from castellan.common import exception as castellan_exceptions
import fixtures
from keystoneauth1 import exceptions as keystone_exceptions
from octavia.common import exceptions as octavia_exceptions
from octavia.db import api as db_api
from octavia.db import models
import testtools

from octavia_resize import exceptions
from octavia_resize.api import secrets
from tests.unit.octavia_resize import base
from tests.unit.octavia_resize import topologies
from tests.unit.octavia_resize.api import barbican

_TRY_ANOTHER = (
    ': new amphorae could not serve it. Nothing was changed. Give the {0} '
    'another one, then try again.'
)
_GONE = 'The secret {2} of {0} {1} is gone or has expired' + _TRY_ANOTHER
_FORBIDDEN = (
    'Octavia may not read the secret {2} of {0} {1}: new amphorae could not '
    'serve it. Nothing was changed. Let Octavia read it, or give the {0} '
    'another one, then try again.'
)
_NO_CERTIFICATE = (
    'The secret {2} of {0} {1} is not a certificate with its private key'
    + _TRY_ANOTHER
)
_NO_CA = (
    'The secret {2} of {0} {1} is not a CA certificate in PEM format'
    + _TRY_ANOTHER
)
_NO_CRL = (
    'The secret {2} of {0} {1} is not a certificate revocation list in PEM '
    'format' + _TRY_ANOTHER
)
_NOT_CHECKED = (
    'The secret {2} of {0} {1} could not be checked: the key manager does not '
    'answer. Nothing was changed. Try again later.'
)


class SecretsTestCase(topologies.SingleTestCase):
    """A test on a load balancer with a listener 'https' and a pool."""

    def setUp(self) -> None:
        super().setUp()
        with db_api.session().begin() as session:
            lb = session.get(models.LoadBalancer, self.lb_id)
            (listener,), (pool,) = lb.listeners, lb.pools
            listener.name = 'https'
            self.listener_id, self.pool_id = listener.id, pool.id

    def set_listener(self, **refs: str | None) -> None:
        self._set(models.Listener, self.listener_id, **refs)

    def set_pool(self, **refs: str | None) -> None:
        self._set(models.Pool, self.pool_id, **refs)

    def _set(self, model: Any, id_: str, **values: str | None) -> None:
        self.update_rows(model, values, id=id_)

    def add_sni(self, ref: str) -> None:
        with db_api.session().begin() as session:
            session.add(
                models.SNI(listener_id=self.listener_id, tls_container_id=ref)
            )

    def assert_accepted(self) -> None:
        for arguments, status in (('dry_run=true', 200), ('', 202)):
            response = self.resize(self.lb_id, self.large, arguments=arguments)
            self.assertEqual(status, response.status_int, response.text)

    def assert_listener_refused(
        self, message: str, ref: str, status: int = 400
    ) -> None:
        self.assert_refused(
            status,
            message.format('listener', f'https ({self.listener_id})', ref),
            self.large,
        )

    def assert_pool_refused(self, message: str, ref: str) -> None:
        """The pool has no name."""
        self.assert_refused(
            400, message.format('pool', self.pool_id, ref), self.large
        )


class TestBarbican(SecretsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.barbican = self.useFixture(barbican.Barbican())
        self.bundle = barbican.Bundle()

    def _add_pkcs12(self) -> str:
        return self.barbican.add_secret(self.bundle.pkcs12)

    def _add_container(self, **refs: str) -> str:
        return self.barbican.add_container(
            **{
                'certificate': self.barbican.add_secret(
                    self.bundle.certificate
                ),
                'private_key': self.barbican.add_secret(self.bundle.key),
            }
            | refs
        )

    def test_intermediates_and_passphrase(self) -> None:
        self.set_listener(
            tls_certificate_id=self._add_container(
                intermediates=self.barbican.add_secret(self.bundle.certificate)
            )
        )
        self.assert_accepted()

    def test_gone_or_forbidden(self) -> None:
        """Barbican hides what has expired, too."""
        gone = f'{barbican.URL}/v1/secrets/{uuid.uuid4()}'
        holed = self._add_container(private_key=gone)
        private = self._add_pkcs12()
        self.barbican.refuse(private, 403)
        for field, ref, message in (
            ('tls_certificate_id', gone, _GONE),
            ('tls_certificate_id', holed, _GONE),
            ('tls_certificate_id', private, _FORBIDDEN),
            ('client_ca_tls_certificate_id', private, _FORBIDDEN),
            ('client_ca_tls_certificate_id', gone, _GONE),
            ('client_crl_container_id', gone, _GONE),
        ):
            self.set_listener(**{field: ref})
            self.assert_listener_refused(message, ref)
            self.set_listener(**{field: None})
        self.add_sni(gone)
        self.assert_listener_refused(_GONE, gone)

    def test_no_certificate(self) -> None:
        other = barbican.Bundle()
        for ref in (
            self.barbican.add_secret('a text'),
            self.barbican.add_secret(self.bundle.certificate),
            self.barbican.add_secret(b'\0\1'),
            self.barbican.add_secret(None),
            self._add_container(
                private_key=self.barbican.add_secret(other.key)
            ),
            self._add_container(
                certificate=self.barbican.add_secret('a text')
            ),
            self.barbican.add_container(kind='rsa'),
            'not-a-reference',
        ):
            self.set_listener(tls_certificate_id=ref)
            self.assert_listener_refused(_NO_CERTIFICATE, ref)

    def test_no_ca_and_no_crl(self) -> None:
        for payload in ('a text', self.bundle.key, None):
            ref = self.barbican.add_secret(payload)
            self.set_pool(ca_tls_certificate_id=ref, crl_container_id=None)
            self.assert_pool_refused(_NO_CA, ref)
            self.set_pool(ca_tls_certificate_id=None, crl_container_id=ref)
            self.assert_pool_refused(_NO_CRL, ref)

    def test_away(self) -> None:
        secret = self._add_pkcs12()
        self.set_listener(tls_certificate_id=secret)
        self.barbican.stop()
        self.assert_listener_refused(_NOT_CHECKED, secret, 503)

    def test_broken(self) -> None:
        """Whatever it says of the container that Octavia searches then."""
        secret = self._add_pkcs12()
        self.set_listener(tls_certificate_id=secret)
        for status in (401, 408, 429, 500, 502, 503):
            self.barbican.refuse(secret, status)
            self.assert_listener_refused(_NOT_CHECKED, secret, 503)

    def test_pool_that_no_listener_uses(self) -> None:
        """It is on no amphora."""
        self.set_pool(tls_certificate_id='gone')
        self._set(models.Listener, self.listener_id, default_pool_id=None)
        self.assert_accepted()

    def test_pool_of_a_policy(self) -> None:
        self._set(models.Listener, self.listener_id, default_pool_id=None)
        self.set_pool(tls_certificate_id='gone')
        with db_api.session().begin() as session:
            session.add(
                models.L7Policy(
                    id=str(uuid.uuid4()),
                    project_id=base.PROJECT_ID,
                    listener_id=self.listener_id,
                    redirect_pool_id=self.pool_id,
                    action='REDIRECT_TO_POOL',
                    position=1,
                    enabled=False,
                    provisioning_status='ACTIVE',
                    operating_status='ONLINE',
                )
            )
        self.assert_pool_refused(_NO_CERTIFICATE, 'gone')

    def test_each_secret_is_read_once(self) -> None:
        secret = self._add_pkcs12()
        self.set_listener(tls_certificate_id=secret)
        self.add_sni(secret)
        self.resize(self.lb_id, self.large, arguments='dry_run=true')
        payloads = [
            path
            for path in self.barbican.get_requested()
            if path.endswith('/payload')
        ]
        self.assertEqual(1, len(payloads))


class TestLocal(SecretsTestCase):
    """Certificates in files, as the sandbox has them."""

    def setUp(self) -> None:
        super().setUp()
        self.directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        for name, value in (
            ('cert_manager', 'local_cert_manager'),
            ('storage_path', str(self.directory)),
        ):
            self.override('certificates', name, value)

    def test_files(self) -> None:
        bundle = barbican.Bundle()
        (self.directory / 'a.crt').write_text(bundle.certificate)
        (self.directory / 'a.key').write_text(bundle.key)
        self.set_listener(
            tls_certificate_id='a', client_ca_tls_certificate_id='a'
        )
        self.assert_accepted()

    def test_no_files(self) -> None:
        self.set_listener(tls_certificate_id='gone')
        self.assert_listener_refused(_GONE, 'gone')
        self.set_pool(ca_tls_certificate_id='gone')
        (self.directory / 'gone.key').write_text('a key')
        self.assert_listener_refused(_GONE, 'gone')


class TestOthers(testtools.TestCase):
    """What key managers behind Castellan raise, and Keystone."""

    def test_get_refusal(self) -> None:
        for error, refusal in (
            (
                castellan_exceptions.ManagedObjectNotFoundError(uuid='1'),
                exceptions.SecretNotFound,
            ),
            (castellan_exceptions.Forbidden(), exceptions.SecretForbidden),
            (
                castellan_exceptions.KeyManagerError(reason='away'),
                exceptions.SecretNotChecked,
            ),
            (
                keystone_exceptions.EndpointNotFound(),
                exceptions.SecretNotChecked,
            ),
            (ConnectionRefusedError(), exceptions.SecretNotChecked),
            (ValueError(), exceptions.SecretUnusable),
            (
                octavia_exceptions.MissingCertSubject(),
                exceptions.SecretUnusable,
            ),
        ):
            self.assertIs(refusal, secrets._get_refusal(error), error)
