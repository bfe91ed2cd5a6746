"""What a rule makes of credits that run low."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kernel.errors import ValidationFailed
from services.addons.domain.addon.entry import CreditGrant, Entry
from services.addons.domain.errors import TopUpNotFound
from services.addons.domain.purchase.purchase import Buyer
from services.addons.domain.top_up.decide import (
    Low,
    Offer,
    decide_order,
    decide_remove,
    decide_set,
    decide_stop,
)
from services.addons.domain.top_up.events import (
    Rule,
    TopUpOrdered,
    TopUpRemoved,
    TopUpSet,
    TopUpSetAgain,
    TopUpStopped,
)
from services.addons.domain.top_up.state import TOP_UPS
from tests.support.decider import AT, Given, given

TOKENS = Entry(
    slug="tokens",
    name="Tokens",
    price_cents=900,
    currency="EUR",
    description="",
    features=(),
    sort_order=0,
    is_active=True,
    kind="credits",
    grants=(CreditGrant(meter="tokens", amount=1000),),
)
RULE = Rule(
    rule_id="tup_1",
    addon="tokens",
    below=100,
    most_a_day=2,
    most_a_month=3,
    price_cents=900,
    currency="EUR",
    buyer=Buyer(subject="ann"),
)
OFFER = Offer(TOKENS, has_saved_method=True)
FACTS: dict[str, Any] = {"timestamp": AT, "workspace_id": "acme", "meter": "tokens"}
DAY = timedelta(days=1)


def low(name: str, rule_id: str = "tup_1", at: Any = AT) -> Low:
    return Low(name, rule_id, at)


def ordered(name: str, at: Any = AT, rule_id: str = "tup_1") -> TopUpOrdered:
    facts = {**FACTS, "timestamp": at, "rule_id": rule_id, "addon": "tokens"}
    return TopUpOrdered(**facts, low_id=name, purchase_id=f"pur_{name}")


def stopped(reason: Any, purchase_id: str | None = None) -> TopUpStopped:
    facts = {**FACTS, "rule_id": "tup_1", "addon": "tokens"}
    return TopUpStopped(**facts, reason=reason, purchase_id=purchase_id)


def rule_set(rule: Rule = RULE) -> Given[Any]:
    return given(TOP_UPS, TopUpSet(**FACTS, rule=rule))


class TestSetTopUp:
    def test_is_recorded_with_the_price_that_was_agreed_on(self) -> None:
        given(TOP_UPS).when(decide_set, "acme", "tokens", RULE, TOKENS, AT).then(
            TopUpSet(**FACTS, rule=RULE)
        )

    def test_again_replaces_the_rule(self) -> None:
        other = replace(RULE, rule_id="tup_2", below=5)
        rule_set().when(decide_set, "acme", "tokens", other, TOKENS, AT).then(
            TopUpSetAgain(**FACTS, rule=other)
        )

    def test_of_an_add_on_that_grants_nothing_of_the_meter_is_refused(self) -> None:
        outcome = given(TOP_UPS).when(decide_set, "acme", "seconds", RULE, TOKENS, AT)
        assert isinstance(outcome.refusal, ValidationFailed)

    def test_is_removed_once(self) -> None:
        removed = TopUpRemoved(**FACTS, rule_id="tup_1")
        rule_set().when(decide_remove, AT).then(removed)
        outcome = rule_set().and_then(removed).when(decide_remove, AT)
        assert isinstance(outcome.refusal, TopUpNotFound)


class TestCreditsRunLow:
    def test_buys_once_for_what_is_said_twice(self) -> None:
        rule_set().when(decide_order, low("a"), OFFER, "pur_a", AT).then(ordered("a"))
        rule_set().and_then(ordered("a")).when(decide_order, low("a"), OFFER, "pur_a", AT).then()

    def test_buys_nothing_by_a_rule_that_was_replaced_removed_or_stopped(self) -> None:
        rule_set().when(decide_order, low("a", "tup_0"), OFFER, "pur_a", AT).then()
        for ended in (TopUpRemoved(**FACTS, rule_id="tup_1"), stopped("card_declined")):
            rule_set().and_then(ended).when(decide_order, low("a"), OFFER, "pur_a", AT).then()
        given(TOP_UPS).when(decide_order, low("a"), OFFER, "pur_a", AT).then()

    def test_buys_nothing_for_what_was_said_on_an_earlier_day(self) -> None:
        rule_set().when(decide_order, low("a"), OFFER, "pur_a", AT + DAY).then()

    def test_buys_nothing_while_an_earlier_purchase_is_pending(self) -> None:
        pending = replace(OFFER, last="pending")
        history = rule_set().and_then(ordered("a"))
        history.when(decide_order, low("b"), pending, "pur_b", AT).then()
        paid = replace(OFFER, last="paid")
        history.when(decide_order, low("b"), paid, "pur_b", AT).then(ordered("b"))

    def test_buys_so_often_a_day_and_a_month_at_most(self) -> None:
        history = rule_set().and_then(ordered("a"), ordered("b"))
        history.when(decide_order, low("c"), OFFER, "pur_c", AT).then()
        later = AT + DAY
        third = low("c", at=later)
        history.when(decide_order, third, OFFER, "pur_c", later).then(ordered("c", later))
        history = history.and_then(ordered("c", later))
        fourth = AT + 2 * DAY
        history.when(decide_order, low("d", at=fourth), OFFER, "pur_d", fourth).then()
        december = AT + 9 * DAY
        history.when(decide_order, low("d", at=december), OFFER, "pur_d", december).then(
            ordered("d", december)
        )

    def test_setting_the_rule_again_does_not_lift_its_bounds(self) -> None:
        again = TopUpSetAgain(**FACTS, rule=replace(RULE, rule_id="tup_2"))
        history = rule_set().and_then(ordered("a"), ordered("b"), again)
        history.when(decide_order, low("c", "tup_2"), OFFER, "pur_c", AT).then()

    def test_stops_at_another_price_another_offer_or_without_a_card(self) -> None:
        for entry in (
            None,
            replace(TOKENS, price_cents=901),
            replace(TOKENS, currency="USD"),
            replace(TOKENS, grants=(CreditGrant(meter="seconds", amount=1),)),
        ):
            changed = replace(OFFER, entry=entry)
            rule_set().when(decide_order, low("a"), changed, "pur_a", AT).then(
                stopped("offer_changed")
            )
        cardless = replace(OFFER, has_saved_method=False)
        rule_set().when(decide_order, low("a"), cardless, "pur_a", AT).then(
            stopped("no_saved_method")
        )

    def test_stops_when_the_last_purchase_failed_after_all(self) -> None:
        failed = replace(OFFER, last="failed")
        history = rule_set().and_then(ordered("a"))
        history.when(decide_order, low("b"), failed, "pur_b", AT).then(
            stopped("card_declined", "pur_a")
        )
        again = TopUpSetAgain(**FACTS, rule=replace(RULE, rule_id="tup_2"))
        history.and_then(again).when(decide_order, low("b", "tup_2"), failed, "pur_b", AT).then(
            ordered("b", rule_id="tup_2")
        )

    def test_is_stopped_once(self) -> None:
        stop = stopped("card_declined", "pur_a")
        rule_set().when(decide_stop, "tup_1", "card_declined", "pur_a", AT).then(stop)
        history = rule_set().and_then(stop)
        history.when(decide_stop, "tup_1", "card_declined", "pur_a", AT).then()
        rule_set().when(decide_stop, "tup_0", "card_declined", "pur_a", AT).then()
