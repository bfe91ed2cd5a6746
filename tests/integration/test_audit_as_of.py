"""As-of answers for histories by hand, and how long they take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest

from contracts import billing
from projections.audit_trail.as_of import AsOf, PointInTime
from projections.audit_trail.figures import Fact, Figures
from tests.support.audit_history import (
    START,
    History,
    message,
    plan_created,
    read_side,
    record,
    usage,
)
from tests.support.fresh_system import (
    WORKSPACES,
    Fresh,
    fresh_system,
    limits_changed,
    purchase_event,
    subscription_event,
)
from tests.support.postgres import fresh_database


@pytest.fixture(scope="module")
def fresh(postgres_url: str) -> Iterator[Fresh]:
    with fresh_system(postgres_url) as opened:
        yield opened


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


class TestAsOf:
    def test_what_changed_for_new_subscribers_alone_is_not_for_those_before(
        self, fresh: Fresh
    ) -> None:
        history = History()
        history.add(plan_created("free", is_default=True))
        history.add(plan_created("pro", monthly_messages=3))
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

    def test_nothing_was_had_while_a_pause_blocked(self, fresh: Fresh) -> None:
        history = History()
        history.add(plan_created("free", is_default=True, monthly_messages=3))
        pause = billing.Pause(kind="subscription", resumes_at=None, blocks=True)
        history.add(subscription_event("acme", "pro", "paused", paused=pause))
        history.add(subscription_event("globex", "pro", "paused"))
        fresh.empty()
        record(fresh.side, *history.events)
        point = PointInTime(history.now, history.now)
        limits = [
            AsOf(fresh.side.database, each, point).answer()["entitlements"]["messages"]["limit"]
            for each in ("acme", "globex")
        ]
        assert limits == [0, 3]

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
