"""What a subscription is worth a month, and how that moves."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.billing import Pause
from projections.revenue.recurring import Movement, Standing, monthly_cents, movements
from tests.support.audit_history import START, subscription

amounts = st.integers(0, 10**9)
worths = st.lists(st.tuples(st.sampled_from(["USD", "EUR"]), st.integers(0, 3)), max_size=30)


class TestWhatASubscriptionIsWorth:
    @pytest.mark.parametrize(
        ("facts", "cents"),
        [
            ({}, 4900),
            ({"price_cents": 49000, "interval": "year"}, 4083),
            ({"price_cents": 18, "interval": "year"}, 2),
            ({"price_cents": 6, "interval": "year"}, 1),
            ({"price_cents": 5, "interval": "year"}, 0),
            ({"price_cents": 14700, "interval_count": 3}, 4900),
            ({"price_cents": 2450, "unit_price_cents": 4900}, 2450),
            ({"status": "grace"}, 4900),
            ({"status": "past_due"}, 4900),
            ({"status": "trialing"}, 0),
            ({"status": "suspended"}, 0),
            ({"status": "cancelled"}, 0),
            ({"gateway": None}, 0),
            ({"paused": Pause(kind="collection", resumes_at=None)}, 0),
        ],
    )
    def test_it_is_what_is_really_charged_by_month(self, facts: dict[str, Any], cents: int) -> None:
        assert monthly_cents(subscription(**facts)) == cents

    @given(amounts, st.sampled_from(["month", "year"]), st.integers(1, 36))
    def test_a_half_is_rounded_up_once(self, amount: int, interval: str, count: int) -> None:
        months = count * (12 if interval == "year" else 1)
        exact = (Decimal(amount) / months).quantize(Decimal(1), ROUND_HALF_UP)
        shown = subscription(price_cents=amount, interval=interval, interval_count=count)
        assert monthly_cents(shown) == exact


def lived(worth: list[tuple[str, int]]) -> list[Movement]:
    """The movements of a workspace that is worth each of these, one after the other."""
    standing: Standing | None = None
    found: list[Movement] = []
    for position, (currency, cents) in enumerate(worth):
        found += (new := movements(standing, currency, cents))
        if new:
            standing = Standing(new[-1].currency, new[-1].after_cents, START, position)
    return found


class TestMovements:
    def test_a_life(self) -> None:
        worth = [("USD", 0), ("USD", 50), ("USD", 90), ("USD", 90), ("USD", 50), ("USD", 0)]
        kinds = [each.kind for each in lived([*worth, ("USD", 50), ("EUR", 40)])]
        assert kinds == [
            *("new", "expansion", "contraction", "churn"),
            *("reactivation", "churn", "reactivation"),
        ]

    @given(worths)
    def test_they_add_up_to_what_the_workspace_is_worth(self, worth: list[tuple[str, int]]) -> None:
        total: Counter[str] = Counter()
        for each in lived(worth):
            total[each.currency] += each.after_cents - each.before_cents
        currency, cents = worth[-1] if worth else ("USD", 0)
        assert +total == +Counter({currency: cents})

    @given(worths)
    def test_each_kind_means_what_it_says(self, worth: list[tuple[str, int]]) -> None:
        found = lived(worth)
        assert [each.kind for each in found].count("new") == min(len(found), 1)
        assert [each.kind for each in found[:1]] in (["new"], [])
        for each in found:
            before, after = each.before_cents, each.after_cents
            assert {
                "new": before == 0 < after,
                "reactivation": before == 0 < after,
                "churn": before > 0 == after,
                "expansion": 0 < before < after,
                "contraction": 0 < after < before,
            }[each.kind]
