"""What declared meters are measured against: credits, corrections, entitlements, counters."""

from __future__ import annotations

import pytest

from contracts.billing import Pause
from tests.integration.metering.conftest import Own
from tests.support.metering_caller import Caller
from tests.support.metering_plans import Billing
from tests.support.meters import declare, figures, quota, slugs
from tests.support.waiting import wait_until


@pytest.mark.usefixtures("tokens")
class TestCredits:
    def test_are_granted_once_and_shown_by_grant(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, quotas=quota(0))
        assert host.grant("g1", 50, priority=5).status_code == 201
        assert host.grant("g1", 50).status_code == 200
        host.use("turn-1", 20)
        shown = host.credits()
        [balance] = [each for each in shown["balances"] if each["meter"] == "tokens"]
        assert (balance["free"], balance["grants"][0]["free"]) == (30, 30)
        assert [entry["type"] for entry in shown["data"]] == ["UsageRecorded", "CreditsGranted"]
        for entry in shown["data"]:
            assert sum(posting["amount"] for posting in entry["postings"]) == 0

    def test_have_a_ledger_by_pages_with_what_a_position_names(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, quotas=quota(0))
        host.grant("g1", 50)
        for number in range(4):
            host.use(f"turn-{number}", 1)
        made = host.http.post(host.path("grants/g1/revoke"))
        asked = {"after": made.headers["x-event-position"], "limit": "2"}
        pages: list[list[str]] = []
        cursor: str | None = ""
        while cursor is not None:
            answer = host.http.get(host.path("credits"), params={**asked, "cursor": cursor})
            pages.append([entry["id"] for entry in answer.json()["data"]])
            cursor = answer.json()["next"]
        assert pages == [["g1", "turn-3"], ["turn-2", "turn-1"], ["turn-0", "g1"]]
        for wrong in ({"after": "metering:x"}, {"cursor": "-1"}, {"limit": "0"}):
            assert host.http.get(host.path("credits"), params=wrong).status_code == 422

    def test_are_revoked_as_far_as_they_are_unspent(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, quotas=quota(0))
        host.grant("g1", 50)
        host.use("turn-1", 20)
        revoked = host.http.post(host.path("grants/g1/revoke"), json={"reason": "refund"})
        assert revoked.status_code == 200
        assert revoked.json()["data"][0]["status"] == "revoked"
        assert host.use("turn-2", 1).status_code == 429
        assert host.http.post(host.path("grants/g9/revoke")).status_code == 404

    def test_of_a_plan_are_there_from_the_first_look_of_a_month(
        self, host: Caller, billing: Billing
    ) -> None:
        monthly = {"tokens": {"amount": 70, "rollover_months": 0}}
        billing.limit(host, quotas=quota(10), monthly_credits=monthly)
        assert host.can_use(80).json()["credits"] == 70
        assert host.use("turn-1", 81).status_code == 429


@pytest.mark.usefixtures("tokens")
class TestCorrections:
    def test_set_another_value_once(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, quotas=quota(100))
        host.use("turn-1", 100)
        made = host.correct("c1", "turn-1", 40)
        assert (made.status_code, made.json()["value"]) == (201, 40)
        assert figures(made) == (40, 100, 60)
        assert host.correct("c1", "turn-1", 40).status_code == 200
        assert host.use("turn-2", 60).status_code == 201
        assert host.correct("c2", "nothing", 0).json()["error"]["code"] == "usage_not_found"


@pytest.mark.usefixtures("tokens")
class TestEntitlements:
    def test_show_every_feature_and_meter(self, host: Caller, billing: Billing) -> None:
        features = {"remove_branding": True, "seats": 3}
        billing.limit(host, quotas=quota(100), features=features, limits={"agents": 5})
        host.grant("g1", 50)
        host.use("turn-1", 30)
        host.reserve("r1", 20)
        shown = host.entitlements()
        assert (shown["features"], shown["limits"]["agents"]) == (features, 5)
        assert shown["meters"]["tokens"] == {
            "unit": "tokens",
            "used": 30,
            "reserved": 20,
            "limit": 100,
            "mode": "hard",
            "credits": 50,
            "overdrawn": 0,
            "remaining": 100,
        }

    def test_what_a_plan_gives_for_a_unit_is_there_for_each(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, 10, quotas=quota(100), limits={"members": 5, "agents": 2})
        plan = f"plan-of-{host.ws}"
        billing.sell_by_unit(plan, "members", "tokens", "monthly_conversations")
        billing.subscribe(host.ws, plan, quantity=3)
        wait_until(lambda: host.entitlements()["limits"]["conversations"] == 30, "three units")
        shown = host.entitlements()
        assert (shown["limits"]["members"], shown["limits"]["agents"]) == (15, 2)
        assert shown["meters"]["tokens"]["limit"] == 300
        assert host.use("turn-1", 300).status_code == 201
        assert host.explain(host.use("turn-2", 1))["limit"] == 300
        billing.subscribe(host.ws, plan, status="expired")
        billing.subscribe(host.ws, plan)
        wait_until(lambda: host.entitlements()["limits"]["conversations"] == 10, "one unit")

    def test_are_nothing_while_a_pause_blocks(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, 10, quotas=quota(100), limits={"agents": 5})
        plan, pause = f"plan-of-{host.ws}", Pause(kind="subscription", resumes_at=None, blocks=True)
        billing.subscribe(host.ws, plan, status="paused", paused=pause)
        wait_until(lambda: host.entitlements()["limits"]["conversations"] == 0, "it is blocked")
        assert host.can_start().status_code == 429
        assert host.message("m1").status_code == 429
        refused = host.use("turn-1", 1)
        assert (refused.status_code, host.explain(refused)["limit"]) == (429, 0)
        billing.subscribe(host.ws, plan)
        wait_until(lambda: host.can_start().status_code == 200, "it goes on")
        assert host.use("turn-1", 1).status_code == 201

    def test_overrides_hold_instead_of_the_plan_until_they_end(self, own: Own) -> None:
        declare(str(own.host.http.base_url))
        wait_until(lambda: "tokens" in slugs(own.host), "the meter is known")
        own.billing.limit(own.host, 5, quotas=quota(100), limits={"agents": 5})
        own.billing.override(
            own.host,
            quotas={
                "tokens": {"limit": 300, "mode": "hard"},
                "conversation": {"limit": 9, "mode": "hard"},
            },
            limits={"agents": 7},
            features={"beta": True},
            until="2026-11-22T10:10:00Z",
        )
        assert own.host.use("turn-1", 250).status_code == 201
        shown = own.host.entitlements()
        assert (shown["limits"]["agents"], shown["features"]["beta"]) == (7, True)
        assert shown["limits"]["conversations"] == 9
        assert {each["name"]: (each["value"], each["plan"]) for each in shown["overrides"]} == {
            "tokens": (300, 100),
            "conversation": (9, 5),
            "agents": (7, 5),
            "beta": (True, None),
        }
        own.clock.forward(minutes=10)
        shown = own.host.entitlements()
        assert (shown["limits"]["conversations"], shown["overrides"]) == (5, [])
        assert own.host.use("turn-2", 1).status_code == 429


@pytest.mark.usefixtures("tokens")
class TestCounters:
    def test_are_kept_by_day_and_dimension_and_follow_corrections(self, host: Caller) -> None:
        host.use("turn-1", 30, dimensions={"model": "large"})
        host.use("turn-2", 5, dimensions={"model": "small"})
        host.reserve("r1", 50)
        host.settle("r1", 20, dimensions={"model": "small"})
        position = host.correct("c1", "turn-1", 10).headers["x-event-position"]
        [meter] = host.usage(after=position)["meters"]
        assert (meter["meter"], meter["value"]) == ("tokens", 35)
        assert meter["daily"] == [{"date": "2026-11-22", "value": 35}]
        assert [(each["name"], each["value"]) for each in meter["dimensions"]] == [
            ("small", 25),
            ("large", 10),
        ]

    def test_of_too_many_values_the_rest_is_other(self, host: Caller) -> None:
        events = [
            host.event(f"t{n}", "tokens", value=1, dimensions={"model": f"m{n}"})
            for n in range(1_010)
        ]
        for start in (0, 505):
            answer = host.http.post(
                "/v1/metering/events", json={"events": events[start : start + 505]}
            )
            position = answer.headers["x-event-position"]
        [meter] = host.usage(after=position)["meters"]
        [rest] = [each for each in meter["dimensions"] if each["is_rest"]]
        assert (meter["value"], rest["name"], rest["value"]) == (1_010, "other", 10)


class TestGrandfathering:
    def test_limits_for_new_subscribers_alone_leave_the_others_theirs(self, own: Own) -> None:
        own.billing.plan("pro", 10)
        own.billing.subscribe("before", "pro")
        own.billing.plan("pro", 3, apply_to="new_subscribers")
        own.billing.subscribe("after", "pro")

        def limit(workspace: str) -> object:
            shown = Caller(own.host.http, workspace).entitlements()
            return shown["limits"]["conversations"]

        wait_until(lambda: limit("after") == 3, "the new one has the new limits")
        assert limit("before") == 10
        own.billing.plan("pro", 4)
        wait_until(lambda: (limit("before"), limit("after")) == (4, 4), "all have them")
