"""The time of a double, which only its driver moves."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta


class DoubleClock:
    def __init__(self) -> None:
        self._now = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by

    def advance_to(self, instant: datetime) -> None:
        self._now = max(self._now, instant)


def months_later(instant: datetime, months: int) -> datetime:
    """The same day of a later month, or its last day."""
    years, month = divmod(instant.month - 1 + months, 12)
    year = instant.year + years
    day = min(instant.day, calendar.monthrange(year, month + 1)[1])
    return instant.replace(year=year, month=month + 1, day=day)
