"""A subscriber is charged something else than was agreed: told once, while it lasts."""

from __future__ import annotations

from kernel.money import Money
from services.billing.application.findings import unfinished
from services.billing.domain.account import Account
from services.billing.domain.subscription import Deal
from services.billing.domain.terms import Price
from tests.support.accounts import TEAM, checked_out, sight, subscribed, taken

ODD = Money(100, "EUR")


def found(account: Account) -> list[str]:
    return [f"{each.kind} {each.theirs}" for each in unfinished(account)]


def charged_oddly() -> Account:
    account = subscribed()
    account.observe(sight("sub_1", "active", 2, price=ODD))
    taken(account)
    return account


class TestAnotherAmount:
    def test_is_accepted_recorded_and_told_once(self) -> None:
        account = subscribed()
        taken(account)
        for day in (2, 3):
            account.observe(sight("sub_1", "active", day, price=ODD))
        assert taken(account) == ["SubscriptionAmended", "PriceMismatchNoticed"]
        assert account.live is not None
        assert (account.live.plan, account.live.price) == ("pro", Price(100, "EUR", "month"))
        assert found(account) == ["price_mismatch 100 EUR"]

    def test_of_a_price_that_nobody_knows_is_taken_for_the_same_plan(self) -> None:
        account = subscribed()
        taken(account)
        unknown = sight("sub_1", "active", 2, price_ref="price_by_hand", price=ODD)
        account.observe(unknown)
        assert taken(account) == ["PlanSwapped", "PriceMismatchNoticed"]
        assert found(account) == ["price_mismatch 100 EUR"]

    def test_then_a_third_one_is_told_too(self) -> None:
        account = charged_oddly()
        account.observe(sight("sub_1", "active", 3, price=Money(200, "EUR")))
        assert taken(account) == ["SubscriptionAmended", "PriceMismatchNoticed"]
        assert found(account) == ["price_mismatch 200 EUR"]


class TestAsAgreedAgain:
    def test_is_no_mismatch(self) -> None:
        account = charged_oddly()
        account.observe(sight("sub_1", "active", 3))
        assert taken(account) == ["SubscriptionAmended"]
        assert found(account) == []

    def test_nor_is_another_plan_at_its_own_price(self) -> None:
        account = charged_oddly()
        account.observe(sight("sub_1", "active", 3, deal=TEAM))
        assert taken(account) == ["PlanSwapped"]
        assert found(account) == []

    def test_nor_a_new_plan_that_costs_what_was_charged_oddly(self) -> None:
        odd = Deal(plan="odd", price=Price(100, "EUR", "month"), price_ref="price_odd")
        account = checked_out("chk_1", odd)
        account.observe(sight("sub_1", "active", 1, deal=odd))
        assert taken(account)[-1] == "PlanSubscribed"
        assert found(account) == []
