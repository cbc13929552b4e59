# SPDX-License-Identifier: Apache-2.0

"""Barbican as python-barbicanclient sees it, and what it keeps."""

import datetime
import re
from typing import Any
from unittest import mock
import uuid

from barbicanclient import client
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
import fixtures
from keystoneauth1 import session
from keystoneauth1 import token_endpoint
from octavia.certificates.common.auth import barbican_acl
from oslo_config import cfg
import requests
from requests_mock.contrib import fixture

URL = 'http://barbican.example.com:9311'

_PEM = serialization.Encoding.PEM
_NO_ENCRYPTION = serialization.NoEncryption()
_BEGIN = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_END = datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC)
_TIME = '2026-01-01T00:00:00'


class Bundle:
    """A certificate of its own CA, which has expired: haproxy takes it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [x509.NameAttribute(x509.NameOID.COMMON_NAME, 'www.example.com')]
        )
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(_BEGIN)
            .not_valid_after(_END)
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = self._certificate.public_bytes(_PEM).decode()
        self.key = self._key.private_bytes(
            _PEM, serialization.PrivateFormat.PKCS8, _NO_ENCRYPTION
        ).decode()
        self.pkcs12 = pkcs12.serialize_key_and_certificates(
            None, self._key, self._certificate, None, _NO_ENCRYPTION
        )
        self.crl = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(name)
            .last_update(_BEGIN)
            .next_update(_END)
            .sign(self._key, hashes.SHA256())
            .public_bytes(_PEM)
            .decode()
        )


class Barbican(fixtures.Fixture):
    """Octavia's certificates are in a Barbican that HTTP is faked of.

    :param requests: what fakes HTTP for the test already, if anything does.
    """

    def __init__(self, requests: Any = None) -> None:
        super().__init__()
        self._requests = requests

    def _setUp(self) -> None:
        cfg.CONF.set_override(
            'cert_manager', 'barbican_cert_manager', 'certificates'
        )
        self.addCleanup(
            cfg.CONF.clear_override, 'cert_manager', 'certificates'
        )
        if self._requests is None:
            self._requests = self.useFixture(fixture.Fixture())
        self._requests.get(
            re.compile(f'{URL}/v1/'),
            status_code=404,
            json={'title': 'Not Found', 'description': 'Not here.'},
        )
        self._requests.get(
            f'{URL}/',
            json={
                'versions': [
                    {
                        'id': 'v1',
                        'status': 'CURRENT',
                        'min_version': '1.0',
                        'max_version': '1.1',
                        'links': [{'rel': 'self', 'href': f'{URL}/v1/'}],
                    }
                ]
            },
        )
        patch = mock.patch.object(
            barbican_acl.BarbicanACLAuth,
            '_barbican_client',
            client.Client(
                session=session.Session(token_endpoint.Token(URL, 'token')),
                endpoint=URL,
                project_id=uuid.uuid4().hex,
            ),
        )
        patch.start()
        self.addCleanup(patch.stop)

    def add_secret(self, payload: str | bytes | None) -> str:
        """Return the reference of a new secret."""
        ref = self._make_ref('secrets')
        content_type = (
            'text/plain'
            if isinstance(payload, str)
            else 'application/octet-stream'
        )
        self._requests.get(
            ref,
            json={
                'name': 'a secret',
                'status': 'ACTIVE',
                'secret_type': 'opaque',
                'created': _TIME,
                'updated': _TIME,
                'expiration': None,
                'algorithm': None,
                'bit_length': None,
                'mode': None,
                'secret_ref': ref,
            }
            | (
                {}
                if payload is None
                else {'content_types': {'default': content_type}}
            ),
        )
        if payload is not None:
            self._requests.get(
                f'{ref}/payload',
                content=(
                    payload.encode() if isinstance(payload, str) else payload
                ),
            )
        return ref

    def add_container(self, kind: str = 'certificate', **refs: str) -> str:
        """Return the reference of a new container of secrets.

        :param refs: Those of the secrets, by what they are in the container.
        """
        ref = self._make_ref('containers')
        self._requests.get(
            ref,
            json={
                'name': 'a container',
                'type': kind,
                'status': 'ACTIVE',
                'created': _TIME,
                'updated': _TIME,
                'consumers': [],
                'container_ref': ref,
                'secret_refs': [
                    {'name': name, 'secret_ref': secret_ref}
                    for name, secret_ref in refs.items()
                ],
            },
        )
        return ref

    def refuse(self, ref: str, status: int) -> None:
        """Have Barbican answer with an error for a secret."""
        for url in (ref, f'{ref}/payload'):
            self._requests.get(
                url, status_code=status, json={'title': 'An error'}
            )

    def stop(self) -> None:
        """Have nobody listen at Barbican's address."""
        self._requests.get(
            re.compile(URL), exc=requests.exceptions.ConnectionError
        )

    def get_requested(self) -> list[str]:
        """Return the path of each request."""
        return [one.path for one in self._requests.request_history]

    def _make_ref(self, kind: str) -> str:
        return f'{URL}/v1/{kind}/{uuid.uuid4()}'
