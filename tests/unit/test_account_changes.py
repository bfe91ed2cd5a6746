"""Cancel, resume and swap: guarded, asked for, confirmed or refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from gateways.port import Capabilities, CurrencyMismatch
from services.billing.domain.account import events
from services.billing.domain.account.cancel import decide_cancel
from services.billing.domain.account.confirm_change import (
    NOT_APPLIED,
    Acceptance,
    decide_confirm_change,
    decide_refuse_change,
)
from services.billing.domain.account.observe import decide_observe
from services.billing.domain.account.resume import decide_resume
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice
from services.billing.domain.account.swap import decide_swap
from services.billing.domain.errors import CancellationPending, CannotResume, NotSubscribed
from services.billing.domain.terms import Price
from tests.support.accounts import (
    DAY,
    HOSTED,
    IN_PLACE,
    MONTH_END,
    NOW,
    TEAM,
    observation,
    opened,
    subscribed,
)
from tests.support.decider import Given

ENDING = observation("sub_1", "grace", 2, cancel_at=MONTH_END)
IN_SILENCE: dict[str, Any] = {"capabilities": HOSTED}


def cancelled(capabilities: Capabilities) -> Given[Account]:
    """Asked for and accepted; nothing was observed since."""
    requested = subscribed(capabilities).after(decide_cancel, "cancel_1", NOW)
    return accepted(requested, capabilities)


def accepted(
    requested: Given[Account], capabilities: Capabilities, effective_at: datetime | None = None
) -> Given[Account]:
    return requested.after(decide_confirm_change, acceptance(requested, capabilities, effective_at))


def acceptance(
    requested: Given[Account], capabilities: Capabilities, effective_at: datetime | None = None
) -> Acceptance:
    change = requested.state.change
    assert change is not None
    return Acceptance(change=change, capabilities=capabilities, at=NOW, effective_at=effective_at)


class TestCancel:
    def test_without_a_subscription_there_is_nothing_to_cancel(self) -> None:
        opened().when(decide_cancel, "cancel_1", NOW).then_refused(NotSubscribed)

    def test_a_second_time_asks_for_nothing(self) -> None:
        ending = subscribed().after(decide_observe, ENDING)
        ending.when(decide_cancel, "cancel_2", NOW).then_nothing()

    def test_a_gateway_that_does_not_tell_still_ends_it(self) -> None:
        requested = subscribed(HOSTED).after(decide_cancel, "cancel_1", NOW)
        seen = requested.after(decide_observe, observation("sub_1", "active", 2, **IN_SILENCE))
        confirmed = accepted(seen, HOSTED)
        later = confirmed.after(decide_observe, observation("sub_1", "active", 3, **IN_SILENCE))
        live = later.state.live
        assert live is not None
        assert (live.status, live.cancel_at) == ("grace", MONTH_END)

    def test_renewed_in_spite_of_it_is_cancelled_again(self) -> None:
        period: dict[str, Any] = {
            "period_start": MONTH_END,
            "period_end": MONTH_END + timedelta(days=31),
        }
        renewed = observation("sub_1", "active", 40, **IN_SILENCE, **period)
        cancelled(HOSTED).when(decide_observe, renewed).then_kinds(
            events.SubscriptionRenewed, events.CancellationScheduled, events.ChangeRequested
        )
        change = cancelled(HOSTED).after(decide_observe, renewed).state.change
        assert change is not None
        assert change.kind == "cancel"

    def test_a_renewal_seen_before_the_cancellation_does_not_undo_it(self) -> None:
        requested = subscribed().after(decide_cancel, "cancel_1", NOW)
        seen = requested.after(
            decide_observe, observation("sub_1", "grace", 5, cancel_at=MONTH_END)
        )
        confirmed = accepted(seen, IN_PLACE)
        early = confirmed.after(decide_observe, observation("sub_1", "active", 4))
        assert early.state.live is not None
        assert early.state.live.status == "grace"

    def test_a_term_that_ends_later_is_no_cancellation(self) -> None:
        fixed = observation("sub_1", "grace", 2, cancel_at=MONTH_END + 300 * DAY)
        long = subscribed().after(decide_observe, fixed)
        assert long.state.live is not None
        assert (long.state.live.status, long.state.live.cancel_at) == (
            "active",
            MONTH_END + 300 * DAY,
        )
        long.when(decide_cancel, "cancel_1", NOW).then_kinds(events.ChangeRequested)

    def test_what_was_accepted_and_not_done_is_told(self) -> None:
        requested = subscribed().after(decide_cancel, "cancel_1", NOW)
        requested.when(decide_confirm_change, acceptance(requested, IN_PLACE)).then(
            events.ChangeRefused(timestamp=NOW, command_id="cancel_1", reason=NOT_APPLIED)
        )


class TestResume:
    def test_only_what_is_about_to_end_is_resumed(self) -> None:
        subscribed().when(decide_resume, "resume_1", IN_PLACE, NOW).then_refused(CannotResume)

    def test_what_has_ended_is_not(self) -> None:
        ended = subscribed().after(decide_observe, observation("sub_1", "cancelled", 2))
        ended.when(decide_resume, "resume_1", IN_PLACE, NOW).then_refused(CannotResume)

    def test_a_gateway_without_it_never_does(self) -> None:
        cancelled(HOSTED).when(decide_resume, "resume_1", HOSTED, NOW).then_refused(CannotResume)

    def test_what_is_about_to_end_is_asked_for(self) -> None:
        subscribed().after(decide_observe, ENDING).when(
            decide_resume, "resume_1", IN_PLACE, NOW
        ).then(
            events.ChangeRequested(
                timestamp=NOW,
                command_id="resume_1",
                kind="resume",
                gateway="stripe",
                subscription_ref="sub_1",
            )
        )

    def test_the_portal_may_do_it_too(self) -> None:
        ending = subscribed().after(decide_observe, ENDING)
        ending.when(decide_observe, observation("sub_1", "active", 3)).then_kinds(
            events.SubscriptionResumed
        )


class TestSwap:
    def test_at_the_next_cycle_the_old_plan_holds_until_then(self) -> None:
        requested = subscribed().after(decide_swap, "swap_1", TEAM, "next_cycle", IN_PLACE, NOW)
        waiting = accepted(requested, IN_PLACE, MONTH_END)
        assert waiting.state.live is not None
        assert (waiting.state.live.plan, waiting.state.live.next_plan) == ("pro", "team")
        swapped = observation(
            "sub_1",
            "active",
            32,
            price=TEAM.price.money,
            price_ref="price_team",
            period_start=MONTH_END,
            period_end=MONTH_END + 30 * DAY,
        )
        waiting.when(decide_observe, swapped).then_kinds(
            events.PlanSwapped, events.SubscriptionRenewed
        )
        live = waiting.after(decide_observe, swapped).state.live
        assert live is not None
        assert (live.plan, live.next_plan) == ("team", None)

    def test_what_is_about_to_end_is_resumed_first(self) -> None:
        ending = subscribed().after(decide_observe, ENDING)
        ending.when(decide_swap, "swap_1", TEAM, "prorate", IN_PLACE, NOW).then_refused(
            CancellationPending
        )

    def test_one_that_was_accepted_and_not_made_is_told(self) -> None:
        requested = subscribed().after(decide_swap, "swap_1", TEAM, "prorate", IN_PLACE, NOW)
        requested.when(decide_confirm_change, acceptance(requested, IN_PLACE, NOW)).then_kinds(
            events.ChangeRefused
        )

    def test_another_currency_is_refused_before_anybody_is_asked(self) -> None:
        euro = AgreedPrice(plan="team", price=Price(9900, "EUR", "month"), price_ref="price_eur")
        subscribed().when(decide_swap, "swap_1", euro, "prorate", IN_PLACE, NOW).then_refused(
            CurrencyMismatch
        )

    def test_a_refused_one_leaves_no_trace_of_the_intent(self) -> None:
        requested = subscribed().after(decide_swap, "swap_1", TEAM, "prorate", IN_PLACE, NOW)
        refused = requested.after(decide_refuse_change, "swap_1", "gateway_rejected: no", NOW)
        assert refused.state.change is None
