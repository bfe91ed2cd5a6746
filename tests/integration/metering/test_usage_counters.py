"""The read model equals an independent count of what was sent."""

from __future__ import annotations

import random
from collections import Counter

from projections.usage_counters.projector import READ_MODEL
from runtime.readmodels.rebuild import rebuild
from tests.integration.metering.conftest import Own
from tests.support.metering_caller import Caller
from tests.support.waiting import wait_until_applied


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
        rebuild(READ_MODEL, own.metering.positions, {"metering": own.metering.publisher})
        assert rows() == counted
