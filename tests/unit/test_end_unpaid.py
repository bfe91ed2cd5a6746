"""Access that nobody pays for ends: given, when, then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateways.port import Status
from services.billing.domain.account import events
from services.billing.domain.account.end_unpaid import decide_end_unpaid
from services.billing.domain.account.observe import decide_observe
from services.billing.domain.account.state import Account
from services.billing.domain.erasure import ERASURE, WorkspaceErased, decide_erase
from services.billing.domain.errors import SubscriptionLive
from services.billing.domain.invoice.state import Invoice
from tests.support.accounts import (
    DAY,
    HOSTED,
    IN_PLACE,
    MONTH_END,
    NOW,
    TEAM,
    checked_out,
    observation,
    opened,
    subscribed,
)
from tests.support.decider import Given, given
from tests.support.invoices import invoice
from tests.unit.test_overlap_refunds import known

DECEMBER: dict[str, Any] = {"period_start": MONTH_END, "period_end": MONTH_END + 31 * DAY}
RENEWAL: dict[str, Any] = {"ref": "in_2", "issued_at": MONTH_END, "due_at": MONTH_END}


def unpaid() -> Given[Account]:
    return subscribed().after(decide_observe, observation("sub_1", "past_due", 30, **DECEMBER))


def owed(**facts: Any) -> list[Invoice]:
    return known(invoice("open", **{**RENEWAL, **facts}))


def ended() -> Given[Account]:
    return unpaid().after(decide_end_unpaid, owed(), 21, MONTH_END + 21 * DAY)


class TestEndUnpaid:
    def test_ends_when_the_days_are_over_since_the_invoice_was_due(self) -> None:
        limit = MONTH_END + 21 * DAY
        before = unpaid().when(decide_end_unpaid, owed(), 21, limit - timedelta(seconds=1))
        before.then_nothing()
        unpaid().when(decide_end_unpaid, owed(), 21, limit).then_kinds(
            events.SubscriptionSuspended, events.ChangeRequested
        )
        state = ended().state
        assert state.live is not None
        assert not state.live.has_access
        assert state.change is not None
        assert (state.change.kind, state.change.at_period_end) == ("cancel", False)

    def test_the_oldest_open_invoice_counts(self) -> None:
        older = owed(ref="in_1", due_at=NOW) + owed()
        unpaid().when(decide_end_unpaid, older, 21, MONTH_END).then_kinds(
            events.SubscriptionSuspended, events.ChangeRequested
        )

    def test_what_was_given_up_long_ago_does_not(self) -> None:
        older = known(invoice("uncollectible", due_at=NOW - 300 * DAY)) + owed()
        unpaid().when(decide_end_unpaid, older, 21, MONTH_END + DAY).then_nothing()

    def test_without_an_invoice_it_is_the_period_that_is_not_paid(self) -> None:
        for day, kinds in ((20, 0), (21, 2)):
            decided = unpaid().when(decide_end_unpaid, [], 21, MONTH_END + day * DAY)
            assert len(decided.events) == kinds

    def test_where_the_last_paid_period_is_shown_it_is_the_next_one(self) -> None:
        paid_in_november = subscribed().after(
            decide_observe, observation("sub_1", "past_due", 30, capabilities=HOSTED)
        )
        for day, kinds in ((20, 0), (21, 2)):
            decided = paid_in_november.when(decide_end_unpaid, [], 21, MONTH_END + day * DAY)
            assert len(decided.events) == kinds

    @pytest.mark.parametrize("status", ["active", "trialing", "suspended", "paused"])
    def test_nothing_happens_to_what_is_not_past_due(self, status: Status) -> None:
        other = subscribed().after(decide_observe, observation("sub_1", status, 2))
        other.when(decide_end_unpaid, owed(), 0, MONTH_END + 99 * DAY).then_nothing()

    def test_is_decided_once(self) -> None:
        ended().when(decide_end_unpaid, owed(), 21, MONTH_END + 22 * DAY).then_nothing()


class TestAfterwards:
    def test_the_gateways_word_gives_no_access_back(self) -> None:
        still = observation("sub_1", "past_due", 60, **DECEMBER)
        ended().when(decide_observe, still).then_nothing()

    def test_the_gateways_confirmation_ends_it_for_good(self) -> None:
        for capabilities in (IN_PLACE, HOSTED):
            over = observation("sub_1", "cancelled", 60, capabilities=capabilities, **DECEMBER)
            subscription = ended().after(decide_observe, over).state.subscription
            assert subscription is not None
            assert subscription.has_ended

    def test_a_payment_before_that_keeps_it(self) -> None:
        paid = ended().after(decide_observe, observation("sub_1", "active", 60, **DECEMBER)).state
        assert paid.change is None
        assert paid.live is not None
        assert (paid.live.status, paid.live.overdue) == ("active", False)


class TestErase:
    def test_is_refused_while_a_gateway_charges(self) -> None:
        none = given(ERASURE)
        none.when(decide_erase, subscribed().state, "acme", NOW).then_refused(SubscriptionLive)

    def test_is_refused_while_a_superseded_one_may_still_charge(self) -> None:
        second = observation("sub_2", "active", 2, agreed=TEAM)
        both = checked_out("chk_2", TEAM, before=subscribed()).after(decide_observe, second)
        both = both.after(decide_observe, observation("sub_2", "cancelled", 3, agreed=TEAM))
        given(ERASURE).when(decide_erase, both.state, "acme", NOW).then_refused(SubscriptionLive)

    def test_is_done_where_nothing_is_charged_any_more(self) -> None:
        ending = observation("sub_1", "grace", 2, cancel_at=MONTH_END)
        for account in (None, opened().state, subscribed().after(decide_observe, ending).state):
            given(ERASURE).when(decide_erase, account, "acme", NOW).then_kinds(WorkspaceErased)
