"""What an account makes of commands and snapshots: given, when, then."""

from __future__ import annotations

from functools import partial
from time import process_time
from typing import Any

import pytest

from gateways.port import PaymentMethod, Status
from kernel.events import DomainEvent
from kernel.money import Money
from kernel.month import Month
from services.billing.domain.account import events
from services.billing.domain.account.assign import decide_assign
from services.billing.domain.account.close_checkout import decide_close_checkout
from services.billing.domain.account.evolution import ACCOUNT, evolve
from services.billing.domain.account.observe import decide_observe
from services.billing.domain.account.open_account import decide_open_account
from services.billing.domain.account.settings import decide_settings
from services.billing.domain.account.start_checkout import MOST_PAYABLE, decide_start_checkout
from services.billing.domain.account.subscription import AgreedPrice
from services.billing.domain.errors import (
    AlreadySubscribed,
    PriceUnknown,
    SubscriptionLive,
    TooManyCheckouts,
)
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
    observation,
    opened,
    subscribed,
)

DECEMBER = {"period_start": MONTH_END, "period_end": MONTH_END + 31 * DAY}
DUE = Month(2027, 4)
ENTERPRISE = AgreedPrice(plan="enterprise", price=Price(0, "USD", "year"))


class TestStartCheckout:
    def test_a_second_one_supersedes_the_first(self) -> None:
        first = checked_out("chk_1", PRO)
        decided = first.when(
            decide_start_checkout, "chk_2", "stripe", TEAM, URLS, NOW, resumable=True
        )
        decided.then(
            events.CheckoutClosed(
                timestamp=NOW, checkout_id="chk_1", gateway="stripe", reason="superseded"
            ),
            events.CheckoutStarted(
                timestamp=NOW,
                checkout_id="chk_2",
                gateway="stripe",
                deal=TEAM,
                replaces=None,
                success_url=URLS[0],
                cancel_url=URLS[1],
            ),
        )
        account = first.and_then(*decided.events).state
        assert account.open_checkout is not None
        assert account.open_checkout.id == "chk_2"

    def test_only_so_many_can_be_paid_at_a_time(self) -> None:
        many = opened()
        for number in range(MOST_PAYABLE):
            many = checked_out(f"chk_{number}", PRO, before=many)
        begin = partial(decide_start_checkout, resumable=True)
        again = ("chk_x", "stripe", PRO, URLS, NOW)
        many.when(begin, *again).then_refused(TooManyCheckouts)
        many.after(decide_close_checkout, "chk_0", "superseded", NOW).after(begin, *again)

    def test_the_plan_one_has_is_not_sold_again(self) -> None:
        subscribed().when(
            decide_start_checkout, "chk_2", "stripe", PRO, URLS, NOW, resumable=True
        ).then_refused(AlreadySubscribed)

    def test_another_plan_is_tagged_with_what_it_replaces(self) -> None:
        account = checked_out("chk_2", TEAM, before=subscribed()).state
        assert account.checkouts["chk_2"].replaces == "sub_1"

    def test_who_cannot_resume_buys_the_same_plan_again(self) -> None:
        ended = observation("sub_1", "cancelled", 2, capabilities=HOSTED)
        ending = subscribed(HOSTED).after(decide_observe, ended)
        assert ending.state.subscription is not None
        assert ending.state.subscription.status == "grace"
        again = ending.after(
            decide_start_checkout, "chk_2", "stripe", PRO, URLS, NOW, resumable=False
        )
        assert again.state.open_checkout is not None


class TestObserve:
    def test_a_paid_checkout_subscribes(self) -> None:
        begun, paid = checked_out("chk_1", PRO), observation("sub_1", "active", 1)
        begun.when(decide_observe, paid).then_kinds(events.PlanSubscribed)
        account = begun.after(decide_observe, paid).state
        assert account.open_checkout is None
        assert account.live is not None
        assert (account.live.plan, account.live.status) == ("pro", "active")

    @pytest.mark.parametrize("day", [1, 2])
    def test_the_same_snapshot_twice_is_one_fact(self, day: int) -> None:
        subscribed().when(decide_observe, observation("sub_1", "active", day)).then_nothing()

    def test_an_older_snapshot_changes_nothing(self) -> None:
        late = subscribed().after(decide_observe, observation("sub_1", "past_due", 5))
        late.when(decide_observe, observation("sub_1", "active", 3)).then_nothing()

    def test_one_that_was_seen_without_an_event_is_not_undone_by_an_older(self) -> None:
        subscribed().when(
            decide_observe, observation("sub_1", "past_due", 3), seen=NOW + 4 * DAY
        ).then_nothing()

    @pytest.mark.parametrize(
        ("status", "facts", "kind"),
        [
            ("past_due", {}, events.PaymentFailed),
            ("suspended", {}, events.SubscriptionSuspended),
            ("paused", {}, events.SubscriptionSuspended),
            ("cancelled", {}, events.SubscriptionCancelled),
            ("expired", {}, events.SubscriptionCancelled),
            ("grace", {"cancel_at": MONTH_END}, events.CancellationScheduled),
            ("active", DECEMBER, events.SubscriptionRenewed),
            ("active", {"period_end": MONTH_END + 30 * DAY}, events.SubscriptionAmended),
            ("active", {"agreed": TEAM}, events.PlanSwapped),
            ("active", {"customer": "cus_2"}, events.SubscriptionAmended),
            ("active", {"payment_method": PaymentMethod("pm_1")}, events.PaymentMethodSaved),
        ],
    )
    def test_every_difference_has_its_event(
        self, status: Status, facts: dict[str, Any], kind: type[DomainEvent]
    ) -> None:
        seen = observation("sub_1", status, 2, **facts)
        subscribed().when(decide_observe, seen).then_kinds(kind)

    def test_a_card_that_its_bank_prolonged_is_news_and_one_of_unknown_end_is_none(self) -> None:
        cards = [PaymentMethod("pm_1", expires=each) for each in (DUE, DUE.next, None)]
        first, prolonged, unsaid = (
            observation("sub_1", "active", day, payment_method=each)
            for day, each in enumerate(cards, 2)
        )
        saved = subscribed().after(decide_observe, first)
        saved.when(decide_observe, prolonged).then_kinds(events.PaymentMethodSaved)
        saved.when(decide_observe, unsaid).then_nothing()

    @pytest.mark.parametrize("trouble", ["past_due", "suspended", "paused"])
    def test_paying_again_recovers(self, trouble: Status) -> None:
        troubled = subscribed().after(decide_observe, observation("sub_1", trouble, 2))
        troubled.when(decide_observe, observation("sub_1", "active", 3)).then_kinds(
            events.PaymentRecovered
        )

    def test_what_has_ended_does_not_come_back(self) -> None:
        ended = subscribed().after(decide_observe, observation("sub_1", "cancelled", 2))
        ended.when(decide_observe, observation("sub_1", "active", 3)).then_nothing()

    def test_an_unknown_status_leaves_access_and_keeps_the_word(self) -> None:
        unknown = observation("sub_1", "unknown", 2, raw_status="on_vacation")
        subscribed().when(decide_observe, unknown).then_kinds(events.SubscriptionAmended)
        live = subscribed().after(decide_observe, unknown).state.live
        assert live is not None
        assert (live.status, live.unknown_status) == ("active", "on_vacation")

    def test_an_unpaid_checkout_that_expired_is_closed(self) -> None:
        begun, expired = checked_out("chk_1", PRO), observation("sub_1", "expired", 1)
        begun.when(decide_observe, expired).then(
            events.CheckoutClosed(
                timestamp=NOW, checkout_id="chk_1", gateway="stripe", reason="failed"
            )
        )
        assert begun.after(decide_observe, expired).state.subscription is None

    def test_another_amount_is_recorded_as_charged_and_noticed_once(self) -> None:
        begun, odd = checked_out("chk_1", PRO), Money(100, "EUR")
        first = observation("sub_1", "active", 1, price=odd)
        begun.when(decide_observe, first).then_kinds(
            events.PlanSubscribed, events.PriceMismatchNoticed
        )
        noticed = begun.after(decide_observe, first)
        noticed.when(decide_observe, observation("sub_1", "active", 2, price=odd)).then_nothing()
        assert noticed.state.live is not None
        assert noticed.state.live.price == Price(100, "EUR", "month")

    def test_a_price_of_no_plan_is_refused_while_nothing_is_known_of_it(self) -> None:
        unknown = observation("sub_1", "active", 1, command_id="")
        opened().when(decide_observe, unknown).then_refused(PriceUnknown)

    def test_a_gateway_that_cancels_at_once_leaves_the_paid_time(self) -> None:
        facts: dict[str, Any] = {"capabilities": HOSTED, "period_end": None}
        ended = observation("sub_1", "cancelled", 2, **facts)
        subscribed(HOSTED).when(decide_observe, ended).then_kinds(events.CancellationScheduled)
        later = observation("sub_1", "cancelled", 3, at=MONTH_END + DAY, **facts)
        subscribed(HOSTED).after(decide_observe, ended).when(decide_observe, later).then_kinds(
            events.SubscriptionCancelled
        )


class TestTwoSubscriptions:
    def test_the_later_checkout_wins_and_the_earlier_is_cancelled(self) -> None:
        begun = checked_out("chk_2", TEAM, "paypal", before=subscribed())
        second = observation("sub_2", "active", 2, gateway="paypal", agreed=TEAM, replaces="sub_1")
        begun.when(decide_observe, second).then_kinds(
            events.SubscriptionSuperseded, events.PlanSubscribed
        )
        paid = begun.after(decide_observe, second)
        paid.when(decide_observe, observation("sub_1", "cancelled", 3)).then_kinds(
            events.OrphanSubscriptionCancelled
        )
        assert paid.state.live is not None
        assert paid.state.live.ref == "sub_2"

    def test_the_earlier_checkout_paid_later_is_the_orphan(self) -> None:
        both = checked_out("chk_2", TEAM, before=checked_out("chk_1", PRO))
        paid = both.after(decide_observe, observation("sub_2", "active", 1, agreed=TEAM))
        earlier = observation("sub_1", "active", 2)
        paid.when(decide_observe, earlier).then_kinds(events.SubscriptionSuperseded)
        live = paid.after(decide_observe, earlier).state.live
        assert live is not None
        assert live.ref == "sub_2"

    def test_a_superseded_page_that_is_paid_alone_is_what_was_bought(self) -> None:
        both = checked_out("chk_2", TEAM, before=checked_out("chk_1", PRO))
        live = both.after(decide_observe, observation("sub_1", "active", 1)).state.live
        assert live is not None
        assert live.ref == "sub_1"

    def test_one_of_unknown_origin_never_wins_over_a_bought_one(self) -> None:
        stranger = observation("sub_9", "active", 2, command_id="", agreed=TEAM)
        subscribed().when(decide_observe, stranger).then_kinds(events.SubscriptionSuperseded)


class TestAssign:
    def test_what_somebody_pays_for_is_not_ended_silently(self) -> None:
        subscribed().when(decide_assign, ENTERPRISE, NOW).then_refused(SubscriptionLive)

    def test_what_ends_anyway_is_ended_now(self) -> None:
        ending = observation("sub_1", "grace", 2, cancel_at=MONTH_END)
        subscribed().after(decide_observe, ending).when(decide_assign, ENTERPRISE, NOW).then_kinds(
            events.SubscriptionSuperseded, events.PlanAssigned
        )

    def test_twice_is_once(self) -> None:
        assigned = opened().after(decide_assign, ENTERPRISE, NOW)
        assigned.when(decide_assign, ENTERPRISE, NOW).then_nothing()


class TestSettings:
    def test_what_is_set_already_is_no_event(self) -> None:
        opened().when(decide_settings, "next_cycle", None, NOW).then(
            events.WorkspaceSettingsChanged(
                timestamp=NOW, plan_change="next_cycle", billing_email=None
            )
        )
        changed = opened().after(decide_settings, "next_cycle", None, NOW)
        changed.when(decide_settings, "next_cycle", None, NOW).then_nothing()


def long_history() -> list[DomainEvent]:
    """A customer who keeps changing their mind, then renews for years."""
    history = decide_open_account("acme", NOW)
    account = evolve(None, history[0])
    for number in range(500):
        started = decide_start_checkout(
            account, f"chk_{number}", "stripe", PRO, URLS, NOW, resumable=True
        )
        started += decide_close_checkout(account, f"chk_{number - 1}", "superseded", NOW)
        history += started
        account = ACCOUNT.fold(account, started)
    for day in range(1_500):
        end = MONTH_END + day * DAY
        seen = observation("sub_499", "active", day, period_end=end)
        renewed = decide_observe(account, seen)
        history += renewed
        account = ACCOUNT.fold(account, renewed)
    return history


class TestReplay:
    def test_of_a_long_account_takes_well_under_a_second(self) -> None:
        history = long_history()
        assert len(history) > 2_000
        began = process_time()
        account = ACCOUNT.fold(None, history)
        assert process_time() - began < 0.5
        assert account is not None
        assert account.live is not None
        assert account.live.period_end == MONTH_END + 1_499 * DAY
