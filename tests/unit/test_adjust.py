"""Quantity, pauses and trials: what is asked of the gateway, and what its snapshots tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateways.port import Capabilities, CapabilityNotSupported, Pause
from gateways.port.offerings import PAYPAL, STRIPE
from kernel.errors import ValidationFailed
from services.billing.domain.account import events
from services.billing.domain.account.adjust import (
    Adjustment,
    decide_end_pause,
    decide_pause,
    decide_quantity,
    decide_trial,
    decide_unpause,
)
from services.billing.domain.account.confirm_change import Acceptance, decide_confirm_change
from services.billing.domain.account.observe import decide_observe
from services.billing.domain.account.state import Account
from services.billing.domain.errors import (
    CancellationPending,
    NotInTrial,
    NotPaused,
    NotSubscribed,
)
from tests.support.accounts import (
    DAY,
    HOSTED,
    IN_PLACE,
    MONTH_END,
    NOW,
    PRO,
    checked_out,
    observation,
    subscribed,
)
from tests.support.decider import Given

END = NOW + 14 * DAY
STRIPE_CAN = replace(IN_PLACE, offers=STRIPE)
PAYPAL_CAN = replace(HOSTED, offers=PAYPAL)


def wish(can: Capabilities = STRIPE_CAN, at: datetime = NOW) -> Adjustment:
    return Adjustment("cmd_1", can, at)


def paused(resumes_at: datetime | None = None, can: Capabilities = STRIPE_CAN) -> Given[Account]:
    resting = observation("sub_1", "paused", 2, paused=Pause("subscription", resumes_at))
    return subscribed(can).after(decide_observe, replace(resting, capabilities=can))


def trialing() -> Given[Account]:
    begun = observation("sub_1", "trialing", 1, trial_end=END, period_end=END)
    return checked_out("chk_1", PRO).after(decide_observe, begun)


class TestQuantity:
    def test_is_asked_for_once(self) -> None:
        subscribed().when(decide_quantity, wish(), 1).then_nothing()
        [asked] = decide_quantity(subscribed().state, wish(), 4)
        assert isinstance(asked, events.ChangeRequested)
        assert (asked.kind, asked.quantity) == ("quantity", 4)

    def test_is_told_with_what_it_was(self) -> None:
        more = observation("sub_1", "active", 2, quantity=4, price=PRO.price.money)
        subscribed().when(decide_observe, more).then_kinds(
            events.QuantityChanged, events.PriceMismatchNoticed
        )

    def test_of_what_ends_is_not_changed(self) -> None:
        ending = subscribed().after(
            decide_observe, observation("sub_1", "grace", 2, cancel_at=MONTH_END)
        )
        ending.when(decide_quantity, wish(), 4).then_refused(CancellationPending)

    def test_that_the_gateway_did_not_set_is_refused_as_such(self) -> None:
        asked = subscribed().after(decide_quantity, wish(), 4)
        change = asked.state.change
        assert change is not None
        answer = Acceptance(change=change, capabilities=STRIPE_CAN, at=NOW)
        asked.when(decide_confirm_change, answer).then_kinds(events.ChangeRefused)


class TestPause:
    def test_takes_access_and_gives_it_back(self) -> None:
        resting = observation("sub_1", "paused", 2, paused=Pause("subscription"))
        subscribed().when(decide_observe, resting).then_kinds(
            events.SubscriptionSuspended, events.SubscriptionPaused
        )
        again = observation("sub_1", "active", 3)
        paused().when(decide_observe, again).then_kinds(
            events.PaymentRecovered, events.SubscriptionUnpaused
        )

    def test_twice_is_once_and_another_end_another_pause(self) -> None:
        paused().when(decide_pause, wish(), None).then_nothing()
        paused().when(decide_pause, wish(), END).then_refused(NotSubscribed)
        paused().when(decide_unpause, wish()).then_kinds(events.ChangeRequested)
        subscribed().when(decide_unpause, wish()).then_refused(NotPaused)

    def test_leaves_what_the_plan_says_from_its_beginning_on(self) -> None:
        rests = observation("sub_1", "paused", 2, paused=Pause("subscription"))
        kept = subscribed().after(decide_observe, replace(rests, while_paused="own_plan"))
        assert kept.state.require_live().status == "active"
        later = observation("sub_1", "paused", 3, paused=Pause("subscription"))
        kept.when(decide_observe, replace(later, while_paused="nothing")).then_nothing()
        back = observation("sub_1", "active", 4)
        kept.when(decide_observe, back).then_kinds(events.SubscriptionUnpaused)

    def test_that_nobody_wished_for_leaves_nothing_of_the_plan(self) -> None:
        unpaid = observation("sub_1", "paused", 2, paused=Pause("subscription", asked=False))
        rests = subscribed().after(decide_observe, replace(unpaid, while_paused="own_plan"))
        assert rests.state.require_live().has_access is False

    def test_is_no_time_that_was_paid_for(self) -> None:
        rests = observation("sub_1", "paused", 2, paused=Pause("subscription"))
        kept = subscribed().after(decide_observe, replace(rests, while_paused="own_plan"))
        pause, after = Pause("subscription"), MONTH_END + 31 * DAY
        later = observation(
            *("sub_1", "paused", 33), paused=pause, period_start=MONTH_END, period_end=after
        )
        kept.when(decide_observe, later).then_kinds(events.SubscriptionAmended)

    def test_ends_in_the_future_and_where_somebody_can_end_it(self) -> None:
        subscribed().when(decide_pause, wish(), NOW).then_refused(ValidationFailed)
        unable = wish(replace(IN_PLACE, offers={"pause": STRIPE["pause"]}))
        subscribed().when(decide_pause, unable, END).then_refused(CapabilityNotSupported)

    @pytest.mark.parametrize(
        ("can", "at", "asked"),
        [
            (PAYPAL_CAN, END - DAY, False),
            (PAYPAL_CAN, END, True),
            (STRIPE_CAN, END + DAY, False),
        ],
        ids=["not yet", "over", "the gateway ends it"],
    )
    def test_is_ended_by_us_where_the_gateway_does_not(
        self, can: Capabilities, at: datetime, asked: bool
    ) -> None:
        found = decide_end_pause(paused(END, can).state, wish(can, at))
        assert [type(each) for each in found] == [events.ChangeRequested] * asked


class TestTrial:
    def test_begins_with_the_subscription_and_ends_when_it_is_charged(self) -> None:
        begun = observation("sub_1", "trialing", 1, trial_end=END, period_end=END)
        checked_out("chk_1", PRO).when(decide_observe, begun).then_kinds(
            events.PlanSubscribed, events.TrialStarted
        )
        charged = observation(
            "sub_1", "active", 15, trial_end=END, period_start=END, period_end=END + 30 * DAY
        )
        trialing().when(decide_observe, charged).then_kinds(
            events.SubscriptionRenewed, events.TrialEnded
        )

    def test_that_is_cancelled_goes_on_until_it_ends(self) -> None:
        ending = observation("sub_1", "grace", 2, trial_end=END, period_end=END, cancel_at=END)
        trialing().when(decide_observe, ending).then_kinds(events.CancellationScheduled)

    def test_is_longer_or_over(self) -> None:
        [longer] = decide_trial(trialing().state, wish(), END + DAY)
        [over] = decide_trial(trialing().state, wish(), NOW - timedelta(hours=1))
        assert isinstance(longer, events.ChangeRequested)
        assert isinstance(over, events.ChangeRequested)
        assert (longer.until, over.until) == (END + DAY, None)
        trialing().when(decide_trial, wish(), END).then_nothing()
        subscribed().when(decide_trial, wish(), END).then_refused(NotInTrial)
