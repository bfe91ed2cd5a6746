"""Months as tables and figures hold them: `2026-11` is 202611."""

from __future__ import annotations

from datetime import datetime

from kernel.month import Month

MonthNumber = int

_TEXTS: dict[MonthNumber, str] = {}


def month_of(instant: datetime) -> tuple[MonthNumber, str]:
    """Of a time in UTC: 202611 and `2026-11`."""
    number = instant.year * 100 + instant.month
    text = _TEXTS.get(number)
    if text is None:
        text = _TEXTS[number] = str(month_from(number))
    return number, text


def month_from(number: MonthNumber) -> Month:
    return Month(number // 100, number % 100)


def number_of(month: Month) -> MonthNumber:
    return month.year * 100 + month.number


def number_in(text: str) -> MonthNumber:
    """Of `2026-11`."""
    return int(text[:4]) * 100 + int(text[5:7])
