"""Figures as pages show them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import TypeVar

from workspace_billing import models

DAYS = 30
T = TypeVar("T")
Points = list[tuple[date, int]]


def last_days(usage: models.UsageOfWorkspace, metric: str, today: date) -> Points:
    """Of the thirty days up to today."""
    known = [*usage.previous.daily, *usage.daily]
    figures = {day.date: int(getattr(day, metric)) for day in known}
    days = (today - timedelta(days=DAYS - 1 - number) for number in range(DAYS))
    return [(day, figures.get(day, 0)) for day in days]


def as_listed(plan: models.PricedPlan) -> tuple[bool, bool, int, str]:
    """What sorts plans: those by month before those by year, the cheapest first, and last what is
    agreed upon."""
    price = plan.price_cents or 0
    return (agreed(plan), price > 0 and plan.interval == "year", price, plan.slug)


def agreed(plan: models.PricedPlan) -> bool:
    """Whether it is not bought, but agreed upon."""
    return plan.contact_us or (not plan.price_cents and not plan.is_default)


async def first(elements: AsyncIterator[T], most: int) -> list[T]:
    found: list[T] = []
    async for element in elements:
        found.append(element)
        if len(found) == most:
            break
    return found
