"""As-of answers against a fresh system that was fed only what had happened, and was known, by
then: the other read models and metering's own limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import billing, metering
from contracts.envelope import Envelope, EventData
from kernel.month import Month
from projections.audit_trail.as_of import AsOf, PointInTime
from projections.plan_subscriptions.queries import row_of
from tests.support.audit_history import (
    History,
    conversation,
    message,
    plan_created,
    record,
)
from tests.support.fresh_system import (
    WORKSPACES,
    Fresh,
    fresh_system,
    limits_changed,
    purchase_event,
    subscription_event,
)
from tests.support.rounds import rounds

STATUSES = ("active", "past_due", "grace", "suspended", "cancelled")


@pytest.fixture(scope="module")
def fresh(postgres_url: str) -> Iterator[Fresh]:
    with fresh_system(postgres_url) as opened:
        yield opened


workspaces = st.sampled_from(WORKSPACES)
numbers = st.integers(0, 3)
facts = st.one_of(
    st.builds(
        limits_changed,
        st.sampled_from(["free", "pro"]),
        numbers,
        st.none() | numbers,
        st.sampled_from(["everyone", "new_subscribers"]),
    ),
    st.builds(
        subscription_event, workspaces, st.sampled_from(["pro", "free"]), st.sampled_from(STATUSES)
    ),
    st.builds(purchase_event, workspaces, numbers, st.sampled_from(["pending", "paid"])),
    st.builds(billing.PlanMadeDefault, slug=st.sampled_from(["free", "pro"]), previous=st.none()),
    st.tuples(st.just("message"), workspaces),
    st.tuples(st.just("conversation"), workspaces),
    st.tuples(st.just("start"), workspaces, st.integers(1, 90)),
    st.tuples(st.just("release"), workspaces, numbers),
)
steps = st.tuples(
    facts,
    st.sampled_from([1, 60, 1_800, 3_600, 90_000, 20 * 86_400]),  # seconds until it is recorded
    st.sampled_from([0, 0, 0, 5, 3_000, 100_000]),  # seconds that it is late
)


def history_of(generated: Sequence[tuple[Any, int, int]]) -> History:
    history = History()
    history.add(plan_created("free", is_default=True, monthly_conversations=2))
    history.add(plan_created("pro", monthly_messages=3))
    for number, (fact, pause, lateness) in enumerate(generated):
        recorded = history.now + timedelta(seconds=pause)
        at = recorded - timedelta(seconds=lateness)
        data = fact if isinstance(fact, EventData) else _usage_fact(number, fact, at)
        history.add(data, at=at, recorded_at=recorded)
    return history


def _usage_fact(number: int, fact: tuple[Any, ...], at: datetime) -> EventData:
    kind, workspace = fact[:2]
    month = f"{at:%Y-%m}"
    if kind == "message":
        return message(f"m{number}", workspace, month)
    if kind == "conversation":
        return conversation(f"c{number % 4}", workspace, month)
    if kind == "start":
        return metering.ConversationStarted(
            workspace_id=workspace,
            usage_id=f"c{number % 4}",
            month=month,
            agent_id=None,
            hold_expires_at=at + timedelta(minutes=fact[2]),
        )
    return metering.ConversationReleased(
        workspace_id=workspace, usage_id=f"c{fact[2]}", month=month, reason="released"
    )


def held(events: Sequence[Envelope], workspace: str, at: datetime) -> int:
    """Started in the month of `at`, neither complete nor released since, nor run out."""
    own = [event for event in events if event.subject == workspace]
    count = 0
    for index, event in enumerate(own):
        start = event.data
        if isinstance(start, metering.ConversationStarted) and start.hold_expires_at > at:
            settled = any(
                isinstance(later.data, metering.ConversationMetered | metering.ConversationReleased)
                and later.data.usage_id == start.usage_id
                for later in own[index + 1 :]
            )
            count += not settled and start.month == f"{at:%Y-%m}"
    return count


class TestAsOf:
    @settings(
        max_examples=rounds(60),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.lists(steps, max_size=14), st.integers(0, 16), st.integers(0, 16), st.integers(-1, 1))
    def test_equals_a_fresh_system_fed_only_what_had_happened_and_was_known(
        self,
        fresh: Fresh,
        generated: list[tuple[Any, int, int]],
        happened: int,
        known: int,
        microseconds: int,
    ) -> None:
        events = history_of(generated).events
        shift = timedelta(microseconds=microseconds)
        at = events[min(happened, len(events) - 1)].time + shift
        known_at = events[min(known, len(events) - 1)].recorded_at
        fresh.empty()
        record(fresh.side, *events)
        lawful = [e for e in events if e.time <= at and e.recorded_at <= known_at]
        fresh.feed(lawful)
        for workspace in WORKSPACES:
            answer = AsOf(fresh.side.database, workspace, PointInTime(at, known_at)).answer()
            self.compare(fresh, lawful, workspace, at, answer)

    def compare(
        self,
        fresh: Fresh,
        lawful: Sequence[Envelope],
        workspace: str,
        at: datetime,
        answer: dict[str, Any],
    ) -> None:
        row = row_of(fresh.side.database, workspace)
        shown = answer["subscription"]
        assert (shown is None) == (row is None)
        if row is not None:
            assert {name: shown[name] for name in ("plan", "status", "price_cents")} == {
                name: row[name] for name in ("plan", "status", "price_cents")
            }
        assert {m.pop("month"): m for m in answer["usage"]} == fresh.usage(workspace)
        purchases = [(each["purchase_id"], each["status"]) for each in answer["purchases"]]
        assert purchases == fresh.purchases(workspace)
        self.compare_limits(fresh, lawful, workspace, at, answer["entitlements"])

    def compare_limits(
        self,
        fresh: Fresh,
        lawful: Sequence[Envelope],
        workspace: str,
        at: datetime,
        shown: dict[str, Any],
    ) -> None:
        plan = fresh.plans().of(workspace)
        assert shown["plan"] == (plan.slug or None)
        assert shown["limits_set_by"] == (plan.source or None)
        assert shown["max_tokens"] == plan.max_tokens
        used = fresh.usage(workspace).get(str(Month.of(at)), {})
        assert shown["messages"]["limit"] == plan.limit_of("message")
        assert shown["conversations"]["limit"] == plan.limit_of("conversation")
        assert shown["messages"]["used"] == used.get("message", 0)
        assert shown["conversations"]["held"] == held(lawful, workspace, at)

    @settings(
        max_examples=rounds(60),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.lists(
            st.tuples(
                st.just(("message", "acme")),
                st.sampled_from([1, 600, 1_500]),
                st.sampled_from([0, 5, 3_000]),
            ),
            min_size=4,
            max_size=30,
        ),
        st.integers(2, 32),
        st.integers(2, 32),
    )
    def test_hours_that_the_moment_cuts_through_are_counted_to_the_event(
        self, fresh: Fresh, generated: list[tuple[Any, int, int]], happened: int, known: int
    ) -> None:
        events = history_of(generated).events
        at = events[min(happened, len(events) - 1)].time
        known_at = events[min(known, len(events) - 1)].recorded_at
        fresh.empty()
        for start in range(0, len(events), 7):
            record(fresh.side, *events[start : start + 7])
        counted = AsOf(fresh.side.database, "acme", PointInTime(at, known_at)).usage()
        assert sum(month["message"] for month in counted.values()) == sum(
            event.type == "metering.MessageMetered.v1"
            and event.time <= at
            and event.recorded_at <= known_at
            for event in events
        )
