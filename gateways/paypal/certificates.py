"""The certificates that PayPal signs its webhooks with."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from urllib.parse import urlsplit

import certifi
import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from gateways.port import GatewayUnavailable, InvalidSignature

_SIGNERS = ("messageverificationcerts.paypal.com", "messageverificationcerts.sandbox.paypal.com")
_LARGEST = 64 * 1024
_CACHED = 32
_BEGIN = b"-----BEGIN CERTIFICATE-----"

Chain = tuple[x509.Certificate, ...]


def is_paypals(url: str) -> bool:
    """https on `paypal.com` or below it, nothing else in the address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = parts.scheme == "https" and port in (None, 443) and "@" not in parts.netloc
    return plain and (host == "paypal.com" or host.endswith(".paypal.com"))


class Certificates:
    """Fetches a certificate once and checks its chain at the time of each transmission.

    `accepts_url` and `trust_roots` are replaced where PayPal's own hosts can't be reached.
    """

    def __init__(
        self,
        timeout: float,
        accepts_url: Callable[[str], bool] = is_paypals,
        trust_roots: Sequence[x509.Certificate] | None = None,
    ) -> None:
        self._timeout = timeout
        self._accepts_url = accepts_url
        self._roots = trust_roots
        self._store: Store | None = None
        self._chains: dict[str, Chain] = {}
        self._lock = threading.Lock()

    def public_key(self, url: str, at: datetime) -> RSAPublicKey:
        """InvalidSignature for a foreign address or chain; GatewayUnavailable when PayPal does not
        serve the certificate now (the delivery comes again)."""
        if not self._accepts_url(url):
            raise InvalidSignature("the certificate's address is not PayPal's")
        leaf, *intermediates = self._chain(url)
        policy = PolicyBuilder().store(self._trusted()).time(at)
        if not any(_holds(policy, name, leaf, intermediates) for name in _SIGNERS):
            raise InvalidSignature("the certificate is not one of PayPal's webhooks")
        key = leaf.public_key()
        if not isinstance(key, RSAPublicKey):
            raise InvalidSignature("the certificate holds no RSA key")
        return key

    def _chain(self, url: str) -> Chain:
        with self._lock:
            known = self._chains.get(url)
        if known is not None:
            return known
        chain = _certificates(self._fetch(url))
        with self._lock:
            if len(self._chains) >= _CACHED:
                self._chains.clear()
            self._chains[url] = chain
        return chain

    def _fetch(self, url: str) -> bytes:
        try:
            with httpx.stream("GET", url, timeout=self._timeout, follow_redirects=False) as answer:
                if answer.status_code == httpx.codes.OK:
                    return _bounded(answer)
                status = answer.status_code
        except httpx.HTTPError:
            status = 0
        if 400 <= status < 500:
            raise InvalidSignature("PayPal knows no certificate at that address")
        raise GatewayUnavailable(gateway="paypal", reason="the certificate can't be fetched")

    def _trusted(self) -> Store:
        with self._lock:
            if self._store is None:
                self._store = Store(list(self._roots or _system_roots()))
            return self._store


def _system_roots() -> list[x509.Certificate]:
    """Leaves out what the library can't read: one odd root must not cost the others."""
    with open(certifi.where(), "rb") as bundle:
        blocks = bundle.read().split(_BEGIN)[1:]
    roots = []
    with warnings.catch_warnings():
        # Some roots have serial numbers that today's rules no longer allow.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        for block in blocks:
            with suppress(ValueError):
                roots.append(x509.load_pem_x509_certificate(_BEGIN + block))
    return roots


def _bounded(answer: httpx.Response) -> bytes:
    content = bytearray()
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > _LARGEST:
            raise InvalidSignature("the certificate is too large")
    return bytes(content)


def _certificates(pem: bytes) -> Chain:
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise InvalidSignature("there is no certificate at that address") from None


def _holds(
    policy: PolicyBuilder, name: str, leaf: x509.Certificate, rest: list[x509.Certificate]
) -> bool:
    try:
        policy.build_server_verifier(x509.DNSName(name)).verify(leaf, rest)
    except VerificationError:
        return False
    return True
