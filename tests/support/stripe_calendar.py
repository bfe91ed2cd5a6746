"""Months and years as the double counts them."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime


def after(timestamp: int, interval: str, count: int = 1) -> int:
    """The same day and time so many months or years later, at most the month's last day."""
    start = datetime.fromtimestamp(timestamp, UTC)
    months = start.month - 1 + count * (12 if interval == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())
