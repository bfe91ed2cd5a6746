"""When a change of plan takes effect."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from services.billing.domain.account import events
from services.billing.domain.account.charged import Discount
from services.billing.domain.account.subscription import AgreedPrice, Subscription
from services.billing.domain.account.swap import decide_swap
from services.billing.domain.account.timing import PlanChange, Timing, timing_of
from services.billing.domain.terms import Interval, Price
from tests.support.accounts import IN_PLACE, NOW, PRO, TEAM, subscribed

HALF = Discount(ref="di_1", percent=Decimal(50))
TWENTY_OFF = Discount(ref="di_2", amount_cents=2000)


def live(cents: int = 4900, **facts: object) -> Subscription:
    price = Price(cents, "USD", "month")
    blank = Subscription(plan="pro", status="active", price=price, started_at=NOW)
    return replace(blank, **facts)  # type: ignore[arg-type]


def costing(cents: int, interval: Interval = "month") -> AgreedPrice:
    return AgreedPrice(plan="other", price=Price(cents, "USD", interval))


@pytest.mark.parametrize(
    ("present", "wanted", "timing"),
    [
        (live(), costing(4901), "prorate"),
        (live(), costing(4900), "prorate"),
        (live(), costing(4899), "next_cycle"),
        (live(), costing(12 * 4900, "year"), "prorate"),
        (live(), costing(12 * 4900 - 1, "year"), "next_cycle"),
        (live(9800, interval_count=2), costing(4900), "prorate"),
        (live(9800, interval_count=2), costing(4899), "next_cycle"),
        (live(quantity=3), costing(4899), "next_cycle"),
        (live(discounts=(Discount(ref="free", percent=Decimal(100)),)), costing(100), "prorate"),
        (live(discounts=(HALF,)), costing(9900), "prorate"),
        # 29.00 a month now, and 28.33 then.
        (live(discounts=(TWENTY_OFF,)), costing(12 * 3000, "year"), "next_cycle"),
        (live(4700, discounts=(TWENTY_OFF,)), costing(12 * 3000, "year"), "prorate"),
    ],
)
def test_auto_compares_what_a_month_really_costs(
    present: Subscription, wanted: AgreedPrice, timing: Timing
) -> None:
    assert timing_of("auto", present, wanted) == timing


@pytest.mark.parametrize("choice", ["prorate", "next_cycle"])
def test_another_choice_holds_whatever_it_costs(choice: PlanChange) -> None:
    assert {timing_of(choice, live(), costing(cents)) for cents in (1, 4900, 9999)} == {choice}


def test_a_swap_is_asked_for_at_the_time_that_auto_comes_to() -> None:
    [dearer] = decide_swap(subscribed().state, "swap_1", TEAM, "auto", IN_PLACE, NOW)
    assert isinstance(dearer, events.ChangeRequested)
    assert dearer.timing == "prorate"
    cheap = replace(TEAM, price=Price(PRO.price.price_cents - 1, "USD", "month"))
    [cheaper] = decide_swap(subscribed().state, "swap_1", cheap, "auto", IN_PLACE, NOW)
    assert isinstance(cheaper, events.ChangeRequested)
    assert cheaper.timing == "next_cycle"
