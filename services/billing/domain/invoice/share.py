"""How much of what was paid for a time is left when that time is not used."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from math import floor

from services.billing.domain.invoice.state import Invoice

Period = tuple[datetime, datetime]
TICK = timedelta(microseconds=1)


def unused(invoice: Invoice, since: datetime, period: Period | None = None) -> int:
    """Minor units of what is kept for the time after `since`: never more than that, and nothing of
    what was not paid. Negative for a credit that was given for that time instead of money.
    `period` is what an invoice pays for that names none."""
    billed = sum(each.amount for each in invoice.lines)
    if invoice.status != "paid" or not billed:
        return 0
    share = sum(_left(invoice, since, period), Fraction()) / billed
    worth = invoice.kept if billed > 0 else billed
    return floor(worth * min(max(share, Fraction()), Fraction(1)) + Fraction(1, 2))


def _left(invoice: Invoice, since: datetime, period: Period | None) -> list[Fraction]:
    named = [each for each in invoice.lines if each.period_start and each.period_end]
    if not named and period is not None and period[0] <= invoice.issued_at < period[1]:
        return [each.amount * _ahead(period, since) for each in invoice.lines]
    return [
        each.amount * _ahead((each.period_start, each.period_end), since)
        for each in named
        if each.period_start and each.period_end
    ]


def _ahead(period: Period, since: datetime) -> Fraction:
    """The part of the period that comes after `since`."""
    start, end = period
    if start >= end:
        return Fraction()
    left = max(end - max(since, start), timedelta())
    return Fraction(left // TICK, (end - start) // TICK)
