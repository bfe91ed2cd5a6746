"""Cohorts: who began to pay in the same month on the same plan, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from kernel.month import Month


@dataclass(frozen=True, slots=True)
class Change:
    """Of a cohort in one month: by how many subscribers and how much MRR."""

    subscribers: int = 0
    mrr_cents: int = 0

    def __add__(self, other: Change) -> Change:
        return Change(self.subscribers + other.subscribers, self.mrr_cents + other.mrr_cents)


@dataclass(frozen=True, slots=True)
class Stage:
    """A cohort at the end of a month, or now. `age` 0 is the month in which it began."""

    month: str
    age: int
    subscribers: int
    mrr_cents: int


def developed(changes: Mapping[Month, Change], began: Month, present: Month) -> list[Stage]:
    """From the month in which a cohort began to the present one, whether or not anything happened
    in between; further where a gateway's clock is ahead of ours."""
    months = [began]
    while months[-1] < max(present, *changes):
        months.append(months[-1].next)
    totals = accumulate(changes.get(month, Change()) for month in months)
    return [
        Stage(str(month), age, total.subscribers, total.mrr_cents)
        for age, (month, total) in enumerate(zip(months, totals, strict=True))
    ]
