"""The read model equals an independent count of what was sent."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from contracts import billing as published
from contracts.envelope import Envelope, EventData
from runtime.readmodels.rebuild import rebuild
from tests.integration.metering.conftest import Own
from tests.support.metering_caller import Caller, caller, service_token
from tests.support.metering_plans import Billing
from tests.support.metering_service import COUNTERS, MeteringService
from tests.support.waiting import wait_until, wait_until_applied

HOUR = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


def heard(
    metering: MeteringService, body: EventData, sequence: int = 1, at: datetime = HOUR
) -> None:
    """By the read model, from billing."""
    event = Envelope.model_construct(service="billing", sequence=sequence, data=body, time=at)
    with metering.database.transaction(commit=True) as cursor:
        COUNTERS.handle(cursor, [event])


def moved(workspace: str, plan: str) -> published.PlanAssigned:
    subscription = published.Subscription.model_construct(plan=plan, status="active", quantity=1)
    return published.PlanAssigned.model_construct(workspace_id=workspace, subscription=subscription)


def limited(plan: str, **more: Any) -> published.PlanLimitsChanged:
    facts = {"slug": plan, "monthly_conversations": 10, "monthly_messages": 100, **more}
    return published.PlanLimitsChanged.model_validate(
        {"family": None, "max_tokens_per_response": None, "features": {}, "limits": {}, **facts}
    )


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
            heard(shared_metering, moved(host.ws, "other"))
            assert rows(known=True) == [{**row, "is_known": True, "near": []}]

    def test_limits_are_those_of_the_plan_at_the_month_s_end(
        self, shared_metering: MeteringService, host: Caller
    ) -> None:
        october = datetime(2026, 10, 5, tzinfo=UTC)
        ws, plan = host.ws, f"plan-of-{host.ws}"
        heard(shared_metering, limited(plan, monthly_conversations=3), 10, october)
        heard(shared_metering, moved(ws, plan), 11, october)
        heard(shared_metering, limited(plan, apply_to="new_subscribers"), 12)
        host.report(host.event("c1", "conversation"), host.event("m1"), host.event("m2"))
        shown = host.usage(f"metering:{shared_metering.store.head()}")
        assert shown["limits"] == {"conversations": 3, "messages": 100}
        assert shown["remaining"] == {"conversations": 2, "messages": 98}
        raised = {"quotas": {"message": {"limit": None, "mode": "hard"}}, "until": None}
        overrides = {"workspace_id": ws, "limits": {}, "features": {}, **raised}
        heard(shared_metering, published.WorkspaceOverridesChanged.model_validate(overrides), 13)
        assert host.usage()["limits"] == {"conversations": 3, "messages": None}
        past = host.usage(period="2026-10")
        assert past["limits"] == {"conversations": 3, "messages": 100}
        assert past["remaining"] == {"conversations": 3, "messages": 100}
        heard(shared_metering, moved(ws, "of-which-nothing-is-known"), 14)
        assert host.usage()["limits"]["conversations"] is None

    def test_meters_show_what_metering_says_is_left_of_their_quota(
        self, origin: str, shared_metering: MeteringService, billing: Billing, host: Caller
    ) -> None:
        with caller(origin, service_token("super_admin")) as admin:
            body = {"unit": "tokens", "aggregation": "sum"}
            admin.http.put("/v1/metering/meters/tokens", json=body).raise_for_status()
        wait_until(lambda: "tokens" in host.entitlements()["meters"], "the meter is known")
        quotas = {"tokens": {"limit": 1000, "mode": "hard"}}
        billing.limit(host, quotas=quotas)
        heard(shared_metering, limited(f"plan-of-{host.ws}", quotas=quotas), 20)
        heard(shared_metering, moved(host.ws, f"plan-of-{host.ws}"), 21)

        def agree(*expected: int) -> None:
            told = host.entitlements()["meters"]["tokens"]
            [shown] = host.usage(f"metering:{shared_metering.store.head()}")["meters"]
            assert shown["remaining"] == told["remaining"] - told["credits"] + told["overdrawn"]
            assert (shown["value"], shown["limit"], shown["remaining"]) == expected

        agree(0, 1000, 1000)
        assert host.use("u1", 300).status_code == 201
        assert host.grant("g1", 50).status_code == 201
        assert host.reserve("r1", 720).status_code == 201
        agree(300, 1000, 0)
        assert host.settle("r1", 600).status_code == 200
        agree(900, 1000, 100)
        assert host.correct("k1", "u1", 0).status_code == 201
        agree(600, 1000, 400)
        wait_until(lambda: host.usage()["thresholds"] != [], "80 % were reached")
        [reached] = host.usage()["thresholds"]
        assert (reached["metric"], reached["percent"], reached["used"]) == ("tokens", 80, 900)

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
