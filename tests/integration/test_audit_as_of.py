"""As-of answers against a fresh system that was fed only what had happened, and was known, by
then: the other read models and metering's own limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import addons, billing, metering
from contracts.envelope import Envelope, EventData
from kernel.clock import utc_clock
from kernel.month import Month
from projections.audit_trail.as_of import AsOf, PointInTime
from projections.audit_trail.figures import Fact, Figures
from projections.plan_subscriptions.projector import READ_MODEL as SUBSCRIPTIONS
from projections.plan_subscriptions.queries import row_of
from projections.purchase_history.projector import READ_MODEL as PURCHASES
from projections.usage_counters.projector import READ_MODEL as USAGE
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.readmodels.definition import ReadSide
from services.metering.application.plan_assignments import PlanAssignments, changes_since
from services.metering.application.recorder import UsageStore
from services.metering.policies import apply_policies
from tests.support.audit_history import (
    START,
    History,
    conversation,
    message,
    plan_created,
    purchase,
    read_side,
    record,
    subscription,
    usage,
)
from tests.support.postgres import fresh_database

WORKSPACES = ("acme", "globex")
STATUSES = ("active", "past_due", "grace", "suspended", "cancelled")
TABLES = (
    "plan_subscriptions, plan_subscriptions_plans, plan_subscriptions_checkouts, usage_months, "
    "usage_days, usage_thresholds, purchase_history, metering_plans, metering_default_plans, "
    "metering_workspace_plans, audit_trail, audit_trail_usage, audit_trail_chains, "
    "audit_trail_checkpoints"
)


@dataclass
class Fresh:
    """A system that begins with nothing, beside the ledger."""

    side: ReadSide
    metering: Database

    def empty(self) -> None:
        with self.metering.transaction(commit=True) as cursor:
            cursor.execute("SET LOCAL search_path TO metering, projections, pg_catalog")
            cursor.execute(f"TRUNCATE {TABLES}".encode())

    def feed(self, events: Sequence[Envelope]) -> None:
        with self.side.database.transaction(commit=True) as cursor:
            for model in (SUBSCRIPTIONS, PURCHASES, USAGE):
                model.handle(cursor, [e for e in events if e.service in model.services])
        with self.metering.transaction(commit=True) as cursor:
            apply_policies(cursor, [event for event in events if event.service == "billing"])

    def plans(self) -> PlanAssignments:
        book = PlanAssignments(utc_clock)
        book.apply(changes_since(self.metering, 0))
        return book

    def usage(self, workspace: str) -> dict[str, dict[str, int]]:
        rows = self.side.database.rows(
            "SELECT month, metric, count FROM usage_months WHERE workspace = %s ORDER BY month",
            (workspace,),
        )
        months: dict[str, dict[str, int]] = {}
        for row in rows:
            months.setdefault(row["month"], {"message": 0, "conversation": 0})
            months[row["month"]][row["metric"]] = row["count"]
        return months

    def purchases(self, workspace: str) -> list[tuple[str, str]]:
        rows = self.side.database.rows(
            "SELECT purchase_id, status FROM purchase_history WHERE workspace_id = %s ORDER BY 1",
            (workspace,),
        )
        return [(row["purchase_id"], row["status"]) for row in rows]


@pytest.fixture(scope="module")
def fresh(postgres_url: str) -> Iterator[Fresh]:
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(postgres_url))
        side = stack.enter_context(read_side(url))
        for model in (SUBSCRIPTIONS, PURCHASES, USAGE):
            Schema(side.database, model.tables).migrate()
        database = stack.enter_context(Database(url, "metering", ids="uuid"))
        UsageStore(database).migrate()
        yield Fresh(side, database)


def limits_changed(slug: str, conversations: int, messages: int | None, apply_to: Any) -> EventData:
    return billing.PlanLimitsChanged(
        slug=slug,
        apply_to=apply_to,
        family=None,
        monthly_conversations=conversations,
        monthly_messages=messages,
        max_tokens_per_response=None,
        features={},
        limits={},
    )


def subscription_event(workspace: str, plan: str, status: str) -> EventData:
    whole = subscription(workspace, plan=plan, status=status)
    return billing.SubscriptionAmended(workspace_id=workspace, subscription=whole)


def purchase_event(workspace: str, number: int, status: str) -> EventData:
    whole = purchase(workspace, purchase_id=f"{workspace}-{number}", status=status)
    kind = addons.AddonPaid if status == "paid" else addons.AddonPurchaseStarted
    return kind(workspace_id=workspace, purchase=whole)


def test_what_is_told_late_across_a_month_s_end_is_right_by_both_times(
    postgres_url: str,
) -> None:
    """A payment fails ten seconds before December and is told fifteen seconds into it; a message is
    counted for November and recorded in December."""
    december = datetime(2026, 12, 1, tzinfo=UTC)

    def seconds(count: float) -> datetime:
        return december + timedelta(seconds=count)

    history = History()
    history.add(subscription_event("acme", "pro", "active"))
    failed = subscription_event("acme", "pro", "past_due")
    history.add(failed, at=seconds(-10), recorded_at=seconds(15))
    history.add(message("m1"), at=seconds(-5), recorded_at=seconds(20))
    with fresh_database(postgres_url) as url, read_side(url) as side:
        record(side, *history.events)

        def told(at: float, known_at: float) -> tuple[str, list[tuple[str, int]]]:
            answer = AsOf(side.database, "acme", PointInTime(seconds(at), seconds(known_at)))
            usage = [(month, counts["message"]) for month, counts in answer.usage().items()]
            found = answer.subscription()
            assert found is not None
            return found["status"], [each for each in usage if each[1]]

        assert told(-11, 60) == ("active", [])
        assert told(-10, 60) == ("past_due", [])
        assert told(-5, 60) == ("past_due", [("2026-11", 1)])
        assert told(60, 60) == ("past_due", [("2026-11", 1)])
        assert told(0, 0) == ("active", [])
        assert told(60, 14) == ("active", [])
        assert told(60, 15) == ("past_due", [])
        assert told(60, 20) == ("past_due", [("2026-11", 1)])


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
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
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

    def test_what_changed_for_new_subscribers_alone_is_not_for_those_before(
        self, fresh: Fresh
    ) -> None:
        history = history_of([])
        history.add(subscription_event("acme", "pro", "active"))
        history.add(limits_changed("pro", 1, 7, "new_subscribers"))
        history.add(subscription_event("acme", "pro", "past_due"))
        history.add(subscription_event("globex", "pro", "active"))
        fresh.empty()
        record(fresh.side, *history.events)
        point = PointInTime(history.now, history.now)
        limits = {
            workspace: AsOf(fresh.side.database, workspace, point).answer()["entitlements"]
            for workspace in WORKSPACES
        }
        assert limits["acme"]["messages"]["limit"] == 3
        assert limits["globex"]["messages"]["limit"] == 7

    @settings(
        max_examples=60,
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

    def test_figures_of_all_events_are_those_of_the_last_moment(self, fresh: Fresh) -> None:
        """The fold that an exported bundle is checked by, against the ledger."""
        fresh.empty()
        history = History()
        history.add(plan_created("free", is_default=True))
        for number in range(5):
            history.add(message(f"m{number}"))
        history.add(subscription_event("acme", "pro", "active"))
        history.add(purchase_event("acme", 1, "paid"))
        record(fresh.side, *history.events)
        figures = Figures.of(
            Fact(event.type, event.data.model_dump(mode="json")) for event in history.events
        ).as_json()
        now = history.now
        answer = AsOf(fresh.side.database, "acme", PointInTime(now, now)).answer()
        answer["subscription"].pop("event")
        answer["purchases"][0].pop("event")
        assert figures["subscription"] == answer["subscription"]
        assert figures["purchases"] == answer["purchases"]
        assert figures["usage"] == {"2026-11": {"message": 5, "conversation": 0}}

    def test_a_failure_told_late_across_the_months_end_is_known_only_later(
        self, fresh: Fresh
    ) -> None:
        fresh.empty()
        history, month_end = History(), datetime(2026, 12, 1, tzinfo=START.tzinfo)
        history.add(subscription_event("acme", "pro", "active"))
        failed_at, told = month_end - timedelta(seconds=10), month_end + timedelta(seconds=15)
        failed = subscription_event("acme", "pro", "past_due")
        history.add(failed, at=failed_at, recorded_at=told)
        record(fresh.side, *history.events)
        for at, known_at, status in (
            (failed_at, told, "past_due"),
            (month_end, month_end, "active"),
            (month_end, told, "past_due"),
            (failed_at - timedelta(seconds=1), told, "active"),
        ):
            answer = AsOf(fresh.side.database, "acme", PointInTime(at, known_at)).answer()
            assert answer["subscription"]["status"] == status, (at, known_at)

    @pytest.mark.slow
    def test_answers_within_200_milliseconds_for_100_000_events(self, fresh: Fresh) -> None:
        fresh.empty()
        record(fresh.side, *History().events)
        events = usage(100_000)
        for start in range(0, len(events), 5_000):
            record(fresh.side, *events[start : start + 5_000])
        now = events[-1].recorded_at
        for part in (1.0, 0.5, 0.001):
            at = START + (now - START) * part
            best = min(self.seconds(fresh, at, now) for _ in range(5))
            assert best < 0.2

    def seconds(self, fresh: Fresh, at: datetime, known_at: datetime) -> float:
        began = perf_counter()
        answer = AsOf(fresh.side.database, "acme", PointInTime(at, known_at)).answer()
        assert answer["usage"]
        return perf_counter() - began
