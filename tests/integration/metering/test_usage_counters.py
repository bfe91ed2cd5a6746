"""The read model equals an independent count of what was sent."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from contracts import billing as published
from contracts.envelope import Envelope
from runtime.readmodels.rebuild import rebuild
from tests.integration.metering.conftest import Own
from tests.support.metering_caller import Caller, caller, service_token
from tests.support.metering_plans import Billing
from tests.support.metering_service import COUNTERS, MeteringService
from tests.support.waiting import wait_until, wait_until_applied


def billing_knows(workspace: str) -> Envelope:
    """An hour later it has another plan."""
    body = published.PlanAssigned.model_construct(workspace_id=workspace)
    at = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
    return Envelope.model_construct(service="billing", sequence=1, data=body, time=at)


class TestUsageCounters:
    def test_days_months_and_agents_add_up(self, host: Caller) -> None:
        answer = host.http.post(
            "/v1/metering/events",
            json={
                "events": [
                    host.event("m1", agent_id="anna", occurred_at="2026-11-01T00:00:00Z"),
                    host.event("m2", agent_id="anna", occurred_at="2026-11-01T23:59:59.999Z"),
                    host.event("m3", agent_id="bert", occurred_at="2026-11-02T00:00:00Z"),
                    host.event("c1", "conversation", occurred_at="2026-11-02T00:00:00Z"),
                    host.event("m4", occurred_at="2026-10-31T23:59:59.999Z"),
                    host.event("m1", agent_id="bert"),
                ]
            },
        )
        shown = host.usage(answer.headers["x-event-position"])
        assert (shown["period"], shown["messages"], shown["conversations"]) == ("2026-11", 3, 1)
        assert len(shown["daily"]) == 30
        assert shown["daily"][:2] == [
            {"date": "2026-11-01", "messages": 2, "conversations": 0},
            {"date": "2026-11-02", "messages": 1, "conversations": 1},
        ]
        assert shown["agents"] == [
            {"agent_id": "anna", "messages": 2, "conversations": 0},
            {"agent_id": "bert", "messages": 1, "conversations": 0},
        ]
        previous = shown["previous"]
        assert (previous["period"], previous["messages"]) == ("2026-10", 1)
        assert previous["daily"][30]["messages"] == 1

    def test_the_platform_sees_who_is_near_a_limit_and_who_is_unknown(
        self, origin: str, shared_metering: MeteringService, billing: Billing, host: Caller
    ) -> None:
        billing.limit(host, messages=5)
        host.report(*(host.event(f"m{number}") for number in range(4)))
        host.report(host.event("c1", "conversation"))
        wait_until(lambda: host.usage()["thresholds"] != [], "80 % were reached")
        with caller(origin, service_token("support")) as support:

            def rows(**query: object) -> list[dict[str, Any]]:
                asked: dict[str, Any] = {"q": host.ws, **query}
                answer = support.http.get("/v1/projections/usage", params=asked)
                assert answer.status_code == 200, answer.text
                shown: list[dict[str, Any]] = answer.json()["data"]
                return [row for row in shown if row["workspace_id"] == host.ws]

            [row] = rows(near=80)
            assert (row["messages"], row["conversations"], row["is_known"]) == (4, 1, False)
            assert [(near["meter"], near["percent"]) for near in row["near"]] == [("message", 80)]
            assert rows(near=100) == []
            assert rows(known=False) == [row]
            assert rows(known=True) == []
            assert rows(period="2026-10") == []
            told = support.http.get("/v1/projections/usage?format=csv")
            assert told.headers["content-type"].startswith("text/csv")
            changed = billing_knows(host.ws)
            with shared_metering.database.transaction(commit=True) as cursor:
                COUNTERS.handle(cursor, [changed])
            assert rows(known=True) == [{**row, "is_known": True, "near": []}]

    def test_an_unreadable_period_is_refused(self, host: Caller) -> None:
        path = f"/v1/projections/workspaces/{host.ws}/usage"
        answer = host.http.get(path, params={"period": "2026-13"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation_failed")

    def test_a_rebuild_gives_the_same_rows(self, own: Own) -> None:
        chosen = random.Random(7)
        counted: Counter[str] = Counter()
        events = []
        for number in range(500):
            day = f"2026-11-{chosen.randint(1, 20):02d}"
            metric = chosen.choice(("message", "conversation"))
            agent = chosen.choice(("anna", "bert", None))
            noon = f"{day}T12:00:00Z"
            more = {} if agent is None else {"agent_id": agent}
            events.append(own.host.event(str(number), metric, occurred_at=noon, **more))
            counted[f"{metric} {day} {agent or ''}"] += 1
        own.host.report(*events, *chosen.choices(events, k=200))
        wait_until_applied(
            own.metering.positions, "usage_counters", "metering", own.metering.store.head()
        )

        def rows() -> dict[str, int]:
            return {
                f"{row['metric']} {row['day']} {row['agent']}": row["count"]
                for row in own.metering.database.rows("SELECT * FROM usage_days")
            }

        assert rows() == counted
        rebuild(COUNTERS, own.metering.positions, {"metering": own.metering.publisher})
        assert rows() == counted
