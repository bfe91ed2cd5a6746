"""PayPal's timestamps."""

from __future__ import annotations

from datetime import datetime

from gateways.port import GatewayUnavailable
from kernel.clock import as_utc


def to_datetime(text: str | None) -> datetime | None:
    """RFC 3339 to UTC; None when PayPal left it out."""
    if not text:
        return None
    try:
        return as_utc(datetime.fromisoformat(text))
    except ValueError:
        raise GatewayUnavailable(gateway="paypal", reason="a time can't be read") from None
