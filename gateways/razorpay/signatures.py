"""Razorpay's HMAC signatures, over bytes: the SDK's own checks fail on bytes and on non-ASCII."""

from __future__ import annotations

import hashlib
import hmac


def signature(message: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def holds(message: bytes, given: str, secret: str) -> bool:
    """Of any text, in constant time."""
    expected = signature(message, secret).encode()
    return hmac.compare_digest(expected, given.encode("utf-8", "replace"))
