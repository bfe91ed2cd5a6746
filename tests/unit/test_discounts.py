"""Discounts: what a code takes off, who may have it, and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kernel.errors import ValidationFailed
from services.billing.domain.account.given_discount import GivenDiscount, held
from services.billing.domain.discount import events
from services.billing.domain.discount.decide import (
    decide_change,
    decide_create,
    decide_redeem,
    decide_release,
)
from services.billing.domain.discount.state import DISCOUNT
from services.billing.domain.discount.terms import DiscountOffer
from services.billing.domain.errors import DiscountExhausted, DiscountNotApplicable
from tests.support.accounts import NOW, PRO
from tests.support.decider import Given, given

HALF = DiscountOffer(name="Half", percent=Decimal(50))


def offered(**terms: Any) -> Given[Any]:
    return given(DISCOUNT, *decide_create("half", replace(HALF, **terms), NOW))


def terms(offer: DiscountOffer, **facts: Any) -> GivenDiscount:
    known = {"plan": "pro", "price": PRO.price, "gateway": "stripe", "at": NOW}
    return offer.given("HALF", **{**known, **facts})


class TestTerms:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"percent": None},
            {"amount_cents": 100, "currency": "USD"},
            {"percent": Decimal(101)},
            {"percent": Decimal(0)},
            {"percent": None, "amount_cents": 100},
            {"percent": None, "amount_cents": 100, "currency": "XXX"},
            {"currency": "USD"},
            {"months": 121},
            {"name": " "},
        ],
    )
    def test_are_a_percentage_or_an_amount(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValidationFailed):
            replace(HALF, **wrong).check()

    def test_are_named_by_what_they_are(self) -> None:
        again = replace(HALF, percent=Decimal("50.00"), max_redemptions=7)
        assert terms(again).key == terms(HALF).key
        assert terms(replace(HALF, percent=Decimal(60))).key != terms(HALF).key

    @pytest.mark.parametrize(
        ("offer", "reason"),
        [
            ({"is_active": False}, "inactive"),
            ({"expires_at": NOW}, "expired"),
            ({"plans": ("team",)}, "plan"),
            ({"percent": None, "amount_cents": 100, "currency": "EUR"}, "currency"),
        ],
    )
    def test_hold_where_they_are_meant(self, offer: dict[str, Any], reason: str) -> None:
        with pytest.raises(DiscountNotApplicable) as refused:
            terms(replace(HALF, **offer))
        assert refused.value.details["reason"] == reason

    def test_are_those_of_the_dashboard_where_only_that_has_any(self) -> None:
        offer = replace(HALF, gateway_offers={"razorpay": "offer_1"})
        assert terms(offer, gateway="razorpay").coupon.offer == "offer_1"
        assert terms(offer).coupon.offer == ""


class TestRedeem:
    def test_counts_a_workspace_once(self) -> None:
        held_twice = (
            offered(max_redemptions=1)
            .after(decide_redeem, "acme", "chk_1", NOW)
            .after(decide_redeem, "acme", "chk_2", NOW)
        )
        held_twice.when(decide_redeem, "acme", "chk_2", NOW).then()
        held_twice.when(decide_redeem, "bell", "chk_3", NOW).then_refused(DiscountExhausted)

    def test_what_came_to_nothing_is_free_again(self) -> None:
        free = (
            offered(max_redemptions=1)
            .after(decide_redeem, "acme", "chk_1", NOW)
            .after(decide_release, "acme", "chk_1", NOW)
        )
        free.when(decide_release, "acme", "chk_1", NOW).then()
        free.when(decide_redeem, "bell", "chk_3", NOW).then(
            events.DiscountRedeemed(timestamp=NOW, workspace_id="bell", order_id="chk_3")
        )

    def test_ends_with_the_offer(self) -> None:
        later = NOW + timedelta(days=1)
        offered(expires_at=later).when(decide_redeem, "acme", "chk_1", later).then_refused(
            DiscountNotApplicable
        )

    def test_keeps_its_terms_when_the_entry_changes(self) -> None:
        changed = offered().when(decide_change, {"percent": Decimal(10)}, NOW)
        changed.then(
            events.DiscountChanged(timestamp=NOW, offer=replace(HALF, percent=Decimal(10)))
        )
        offered().when(decide_change, {"percent": Decimal(50)}, NOW).then()

    def test_nobody_holds_anything_yet(self) -> None:
        assert held(None) == frozenset()
