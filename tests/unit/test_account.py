"""What an account makes of commands and snapshots: given, when, then."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.port import PaymentMethod, Status
from kernel.money import Money
from services.billing.domain.account import Account
from services.billing.domain.errors import (
    AlreadySubscribed,
    PriceUnknown,
    SubscriptionLive,
)
from services.billing.domain.subscription import Deal
from services.billing.domain.terms import Price
from tests.support.accounts import (
    DAY,
    HOSTED,
    MONTH_END,
    NOW,
    PRO,
    TEAM,
    URLS,
    checked_out,
    sight,
    subscribed,
    taken,
)

ENTERPRISE = Deal(plan="enterprise", price=Price(0, "USD", "year"))


class TestStartCheckout:
    def test_a_second_one_supersedes_the_first(self) -> None:
        account = checked_out("chk_1", PRO)
        taken(account)
        account.start_checkout("chk_2", "stripe", TEAM, URLS, NOW, resumable=True)
        assert taken(account) == ["CheckoutClosed", "CheckoutStarted"]
        assert account.open_checkout is not None
        assert account.open_checkout.id == "chk_2"

    def test_the_plan_one_has_is_not_sold_again(self) -> None:
        with pytest.raises(AlreadySubscribed):
            subscribed().start_checkout("chk_2", "stripe", PRO, URLS, NOW, resumable=True)

    def test_another_plan_is_tagged_with_what_it_replaces(self) -> None:
        account = subscribed()
        account.start_checkout("chk_2", "stripe", TEAM, URLS, NOW, resumable=True)
        assert account.checkouts["chk_2"].replaces == "sub_1"

    def test_who_cannot_resume_buys_the_same_plan_again(self) -> None:
        account = subscribed(rules=HOSTED)
        account.observe(sight("sub_1", "cancelled", 2, rules=HOSTED))
        assert account.subscription is not None
        assert account.subscription.status == "grace"
        account.start_checkout("chk_2", "stripe", PRO, URLS, NOW, resumable=False)
        assert account.open_checkout is not None


class TestObserve:
    def test_a_paid_checkout_subscribes(self) -> None:
        account = checked_out("chk_1", PRO)
        taken(account)
        account.observe(sight("sub_1", "active", 1))
        assert taken(account) == ["PlanSubscribed"]
        assert account.open_checkout is None
        assert account.live is not None
        assert (account.live.plan, account.live.status) == ("pro", "active")

    def test_the_same_snapshot_twice_is_one_fact(self) -> None:
        account = subscribed()
        taken(account)
        account.observe(sight("sub_1", "active", 1))
        account.observe(sight("sub_1", "active", 2))
        assert taken(account) == []

    def test_an_older_snapshot_changes_nothing(self) -> None:
        account = subscribed()
        account.observe(sight("sub_1", "past_due", 5))
        taken(account)
        account.observe(sight("sub_1", "active", 3))
        assert taken(account) == []

    def test_one_that_was_seen_without_an_event_is_not_undone_by_an_older(self) -> None:
        account = subscribed()
        taken(account)
        account.observe(sight("sub_1", "past_due", 3), seen=NOW + 4 * DAY)
        assert taken(account) == []

    @pytest.mark.parametrize(
        ("status", "facts", "event"),
        [
            ("past_due", {}, "PaymentFailed"),
            ("suspended", {}, "SubscriptionSuspended"),
            ("paused", {}, "SubscriptionSuspended"),
            ("cancelled", {}, "SubscriptionCancelled"),
            ("expired", {}, "SubscriptionCancelled"),
            ("grace", {"cancel_at": MONTH_END}, "CancellationScheduled"),
            ("active", {"period_end": MONTH_END + 30 * DAY}, "SubscriptionRenewed"),
            ("active", {"price_ref": "price_team", "price": TEAM.price.money}, "PlanSwapped"),
            ("active", {"customer": "cus_2"}, "SubscriptionAmended"),
            ("active", {"payment_method": PaymentMethod("pm_1")}, "PaymentMethodSaved"),
        ],
    )
    def test_every_difference_has_its_event(
        self, status: Status, facts: dict[str, Any], event: str
    ) -> None:
        account = subscribed()
        taken(account)
        account.observe(sight("sub_1", status, 2, deal=TEAM if "price" in facts else None, **facts))
        assert taken(account) == [event]

    @pytest.mark.parametrize("trouble", ["past_due", "suspended", "paused"])
    def test_paying_again_recovers(self, trouble: Status) -> None:
        account = subscribed()
        account.observe(sight("sub_1", trouble, 2))
        taken(account)
        account.observe(sight("sub_1", "active", 3))
        assert taken(account) == ["PaymentRecovered"]

    def test_what_has_ended_does_not_come_back(self) -> None:
        account = subscribed()
        account.observe(sight("sub_1", "cancelled", 2))
        taken(account)
        account.observe(sight("sub_1", "active", 3))
        assert taken(account) == []

    def test_an_unknown_status_leaves_access_and_keeps_the_word(self) -> None:
        account = subscribed()
        taken(account)
        account.observe(sight("sub_1", "unknown", 2, raw_status="on_vacation"))
        assert taken(account) == ["SubscriptionAmended"]
        assert account.live is not None
        assert (account.live.status, account.live.unknown_status) == ("active", "on_vacation")

    def test_an_unpaid_checkout_that_expired_is_closed(self) -> None:
        account = checked_out("chk_1", PRO)
        taken(account)
        account.observe(sight("sub_1", "expired", 1))
        assert taken(account) == ["CheckoutClosed"]
        assert account.subscription is None

    def test_another_amount_is_recorded_as_charged_and_noticed_once(self) -> None:
        account = checked_out("chk_1", PRO)
        taken(account)
        account.observe(sight("sub_1", "active", 1, price=Money(100, "EUR")))
        account.observe(sight("sub_1", "active", 2, price=Money(100, "EUR")))
        assert taken(account) == ["PlanSubscribed", "PriceMismatchNoticed"]
        assert account.live is not None
        assert account.live.price == Price(100, "EUR", "month")

    def test_a_price_of_no_plan_is_refused_while_nothing_is_known_of_it(self) -> None:
        account = Account.open("acme", NOW)
        with pytest.raises(PriceUnknown):
            account.observe(sight("sub_1", "active", 1, command_id=""))

    def test_a_gateway_that_cancels_at_once_leaves_the_paid_time(self) -> None:
        account = subscribed(rules=HOSTED)
        taken(account)
        account.observe(sight("sub_1", "cancelled", 2, rules=HOSTED, period_end=None))
        assert taken(account) == ["CancellationScheduled"]
        account.observe(
            sight("sub_1", "cancelled", 3, rules=HOSTED, period_end=None, at=MONTH_END + DAY)
        )
        assert taken(account) == ["SubscriptionCancelled"]


class TestTwoSubscriptions:
    def test_the_later_checkout_wins_and_the_earlier_is_cancelled(self) -> None:
        account = subscribed()
        account.start_checkout("chk_2", "paypal", TEAM, URLS, NOW, resumable=True)
        taken(account)
        second = sight("sub_2", "active", 2, gateway="paypal", deal=TEAM, replaces="sub_1")
        account.observe(second)
        assert taken(account) == ["SubscriptionSuperseded", "PlanSubscribed"]
        account.observe(sight("sub_1", "cancelled", 3))
        assert taken(account) == ["OrphanSubscriptionCancelled", "OverlapRefundDue"]
        assert account.live is not None
        assert account.live.ref == "sub_2"

    def test_the_earlier_checkout_paid_later_is_the_orphan(self) -> None:
        account = checked_out("chk_1", PRO)
        account.start_checkout("chk_2", "stripe", TEAM, URLS, NOW, resumable=True)
        account.observe(sight("sub_2", "active", 1, deal=TEAM))
        taken(account)
        account.observe(sight("sub_1", "active", 2))
        assert taken(account) == ["SubscriptionSuperseded"]
        assert account.live is not None
        assert account.live.ref == "sub_2"

    def test_a_superseded_page_that_is_paid_alone_is_what_was_bought(self) -> None:
        account = checked_out("chk_1", PRO)
        account.start_checkout("chk_2", "stripe", TEAM, URLS, NOW, resumable=True)
        account.observe(sight("sub_1", "active", 1))
        assert account.live is not None
        assert account.live.ref == "sub_1"

    def test_the_refund_is_the_unused_part_of_what_was_paid(self) -> None:
        account = subscribed()
        account.start_checkout("chk_2", "stripe", TEAM, URLS, NOW, resumable=True)
        account.observe(sight("sub_2", "active", 2, deal=TEAM, at=NOW + 15 * DAY))
        account.observe(sight("sub_1", "cancelled", 3))
        (due,) = account.refunds_due.values()
        assert (due.amount_cents, due.currency) == (2450, "USD")

    def test_one_of_unknown_origin_never_wins_over_a_bought_one(self) -> None:
        account = subscribed()
        taken(account)
        account.observe(sight("sub_9", "active", 2, command_id="", deal=TEAM))
        assert taken(account) == ["SubscriptionSuperseded"]


class TestAssign:
    def test_what_somebody_pays_for_is_not_ended_silently(self) -> None:
        with pytest.raises(SubscriptionLive):
            subscribed().assign(ENTERPRISE, NOW)

    def test_what_ends_anyway_is_ended_now(self) -> None:
        account = subscribed()
        account.observe(sight("sub_1", "grace", 2, cancel_at=MONTH_END))
        taken(account)
        account.assign(ENTERPRISE, NOW)
        assert taken(account) == ["SubscriptionSuperseded", "PlanAssigned"]

    def test_twice_is_once(self) -> None:
        account = Account.open("acme", NOW)
        account.assign(ENTERPRISE, NOW)
        taken(account)
        account.assign(ENTERPRISE, NOW)
        assert taken(account) == []


class TestSettings:
    def test_what_is_set_already_is_no_event(self) -> None:
        account = Account.open("acme", NOW)
        account.change_settings("next_cycle", None, NOW)
        account.change_settings("next_cycle", None, NOW)
        assert taken(account) == ["AccountOpened", "WorkspaceSettingsChanged"]


def test_every_event_leaves_the_state_that_a_replay_gives() -> None:
    account = subscribed()
    account.start_checkout("chk_2", "stripe", TEAM, URLS, NOW, resumable=True)
    account.observe(sight("sub_2", "active", 2, deal=TEAM))
    account.observe(sight("sub_1", "cancelled", 3))
    again: Account | None = None
    for event in account.collect_events():
        again = event.mutate(again)
    assert again is not None
    assert isinstance(again, Account)
    assert again.__dict__ == account.__dict__
