"""What a subscriber really pays, and what is a renewal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from gateways.port import Discount, Item, OpenInvoice, Pause, Status
from kernel.events import DomainEvent
from kernel.money import Money
from services.billing.domain.account import events
from services.billing.domain.account.observe import decide_observe
from services.billing.domain.account.subscription import AgreedPrice, Subscription
from services.billing.domain.terms import Price
from services.billing.published.subscriptions import whole
from tests.support.accounts import DAY, MONTH_END, NOW, PRO, checked_out, observation, subscribed

YEARLY = AgreedPrice(plan="pro-yearly", price=Price(49000, "USD", "year"), price_ref="price_y")
HALF = Discount("di_1", "HALF", percent=Decimal(50))
TEN_OFF = Discount("di_2", "TEN", amount=Money(1000, "USD"), ends_at=MONTH_END)


def bought(status: Status = "active", **facts: Any) -> Subscription:
    seen = observation("sub_1", status, 1, **facts)
    subscription = checked_out("chk_1", PRO).after(decide_observe, seen).state.subscription
    assert subscription is not None
    return subscription


class TestCharged:
    @pytest.mark.parametrize(
        ("facts", "cents"),
        [
            ({}, 4900),
            ({"quantity": 3, "price": Money(14700, "USD")}, 14700),
            ({"discounts": (HALF,)}, 2450),
            ({"discounts": (TEN_OFF, HALF)}, 1950),
            ({"discounts": (Discount("di_3", percent=Decimal("33.3")),)}, 3268),
            ({"discounts": (Discount("di_4", amount=Money(9000, "USD")),)}, 0),
            (
                {
                    "items": (
                        Item("si_1", "price_pro", amount=Money(4900, "USD")),
                        Item("si_2", "price_seats", amount=Money(500, "USD"), quantity=5),
                        Item("si_3", "price_by_use", quantity=None),
                    )
                },
                5400,
            ),
        ],
    )
    def test_is_what_an_interval_really_costs(self, facts: dict[str, Any], cents: int) -> None:
        shown = whole("acme", bought(**facts))
        assert shown.price_cents == cents
        assert shown.amount_cents in (None, cents)
        assert shown.unit_price_cents == (None if cents == 4900 else 4900)

    def test_a_discount_is_no_mismatch(self) -> None:
        seen = observation("sub_1", "active", 1, discounts=(HALF,))
        checked_out("chk_1", PRO).when(decide_observe, seen).then_kinds(
            events.PlanSubscribed, events.DiscountApplied
        )

    def test_everything_that_a_gateway_shows_is_published(self) -> None:
        shown = whole(
            "acme",
            bought(
                "trialing",
                trial_end=MONTH_END,
                discounts=(HALF, TEN_OFF),
                paused=Pause("collection", MONTH_END),
                open_invoice=OpenInvoice("in_1", Money(4900, "USD"), "https://pay", NOW),
            ),
        )
        assert shown.trial_ends_at == MONTH_END
        assert shown.discount is not None
        assert [(each.name, each.percent, each.amount_cents) for each in shown.discounts] == [
            ("HALF", 50.0, None),
            ("TEN", None, 1000),
        ]
        assert shown.paused is not None
        assert shown.open_invoice is not None
        assert shown.open_invoice.amount_cents == 4900

    def test_another_address_of_the_same_open_invoice_is_nothing(self) -> None:
        first, other = (OpenInvoice("in_1", Money(1, "USD"), url) for url in ("https://a", "b"))
        owing = subscribed().after(
            decide_observe, observation("sub_1", "past_due", 2, open_invoice=first)
        )
        again = observation("sub_1", "past_due", 3, open_invoice=other)
        owing.when(decide_observe, again).then_nothing()


def observed(before: dict[str, Any], after: dict[str, Any]) -> list[DomainEvent]:
    first = observation("sub_1", before.pop("status", "active"), 1, **before)
    history = checked_out("chk_1", PRO).after(decide_observe, first)
    second = observation("sub_1", after.pop("status", "active"), 2, **after)
    return history.when(decide_observe, second).events


class TestRenewal:
    def test_a_trial_that_is_extended_is_none(self) -> None:
        trial = {"status": "trialing", "period_end": NOW + 14 * DAY, "trial_end": NOW + 14 * DAY}
        longer = {"status": "trialing", "period_end": NOW + 30 * DAY, "trial_end": NOW + 30 * DAY}
        [event] = observed(trial, longer)
        assert type(event) is events.SubscriptionAmended

    def test_free_days_in_a_paid_period_are_none(self) -> None:
        free = {"status": "trialing", "period_start": NOW + 9 * DAY, "trial_end": MONTH_END + DAY}
        [event] = observed({}, {**free, "period_end": MONTH_END + DAY})
        assert type(event) is events.TrialStarted

    def test_a_swap_to_a_year_is_none(self) -> None:
        start = NOW + 9 * DAY
        year = {"period_start": start, "period_end": start + 365 * DAY, "interval": "year"}
        [event] = observed({}, {"agreed": YEARLY, **year})
        assert type(event) is events.PlanSwapped

    def test_the_first_payment_after_a_trial_is_one(self) -> None:
        end = NOW + 14 * DAY
        trial = {"status": "trialing", "period_end": end, "trial_end": end}
        paid = {"period_start": end, "period_end": end + 31 * DAY}
        assert events.SubscriptionRenewed in map(type, observed(trial, paid))
