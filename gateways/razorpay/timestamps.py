"""Razorpay's Unix seconds."""

from __future__ import annotations

from datetime import UTC, datetime


def to_datetime(seconds: object) -> datetime | None:
    """Unix seconds to UTC; Razorpay's 0 and null both mean never."""
    if isinstance(seconds, int) and seconds > 0:
        return datetime.fromtimestamp(seconds, UTC)
    return None
