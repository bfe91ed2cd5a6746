"""The certificates that PayPal signs its webhooks with."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from gateways.paypal.trust import Trust, public_trust
from gateways.port import GatewayUnavailable, InvalidSignature

_SIGNERS = ("messageverificationcerts.paypal.com", "messageverificationcerts.sandbox.paypal.com")
_HOSTS = frozenset(
    {
        "api.paypal.com",
        "api-m.paypal.com",
        "api.sandbox.paypal.com",
        "api-m.sandbox.paypal.com",
    }
)
_PATH = re.compile(r"/v1/notifications/certs/[A-Za-z0-9_-]{1,128}")
_LARGEST = 64 * 1024
_CACHED = 32
# Whoever names certificates that are not there causes no more than this, in a minute.
FETCHES_A_MINUTE = 6
_FAILED_SECONDS = 60.0
_PATIENCE = 2.0

log = structlog.get_logger()

Chain = tuple[x509.Certificate, ...]


def is_paypals(url: str) -> bool:
    """A certificate's address on one of PayPal's hosts, and nothing else in it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    plain = parts.scheme == "https" and port in (None, 443) and "@" not in parts.netloc
    bare = not parts.query and not parts.fragment and "#" not in url and "?" not in url
    return (
        plain
        and bare
        and host in _HOSTS
        and _PATH.fullmatch(parts.path) is not None
        and (url.isascii() and url.isprintable() and " " not in url)
    )


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
        self._failed: dict[str, tuple[InvalidSignature, float]] = {}
        self._fetches: list[float] = []
        self._lock = threading.Lock()
        self._fetching = threading.Lock()

    def public_key(self, url: str, at: datetime) -> RSAPublicKey:
        """InvalidSignature for a foreign address or chain; GatewayUnavailable when PayPal does not
        serve the certificate now (the delivery comes again)."""
        if not self._accepts_url(url):
            raise InvalidSignature("the certificate's address is not PayPal's")
        leaf, *served = self._chain(url)
        policy = PolicyBuilder().store(self._trusted()).time(at)
        issuers = [*served, *self._anchors.issuers]
        if not any(_holds(policy, name, leaf, issuers) for name in _SIGNERS):
            log.error("paypal_certificate_untrusted", issuer=leaf.issuer.rfc4514_string())
            raise InvalidSignature("the certificate is not one of PayPal's webhooks")
        key = leaf.public_key()
        if not isinstance(key, RSAPublicKey):
            raise InvalidSignature("the certificate holds no RSA key")
        return key

    def _chain(self, url: str) -> Chain:
        """One fetch at a time; who comes meanwhile does not wait long."""
        known = self._known(url)
        if known is not None:
            return known
        if not self._fetching.acquire(timeout=_PATIENCE):
            raise _unavailable("another certificate is being fetched")
        try:
            return self._known(url) or self._fetched(url)
        finally:
            self._fetching.release()

    def _known(self, url: str) -> Chain | None:
        """Refuses again what was refused, for a while. That PayPal is away is asked anew: a
        delivery that comes again shall not fail because of the one before."""
        with self._lock:
            failed, until = self._failed.get(url, (None, 0.0))
            if failed is not None and time.monotonic() < until:
                raise InvalidSignature(failed.text)
            return self._chains.get(url)

    def _fetched(self, url: str) -> Chain:
        self._count()
        try:
            chain = _certificates(self._fetch(url))
        except InvalidSignature as error:
            with self._lock:
                _bound(self._failed)
                self._failed[url] = (error, time.monotonic() + _FAILED_SECONDS)
            raise
        with self._lock:
            _bound(self._chains)
            self._chains[url] = chain
        return chain

    def _count(self) -> None:
        now = time.monotonic()
        self._fetches = [at for at in self._fetches if at > now - 60]
        if len(self._fetches) >= FETCHES_A_MINUTE:
            raise _unavailable("too many certificates were asked for")
        self._fetches.append(now)

    def _fetch(self, url: str) -> bytes:
        ends = time.monotonic() + self._timeout
        try:
            with httpx.stream("GET", url, timeout=self._timeout, follow_redirects=False) as answer:
                if answer.status_code == httpx.codes.OK:
                    return _bounded(answer, ends)
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            status = 0
        if 400 <= status < 500:
            raise InvalidSignature("PayPal knows no certificate at that address")
        raise _unavailable("the certificate can't be fetched")

    @property
    def _anchors(self) -> Trust:
        return self._trust or public_trust()

    def _trusted(self) -> Store:
        with self._lock:
            if self._store is None:
                self._store = Store(list(self._anchors.roots))
            return self._store


def _unavailable(reason: str) -> GatewayUnavailable:
    return GatewayUnavailable(gateway="paypal", reason=reason)


def _bound(cache: dict[str, Any]) -> None:
    """The oldest goes first."""
    while len(cache) >= _CACHED:
        del cache[next(iter(cache))]


def _bounded(answer: httpx.Response, ends: float) -> bytes:
    content = bytearray()
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > _LARGEST:
            raise InvalidSignature("the certificate is too large")
        if time.monotonic() > ends:
            raise _unavailable("the certificate comes too slowly")
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
