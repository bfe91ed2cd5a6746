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
    moment = str(int(at.timestamp()))
    return f"t={moment},v1={_digest(raw, secret, moment)}"


def check(raw: bytes, header: str, secrets: Sequence[str], now: datetime) -> None:
    """Raises InvalidSignature unless one of the secrets signed it within the tolerance."""
    moment, given = _parts(header)
    age = abs(now.timestamp() - int(moment))
    if age > TOLERANCE.total_seconds():
        raise InvalidSignature("The webhook's signature is too old.")
    expected = [_digest(raw, secret, moment) for secret in secrets]
    if not any(hmac.compare_digest(one, given) for one in expected):
        raise InvalidSignature


def _parts(header: str) -> tuple[str, str]:
    pairs = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    moment, given = pairs.get("t", ""), pairs.get("v1", "")
    if not (moment.isascii() and moment.isdigit() and len(moment) < 16 and given.isascii()):
        raise InvalidSignature("The webhook's signature is missing or malformed.")
    return moment, given


def _digest(raw: bytes, secret: str, moment: str) -> str:
    return hmac.new(secret.encode(), moment.encode() + b"." + raw, hashlib.sha256).hexdigest()
