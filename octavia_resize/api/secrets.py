# SPDX-License-Identifier: Apache-2.0

"""Checks that new amphorae can get the TLS secrets of a load balancer.

Each secret is read as Octavia's amphora driver reads it for new amphorae,
which leaves out a listener one of whose secrets it cannot read.
"""

from collections.abc import Callable
from collections.abc import Iterator
import enum
import types
from typing import Any
from typing import NamedTuple

from barbicanclient import exceptions as barbican_exceptions
from castellan.common import exception as castellan_exceptions
from cryptography import x509
from keystoneauth1 import exceptions as keystone_exceptions
from octavia.common import context as octavia_context
from octavia.common import exceptions as octavia_exceptions
from octavia.common.tls_utils import cert_parser
from octavia.db import models
from oslo_config import cfg
from oslo_log import log as logging
from stevedore import driver as stevedore_driver

from octavia_resize import exceptions

CONF = cfg.CONF
LOG = logging.getLogger(__name__)


class Content(enum.StrEnum):
    """What a secret must contain, as text of a message."""

    CERTIFICATE = 'certificate with its private key'
    CA = 'CA certificate in PEM format'
    CRL = 'certificate revocation list in PEM format'


class Secret(NamedTuple):
    """A TLS secret that a new amphora needs."""

    #: What uses it: 'listener' or 'pool'.
    kind: str
    id: str
    #: None or '' if what uses it has no name.
    name: str | None
    project_id: str
    ref: str
    content: Content


def list_secrets(load_balancer: models.LoadBalancer) -> list[Secret]:
    """Return the secrets of a load balancer's listeners and their pools.

    A pool that no listener sends requests to is on no amphora.
    """
    secrets: dict[tuple[str, Content], Secret] = {}
    for kind, user, refs in _list_refs(load_balancer):
        for content, ref in refs:
            if ref:
                secrets.setdefault(
                    (ref, content),
                    Secret(
                        kind, user.id, user.name, user.project_id, ref, content
                    ),
                )
    return list(secrets.values())


def _list_refs(
    load_balancer: models.LoadBalancer,
) -> Iterator[tuple[str, Any, list[tuple[Content, str | None]]]]:
    for listener in load_balancer.listeners:
        yield (
            'listener',
            listener,
            [
                (Content.CERTIFICATE, listener.tls_certificate_id),
                *(
                    (Content.CERTIFICATE, sni.tls_container_id)
                    for sni in listener.sni_containers
                ),
                (Content.CA, listener.client_ca_tls_certificate_id),
                (Content.CRL, listener.client_crl_container_id),
            ],
        )
        redirected = (policy.redirect_pool for policy in listener.l7policies)
        for pool in (listener.default_pool, *redirected):
            if pool is not None:
                yield (
                    'pool',
                    pool,
                    [
                        (Content.CERTIFICATE, pool.tls_certificate_id),
                        (Content.CA, pool.ca_tls_certificate_id),
                        (Content.CRL, pool.crl_container_id),
                    ],
                )


def check(secrets: list[Secret]) -> None:
    """Read secrets, outside of any transaction.

    :raises SecretNotFound: One is gone, or has expired.
    :raises SecretForbidden: Octavia may not read one.
    :raises SecretUnusable: One does not have the content that it must have.
    :raises SecretNotChecked: The key manager does not answer, or refuses
        Octavia itself.
    """
    if not secrets:
        return
    manager: Any = stevedore_driver.DriverManager(
        namespace='octavia.cert_manager',
        name=CONF.certificates.cert_manager,
        invoke_on_load=True,
    ).driver
    for secret in secrets:
        try:
            _READERS[secret.content](manager, secret)
        except Exception as e:
            LOG.warning(
                'Secret %s of %s %s cannot be read: %s',
                secret.ref,
                secret.kind,
                secret.id,
                '; '.join(str(cause) for cause in _get_causes(e)),
            )
            raise _get_refusal(e)(
                kind=secret.kind,
                user=exceptions.name(secret.id, secret.name),
                ref=secret.ref,
                content=secret.content,
            ) from e


def _read_certificate(manager: Any, secret: Secret) -> None:
    cert_parser.load_certificates_data(
        manager,
        types.SimpleNamespace(
            tls_certificate_id=secret.ref, project_id=secret.project_id
        ),
    )


def _read_ca(manager: Any, secret: Secret) -> None:
    x509.load_pem_x509_certificate(_read_payload(manager, secret))


def _read_crl(manager: Any, secret: Secret) -> None:
    x509.load_pem_x509_crl(_read_payload(manager, secret))


def _read_payload(manager: Any, secret: Secret) -> bytes:
    context = octavia_context.RequestContext(project_id=secret.project_id)
    payload: str | bytes = manager.get_secret(context, secret.ref)
    return payload.encode() if isinstance(payload, str) else payload


_READERS: dict[Content, Callable[[Any, Secret], None]] = {
    Content.CERTIFICATE: _read_certificate,
    Content.CA: _read_ca,
    Content.CRL: _read_crl,
}

#: The key manager or Keystone did not serve the request.
_SERVICE_FAULTS = (
    barbican_exceptions.HTTPAuthError,
    barbican_exceptions.HTTPServerError,
    barbican_exceptions.UnsupportedVersion,
    castellan_exceptions.KeyManagerError,
    keystone_exceptions.ClientException,
    OSError,
)
_SERVICE_STATUSES = (408, 429)
_GONE = (
    barbican_exceptions.HTTPClientError,
    castellan_exceptions.ManagedObjectNotFoundError,
    octavia_exceptions.CertificateStorageException,
    FileNotFoundError,
)


def _get_refusal(
    error: Exception,
) -> type[octavia_exceptions.APIException]:
    """Return the exception for a secret that cannot be read.

    Octavia requests a secret first, and then a container. The error of the
    second request, whose context is the first error, often says only that
    there is no such container.
    """
    causes = _get_causes(error)
    statuses = {getattr(cause, 'status_code', None) for cause in causes}
    if any(
        isinstance(cause, _SERVICE_FAULTS)
        and not isinstance(cause, FileNotFoundError)
        for cause in causes
    ) or statuses.intersection(_SERVICE_STATUSES):
        return exceptions.SecretNotChecked
    if 403 in statuses or any(
        isinstance(cause, castellan_exceptions.Forbidden) for cause in causes
    ):
        return exceptions.SecretForbidden
    if isinstance(causes[0], _GONE):
        return exceptions.SecretNotFound
    return exceptions.SecretUnusable


def _get_causes(error: BaseException) -> list[BaseException]:
    """Return an exception and its causes, the latest first.

    Octavia's CertificateRetrievalException, which has no information of its
    own, is left out.
    """
    causes = []
    cause: BaseException | None = error
    while cause is not None:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, octavia_exceptions.CertificateRetrievalException):
        return causes[1:] or causes
    return causes
