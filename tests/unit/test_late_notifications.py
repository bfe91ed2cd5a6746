"""What a late notification tells happened when the gateway says, as far as that can be true."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.billing.domain.account import events
from services.billing.domain.account.observation import Observation
from services.billing.domain.account.observe import decide_observe
from tests.support.accounts import DAY, MONTH_END, NOW, PRO, checked_out, observation, subscribed

FAILED_AT = MONTH_END - timedelta(seconds=10)
TOLD = MONTH_END + timedelta(seconds=15)


def failed(told_at: datetime | None, read_at: datetime = TOLD) -> Observation:
    shown = observation("sub_1", "past_due", 1, at=read_at, fetched_at=read_at)
    return replace(shown, told_at=told_at)


def dated(observed: Observation, seen: datetime | None = None) -> datetime:
    [event] = decide_observe(subscribed().state, observed, seen)
    assert isinstance(event, events.PaymentFailed)
    assert event.seen_at == observed.snapshot.fetched_at
    return event.timestamp


def test_a_failure_told_across_the_months_end_is_of_the_month_that_it_happened_in() -> None:
    assert dated(failed(FAILED_AT)) == FAILED_AT


def test_what_nobody_told_happened_when_it_was_seen() -> None:
    assert dated(failed(None)) == TOLD


@pytest.mark.parametrize("told_at", [NOW, NOW + DAY, TOLD + timedelta(seconds=1)])
def test_nothing_happened_before_the_last_look_nor_later_than_now(told_at: datetime) -> None:
    assert dated(failed(told_at)) == TOLD


def test_a_look_that_made_no_event_counts_too() -> None:
    assert dated(failed(FAILED_AT), seen=FAILED_AT + timedelta(seconds=1)) == TOLD
    assert dated(failed(FAILED_AT), seen=FAILED_AT - timedelta(seconds=1)) == FAILED_AT


def test_a_subscription_began_when_its_first_notification_says() -> None:
    first = replace(observation("sub_1", "active", 1, at=TOLD, fetched_at=TOLD), told_at=FAILED_AT)
    [subscribed_to, *_] = decide_observe(checked_out("chk_1", PRO).state, first, TOLD)
    assert isinstance(subscribed_to, events.PlanSubscribed)
    assert subscribed_to.timestamp == FAILED_AT
