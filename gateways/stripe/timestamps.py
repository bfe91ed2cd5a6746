"""Stripe's Unix seconds."""

from __future__ import annotations

from datetime import UTC, datetime


def to_datetime(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)


def to_datetime_or_none(timestamp: int | None) -> datetime | None:
    return None if timestamp is None else to_datetime(timestamp)
