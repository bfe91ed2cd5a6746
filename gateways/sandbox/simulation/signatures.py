"""The webhook signature: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<raw body>">`.

The scheme of Stripe's webhooks, under the header `sandbox-signature`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from gateways.port import InvalidSignature

HEADER = "sandbox-signature"
TOLERANCE = timedelta(minutes=5)


def signature(raw: bytes, secret: str, at: datetime) -> str:
    timestamp = str(int(at.timestamp()))
    return f"t={timestamp},v1={_digest(raw, secret, timestamp)}"


def check(raw: bytes, header: str, secrets: Sequence[str], now: datetime) -> None:
    """Raises InvalidSignature unless one of the secrets signed it within the tolerance."""
    timestamp, given = _parts(header)
    age = abs(now.timestamp() - int(timestamp))
    if age > TOLERANCE.total_seconds():
        raise InvalidSignature("The webhook's signature is too old.")
    expected = [_digest(raw, secret, timestamp) for secret in secrets]
    if not any(hmac.compare_digest(one, given) for one in expected):
        raise InvalidSignature


def _parts(header: str) -> tuple[str, str]:
    pairs = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    timestamp, given = pairs.get("t", ""), pairs.get("v1", "")
    if not (
        timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 16 and given.isascii()
    ):
        raise InvalidSignature("The webhook's signature is missing or malformed.")
    return timestamp, given


def _digest(raw: bytes, secret: str, timestamp: str) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
