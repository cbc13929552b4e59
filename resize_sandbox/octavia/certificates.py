# SPDX-License-Identifier: Apache-2.0

"""The certificate authority that Octavia signs amphora certificates with."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_LIFETIME = datetime.timedelta(days=3650)

_SIGNS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def create_certificate(
    name: str, ca: bytes, ca_key: bytes, passphrase: str
) -> tuple[bytes, bytes]:
    """Create a certificate that the authority signs.

    :param name: whose it is, a host name.
    :param ca: the authority's certificate, in PEM format.
    :param ca_key: its private key.
    :param passphrase: decrypts the private key.
    :returns: the certificate and its private key, in PEM format.
    """
    issuer = x509.load_pem_x509_certificate(ca)
    issuer_key = serialization.load_pem_private_key(
        ca_key, passphrase.encode()
    )
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(name, issuer.subject)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(
                issuer_key.public_key()
            ),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _builder(
    name: str, issuer: x509.Name | None = None
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + _LIFETIME)
    )


def create_ca(passphrase: str) -> tuple[bytes, bytes]:
    """Create a certificate authority.

    :param passphrase: encrypts the private key.
    :returns: its certificate and its private key, in PEM format.
    """
    # Octavia loads it for each amphora, which takes 40 ms if it is RSA.
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder('sandbox CA')
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .add_extension(_SIGNS, critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase.encode()),
        ),
    )
