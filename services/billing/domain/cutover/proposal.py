"""Which plan a price of an existing business stands for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateways.port import PriceRecord
from services.billing.domain.plan.state import Plan
from services.billing.domain.terms import Price

_NO_WORD = re.compile(r"[^a-z0-9]+")
LONGEST_SLUG = 64


@dataclass(frozen=True, slots=True)
class Proposal:
    """A price that nobody named a plan for: `like` are plans at the same terms, `slug` is what a
    plan of its own could be called."""

    price: PriceRecord
    slug: str
    like: tuple[str, ...]


def terms_of(price: PriceRecord) -> Price | None:
    """None where no plan can cost that: by use, or neither by months nor by years."""
    if price.amount is None or price.interval is None:
        return None
    return Price(price.amount.amount, price.amount.currency, price.interval)


def plan_for(price: PriceRecord, plans: Sequence[Plan]) -> str | None:
    """By the slug that is written there, or by name and terms, where exactly one plan has them."""
    written = [each.slug for each in plans if each.slug == price.plan and not each.price.is_free]
    if written:
        return written[0]
    alike = [
        each.slug
        for each in plans
        if each.slug in like(price, plans) and each.name.casefold() == price.name.casefold()
    ]
    return alike[0] if len(alike) == 1 else None


def like(price: PriceRecord, plans: Sequence[Plan]) -> tuple[str, ...]:
    """Those that cost as much."""
    terms = terms_of(price)
    if terms is None or price.interval_count != 1:
        return ()
    return tuple(each.slug for each in plans if each.price == terms and not terms.is_free)


def propose(price: PriceRecord, plans: Sequence[Plan]) -> Proposal:
    words = _NO_WORD.sub("-", f"{price.name} {price.interval or ''}".lower()).strip("-")
    return Proposal(price, words[:LONGEST_SLUG].strip("-"), like(price, plans))
