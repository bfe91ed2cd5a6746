"""Cancel, resume and swap: guarded, asked for, confirmed or refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.billing.domain.account import Account
from services.billing.domain.errors import (
    CancellationPending,
    CannotResume,
    NotSubscribed,
)
from services.billing.domain.subscription import Deal
from services.billing.domain.terms import Price
from tests.support.accounts import (
    DAY,
    HOSTED,
    IN_PLACE,
    MONTH_END,
    NOW,
    TEAM,
    sight,
    subscribed,
    taken,
)

ENTERPRISE = Deal(plan="enterprise", price=Price(0, "USD", "year"))


class TestCancel:
    def test_without_a_subscription_there_is_nothing_to_cancel(self) -> None:
        with pytest.raises(NotSubscribed):
            Account.open("acme", NOW).request_cancel("cancel_1", NOW)

    def test_a_second_time_asks_for_nothing(self) -> None:
        account = subscribed()
        account.observe(sight("sub_1", "grace", 2, cancel_at=MONTH_END))
        assert not account.request_cancel("cancel_2", NOW)

    def test_a_gateway_that_does_not_tell_still_ends_it(self) -> None:
        account = subscribed(rules=HOSTED)
        account.request_cancel("cancel_1", NOW)
        account.observe(sight("sub_1", "active", 2, rules=HOSTED))
        account.confirm_change("cancel_1", HOSTED, None, NOW)
        account.observe(sight("sub_1", "active", 3, rules=HOSTED))
        assert account.live is not None
        assert (account.live.status, account.live.cancel_at) == ("grace", MONTH_END)

    def test_renewed_in_spite_of_it_is_cancelled_again(self) -> None:
        account = subscribed(rules=HOSTED)
        account.request_cancel("cancel_1", NOW)
        account.confirm_change("cancel_1", HOSTED, None, NOW)
        taken(account)
        later = MONTH_END + timedelta(days=31)
        account.observe(
            sight("sub_1", "active", 40, rules=HOSTED, period_start=MONTH_END, period_end=later)
        )
        assert taken(account) == ["SubscriptionRenewed", "CancellationScheduled", "ChangeRequested"]
        assert account.change is not None
        assert account.change.kind == "cancel"

    def test_a_renewal_seen_before_the_cancellation_does_not_undo_it(self) -> None:
        account = subscribed()
        account.request_cancel("cancel_1", NOW)
        account.observe(sight("sub_1", "grace", 5, cancel_at=MONTH_END))
        account.confirm_change("cancel_1", IN_PLACE, None, NOW)
        account.observe(sight("sub_1", "active", 4))
        assert account.live is not None
        assert account.live.status == "grace"


class TestResume:
    def test_only_what_is_about_to_end_is_resumed(self) -> None:
        with pytest.raises(CannotResume):
            subscribed().check_resume(IN_PLACE)

    def test_what_has_ended_is_not(self) -> None:
        account = subscribed()
        account.observe(sight("sub_1", "cancelled", 2))
        with pytest.raises(CannotResume):
            account.check_resume(IN_PLACE)

    def test_a_gateway_without_it_never_does(self) -> None:
        account = subscribed(rules=HOSTED)
        account.request_cancel("cancel_1", NOW)
        account.confirm_change("cancel_1", HOSTED, None, NOW)
        with pytest.raises(CannotResume):
            account.check_resume(HOSTED)

    def test_the_portal_may_do_it_too(self) -> None:
        account = subscribed()
        account.observe(sight("sub_1", "grace", 2, cancel_at=MONTH_END))
        taken(account)
        account.observe(sight("sub_1", "active", 3))
        assert taken(account) == ["SubscriptionResumed"]


class TestSwap:
    def test_at_the_next_cycle_the_old_plan_holds_until_then(self) -> None:
        account = subscribed()
        account.request_swap("swap_1", TEAM, "next_cycle", IN_PLACE, NOW)
        account.confirm_change("swap_1", IN_PLACE, MONTH_END, NOW)
        assert account.live is not None
        assert (account.live.plan, account.live.next_plan) == ("pro", "team")
        taken(account)
        account.observe(
            sight(
                "sub_1",
                "active",
                32,
                price=TEAM.price.money,
                price_ref="price_team",
                period_end=MONTH_END + 30 * DAY,
            )
        )
        assert taken(account) == ["PlanSwapped", "SubscriptionRenewed"]
        assert (account.live.plan, account.live.next_plan) == ("team", None)

    def test_what_is_about_to_end_is_resumed_first(self) -> None:
        account = subscribed()
        account.observe(sight("sub_1", "grace", 2, cancel_at=MONTH_END))
        with pytest.raises(CancellationPending):
            account.check_swap("team", IN_PLACE)

    def test_a_refused_one_leaves_no_trace_of_the_intent(self) -> None:
        account = subscribed()
        account.request_swap("swap_1", TEAM, "prorate", IN_PLACE, NOW)
        account.refuse_change("swap_1", "gateway_rejected: no", NOW)
        assert account.change is None
