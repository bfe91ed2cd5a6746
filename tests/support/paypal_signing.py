"""Certificates like those that PayPal signs its webhooks with."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SIGNER_NAME = "messageverificationcerts.sandbox.paypal.com"
VALID_FROM = datetime(2026, 10, 1, tzinfo=UTC)
VALID_UNTIL = datetime(2029, 10, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Signer:
    """A signing key, the certificate that PayPal serves for it, and who issued that."""

    root: x509.Certificate
    issuer: x509.Certificate
    pem: bytes
    key: rsa.RSAPrivateKey

    def sign(self, message: bytes) -> str:
        return base64.b64encode(self.key.sign(message, PKCS1v15(), SHA256())).decode()


@cache
def signer(owner: str, name: str = SIGNER_NAME, until: datetime = VALID_UNTIL) -> Signer:
    """A leaf under an owner's root and intermediate; made once, because RSA keys take time."""
    root, middle, middle_key = _authorities(owner)
    key = rsa.generate_private_key(65537, 2048)
    leaf = _leaf(name, f"{owner} issuing", key, middle_key, until)
    return Signer(root, middle, leaf.public_bytes(Encoding.PEM), key)


@cache
def _authorities(
    owner: str,
) -> tuple[x509.Certificate, x509.Certificate, ec.EllipticCurvePrivateKey]:
    root_key = ec.generate_private_key(ec.SECP256R1())
    middle_key = ec.generate_private_key(ec.SECP256R1())
    root = _authority(f"{owner} root", f"{owner} root", root_key, root_key)
    middle = _authority(f"{owner} issuing", f"{owner} root", middle_key, root_key)
    return root, middle, middle_key


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _authority(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _builder(subject, issuer, VALID_UNTIL)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(key_id, critical=False)
        .add_extension(_issued_by(by), critical=False)
        .sign(by, SHA256())
    )


def _leaf(
    name: str,
    issuer: str,
    key: rsa.RSAPrivateKey,
    by: ec.EllipticCurvePrivateKey,
    until: datetime,
) -> x509.Certificate:
    return (
        _builder(name, issuer, until)
        .public_key(key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_issued_by(by), critical=False)
        .sign(by, SHA256())
    )


def _builder(subject: str, issuer: str, until: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(until)
    )


def _issued_by(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
