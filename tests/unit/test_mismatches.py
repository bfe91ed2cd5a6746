"""A subscriber is charged something else than was agreed: told once, while it lasts."""

from __future__ import annotations

from kernel.money import Money
from services.billing.application.findings import unfinished
from services.billing.domain.account import events
from services.billing.domain.account.observe import decide_observe
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice
from services.billing.domain.terms import Price
from tests.support.accounts import TEAM, checked_out, observation, subscribed
from tests.support.decider import Given

ODD = Money(100, "EUR")
ODDLY_CHARGED = observation("sub_1", "active", 2, price=ODD)


def found(account: Given[Account]) -> list[str]:
    return [f"{each.kind} {each.theirs}" for each in unfinished(account.state)]


def charged_oddly() -> Given[Account]:
    return subscribed().after(decide_observe, ODDLY_CHARGED)


class TestAnotherAmount:
    def test_is_accepted_recorded_and_told_once(self) -> None:
        subscribed().when(decide_observe, ODDLY_CHARGED).then_kinds(
            events.SubscriptionAmended, events.PriceMismatchNoticed
        )
        told = charged_oddly()
        told.when(decide_observe, observation("sub_1", "active", 3, price=ODD)).then_nothing()
        assert told.state.live is not None
        live = told.state.live
        assert (live.plan, live.price) == ("pro", Price(100, "EUR", "month"))
        assert found(told) == ["price_mismatch 100 EUR"]

    def test_of_a_price_that_nobody_knows_is_taken_for_the_same_plan(self) -> None:
        unknown = observation("sub_1", "active", 2, price_ref="price_by_hand", price=ODD)
        subscribed().when(decide_observe, unknown).then_kinds(
            events.PlanSwapped, events.PriceMismatchNoticed
        )
        assert found(subscribed().after(decide_observe, unknown)) == ["price_mismatch 100 EUR"]

    def test_then_a_third_one_is_told_too(self) -> None:
        third = observation("sub_1", "active", 3, price=Money(200, "EUR"))
        charged_oddly().when(decide_observe, third).then_kinds(
            events.SubscriptionAmended, events.PriceMismatchNoticed
        )
        assert found(charged_oddly().after(decide_observe, third)) == ["price_mismatch 200 EUR"]


class TestAsAgreedAgain:
    def test_is_no_mismatch(self) -> None:
        agreed = observation("sub_1", "active", 3)
        charged_oddly().when(decide_observe, agreed).then_kinds(events.SubscriptionAmended)
        assert found(charged_oddly().after(decide_observe, agreed)) == []

    def test_nor_is_another_plan_at_its_own_price(self) -> None:
        swapped = observation("sub_1", "active", 3, agreed=TEAM)
        charged_oddly().when(decide_observe, swapped).then_kinds(events.PlanSwapped)
        assert found(charged_oddly().after(decide_observe, swapped)) == []

    def test_nor_a_new_plan_that_costs_what_was_charged_oddly(self) -> None:
        odd = AgreedPrice(plan="odd", price=Price(100, "EUR", "month"), price_ref="price_odd")
        begun, paid = checked_out("chk_1", odd), observation("sub_1", "active", 1, agreed=odd)
        begun.when(decide_observe, paid).then_kinds(events.PlanSubscribed)
        assert found(begun.after(decide_observe, paid)) == []
