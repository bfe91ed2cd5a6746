"""Cancel, resume and swap: guarded, asked for, confirmed or refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gateways.port import Capabilities
from services.billing.domain.account import events
from services.billing.domain.account.cancel import decide_cancel
from services.billing.domain.account.confirm_change import (
    decide_confirm_change,
    decide_refuse_change,
)
from services.billing.domain.account.observe import decide_observe
from services.billing.domain.account.resume import decide_resume
from services.billing.domain.account.state import Account
from services.billing.domain.account.swap import decide_swap
from services.billing.domain.errors import CancellationPending, CannotResume, NotSubscribed
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
    return requested.after(decide_confirm_change, "cancel_1", capabilities, None, NOW)


class TestCancel:
    def test_without_a_subscription_there_is_nothing_to_cancel(self) -> None:
        opened().when(decide_cancel, "cancel_1", NOW).then_refused(NotSubscribed)

    def test_a_second_time_asks_for_nothing(self) -> None:
        ending = subscribed().after(decide_observe, ENDING)
        ending.when(decide_cancel, "cancel_2", NOW).then_nothing()

    def test_a_gateway_that_does_not_tell_still_ends_it(self) -> None:
        requested = subscribed(HOSTED).after(decide_cancel, "cancel_1", NOW)
        seen = requested.after(decide_observe, observation("sub_1", "active", 2, **IN_SILENCE))
        confirmed = seen.after(decide_confirm_change, "cancel_1", HOSTED, None, NOW)
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
        confirmed = seen.after(decide_confirm_change, "cancel_1", IN_PLACE, None, NOW)
        early = confirmed.after(decide_observe, observation("sub_1", "active", 4))
        assert early.state.live is not None
        assert early.state.live.status == "grace"


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
        waiting = requested.after(decide_confirm_change, "swap_1", IN_PLACE, MONTH_END, NOW)
        assert waiting.state.live is not None
        assert (waiting.state.live.plan, waiting.state.live.next_plan) == ("pro", "team")
        swapped = observation(
            "sub_1",
            "active",
            32,
            price=TEAM.price.money,
            price_ref="price_team",
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

    def test_a_refused_one_leaves_no_trace_of_the_intent(self) -> None:
        requested = subscribed().after(decide_swap, "swap_1", TEAM, "prorate", IN_PLACE, NOW)
        refused = requested.after(decide_refuse_change, "swap_1", "gateway_rejected: no", NOW)
        assert refused.state.change is None
