# SPDX-License-Identifier: Apache-2.0


"""TLS secrets in a real Barbican, with users and access control lists."""

import base64
import contextlib
import functools
from typing import Any

from openstack.key_manager.v1 import _proxy
import requests

from resize_sandbox import sqlite
from resize_sandbox.sandbox import Sandbox
from tests.functional import load_balancer
from tests.functional import shared_sandbox
from tests.unit.octavia_resize.api import barbican


@functools.cache
def _sandbox() -> Sandbox:
    return shared_sandbox.running('barbican', '--barbican')


class TestSecrets(load_balancer.TestCase):
    def find_sandbox(self) -> Sandbox:
        return _sandbox()

    def setUp(self) -> None:
        super().setUp()
        self.bundle = barbican.Bundle()
        self.lb = self.create_load_balancer('small', children=False)

    @property
    def key_manager(self) -> _proxy.Proxy:
        """Barbican, as the tenant uses it."""
        found: _proxy.Proxy = self.member.key_manager
        return found

    def _add_secret(self, payload: str | bytes) -> str:
        """Return the reference of a new secret of the tenant's."""
        if isinstance(payload, bytes):
            content = {
                'payload': base64.b64encode(payload).decode(),
                'payload_content_type': 'application/octet-stream',
                'payload_content_encoding': 'base64',
            }
        else:
            content = {
                'payload': payload,
                'payload_content_type': 'text/plain',
            }
        created = self.key_manager.create_secret(
            name=self.unique('secret'), **content
        )
        ref: str = created.secret_ref
        return ref

    def _add_container(self) -> tuple[str, str]:
        """Return the references of a new container and of its key."""
        key = self._add_secret(self.bundle.key)
        created = self.key_manager.create_container(
            name=self.unique('container'),
            type='certificate',
            secret_refs=[
                {
                    'name': 'certificate',
                    'secret_ref': self._add_secret(self.bundle.certificate),
                },
                {'name': 'private_key', 'secret_ref': key},
            ],
        )
        return created.container_ref, key

    def _send(self, method: str, ref: str) -> None:
        """Send a request about a secret as the tenant."""
        response = self.key_manager.request(ref, method)
        self.assertLess(response.status_code, 300, response.text)

    def _save(
        self, method: str, kind: str, id_: str = '', **body: Any
    ) -> dict[str, Any]:
        """Create or update a listener or pool, with fields SDKs leave out.

        :returns: it, once its load balancer is ACTIVE.
        """
        response = self.member.load_balancer.request(
            f'/lbaas/{kind}s/{id_}'.rstrip('/'), method, json={kind: body}
        )
        self.wait_for(self.lb.id, 'ACTIVE')
        saved: dict[str, Any] = response.json()[kind]
        return saved

    def _add_listener(self, **refs: Any) -> str:
        """Return the ID of a new listener 'https'."""
        listener = self._save(
            'POST',
            'listener',
            loadbalancer_id=self.lb.id,
            name='https',
            protocol='TERMINATED_HTTPS',
            protocol_port=443,
            **refs,
        )
        return str(listener['id'])

    def _resize(self, **params: str) -> requests.Response:
        response: requests.Response = self.member.load_balancer.put(
            f'/lbaas/loadbalancers/{self.lb.id}/resize',
            json={'new_flavor_id': self.flavors['large']},
            params=params,
        )
        return response

    def _check_refused(self, status: int, reason: str) -> None:
        for params in ({'dry_run': 'true'}, {}):
            response = self._resize(**params)
            self.assertEqual(status, response.status_code, response.text)
            self.assertIn(reason, response.json()['faultstring'])
        self.assertEqual(
            ('ACTIVE', self.flavors['small']),
            (
                self.get(self.lb.id).provisioning_status,
                self.get(self.lb.id).flavor_id,
            ),
        )

    def _check_resized(self) -> None:
        for status, params in ((200, {'dry_run': 'true'}), (202, {})):
            response = self._resize(**params)
            self.assertEqual(status, response.status_code, response.text)
        self.assertEqual(
            self.flavors['large'],
            self.wait_for(self.lb.id, 'ACTIVE').flavor_id,
        )

    def test_all_kinds(self) -> None:
        """A container, a PKCS12 bundle, a CA certificate and a CRL."""
        container, _ = self._add_container()
        ca = self._add_secret(self.bundle.certificate)
        crl = self._add_secret(self.bundle.crl)
        pkcs12 = self._add_secret(self.bundle.pkcs12)
        listener_id = self._add_listener(
            default_tls_container_ref=container,
            sni_container_refs=[container, pkcs12],
            client_authentication='MANDATORY',
            client_ca_tls_container_ref=ca,
            client_crl_container_ref=crl,
        )
        self._save(
            'POST',
            'pool',
            listener_id=listener_id,
            protocol='HTTP',
            lb_algorithm='ROUND_ROBIN',
            tls_enabled=True,
            tls_container_ref=pkcs12,
            ca_tls_container_ref=ca,
            crl_container_ref=crl,
        )
        self._check_resized()

    def test_acl(self) -> None:
        """That of the key alone; the listener's update sets it again."""
        container, key = self._add_container()
        listener_id = self._add_listener(default_tls_container_ref=container)
        self._send('DELETE', f'{key}/acl')
        self._check_refused(
            400,
            f'Octavia may not read the secret {container} of listener https '
            f'({listener_id})',
        )
        self._save(
            'PUT', 'listener', listener_id, default_tls_container_ref=container
        )
        self._check_resized()

    def test_gone(self) -> None:
        pkcs12 = self._add_secret(self.bundle.pkcs12)
        ca = self._add_secret(self.bundle.certificate)
        self._add_listener(
            default_tls_container_ref=pkcs12,
            client_authentication='OPTIONAL',
            client_ca_tls_container_ref=ca,
        )
        for ref in (ca, pkcs12):
            self._send('DELETE', ref)
            self._check_refused(400, f'The secret {ref} of listener https')
        self._check_refused(400, 'is gone or has expired')

    def test_expired(self) -> None:
        pkcs12 = self._add_secret(self.bundle.pkcs12)
        self._add_listener(default_tls_container_ref=pkcs12)
        self._let_expire(pkcs12)
        self._check_refused(400, f'The secret {pkcs12} of listener https')
        self._check_refused(400, 'is gone or has expired')

    def _let_expire(self, ref: str) -> None:
        """Have a secret expired; Barbican takes no time in the past."""
        path = self.find_sandbox().state.data / 'barbican.db'
        with sqlite.transaction(path) as barbican_database:
            changed = barbican_database.execute(
                'UPDATE secrets SET expiration = created_at WHERE id = ?',
                (ref.rsplit('/', 1)[1],),
            )
            self.assertEqual(1, changed.rowcount)

    def test_away(self) -> None:
        container, _ = self._add_container()
        self._add_listener(default_tls_container_ref=container)
        with self._barbican_stopped():
            self._check_refused(
                503,
                'could not be checked: the key manager does not answer. '
                'Nothing was changed. Try again later.',
            )
        self._check_resized()

    @contextlib.contextmanager
    def _barbican_stopped(self) -> Any:
        self.find_sandbox().stop_services('barbican')
        try:
            yield
        finally:
            self.find_sandbox().start_services('barbican')
