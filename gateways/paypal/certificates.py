"""The certificates that PayPal signs its webhooks with."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import httpx
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from gateways.paypal.trust import Trust, public_trust
from gateways.port import GatewayUnavailable, InvalidSignature

_SIGNERS = ("messageverificationcerts.paypal.com", "messageverificationcerts.sandbox.paypal.com")
_LARGEST = 64 * 1024
_CACHED = 32
_HOST = re.compile(r"api(-m)?\.(sandbox\.)?paypal\.com")
_PATH = re.compile(r"/v1/notifications/certs/[A-Za-z0-9-]+")

log = structlog.get_logger()

Chain = tuple[x509.Certificate, ...]


def is_paypals(url: str) -> bool:
    """https, one of PayPal's API hosts, its path of certificates, nothing else in the address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = parts.scheme == "https" and port in (None, 443) and "@" not in parts.netloc
    bare = not parts.query and not parts.fragment and _PATH.fullmatch(parts.path) is not None
    return plain and bare and _HOST.fullmatch(host) is not None


class Certificates:
    """Fetches a certificate once and checks its chain at the time of each transmission.

    `accepts_url` and `trust` are replaced where PayPal's own hosts can't be reached.
    """

    def __init__(
        self,
        timeout: float,
        accepts_url: Callable[[str], bool] = is_paypals,
        trust: Trust | None = None,
    ) -> None:
        self._timeout = timeout
        self._accepts_url = accepts_url
        self._trust = trust
        self._store: Store | None = None
        self._chains: dict[str, Chain] = {}
        self._lock = threading.Lock()

    def public_key(self, url: str, at: datetime) -> RSAPublicKey:
        """InvalidSignature for a foreign address or chain; GatewayUnavailable when PayPal does not
        serve the certificate now (the delivery comes again)."""
        if not self._accepts_url(url):
            raise InvalidSignature("the certificate's address is not PayPal's")
        leaf, *served = self._chain(url)
        policy = PolicyBuilder().store(self._trusted()).time(at)
        issuers = [*served, *self._known().issuers]
        if not any(_holds(policy, name, leaf, issuers) for name in _SIGNERS):
            log.error("paypal_certificate_untrusted", issuer=leaf.issuer.rfc4514_string())
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

    def _known(self) -> Trust:
        return self._trust or public_trust()

    def _trusted(self) -> Store:
        with self._lock:
            if self._store is None:
                self._store = Store(list(self._known().roots))
            return self._store


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
