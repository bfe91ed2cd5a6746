"""How much of what was paid for a time is left when that time is not used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor

from services.billing.domain.invoice.records import Line
from services.billing.domain.invoice.state import Invoice

Period = tuple[datetime, datetime]
TICK = timedelta(microseconds=1)


def unused(invoice: Invoice, since: datetime, period: Period | None = None) -> int:
    """Minor units of what is kept for the time after `since`: never more than that, and nothing of
    what was not paid. Negative for a credit that was given for that time instead of money.
    `period` is what an invoice pays for that names none."""
    lines = invoice.lines or (Line(description="", amount=invoice.total - invoice.tax),)
    billed = sum(each.amount for each in lines)
    if invoice.status != "paid" or not billed:
        return 0
    if period is not None and not period[0] <= invoice.issued_at < period[1]:
        period = None
    share = sum(_left(lines, since, period), Fraction()) / billed
    worth = invoice.kept if billed > 0 else billed
    return floor(worth * min(max(share, Fraction()), Fraction(1)) + Fraction(1, 2))


def _left(lines: Sequence[Line], since: datetime, period: Period | None) -> Iterator[Fraction]:
    """Where any line names a period, one that names none is for no time."""
    named = any(each.period_start is not None for each in lines)
    for each in lines:
        if each.period_start is not None and each.period_end is not None:
            yield each.amount * _ahead((each.period_start, each.period_end), since)
        elif not named and period is not None:
            yield each.amount * _ahead(period, since)


def _ahead(period: Period, since: datetime) -> Fraction:
    """The part of the period that comes after `since`."""
    start, end = period
    if start >= end:
        return Fraction()
    left = max(end - max(since, start), timedelta())
    return Fraction(left // TICK, (end - start) // TICK)
