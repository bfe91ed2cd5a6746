"""Checks, exact messages and everything that a plan decides."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.billing import PlanMadeDefault
from services.metering.domain.events import MessageMetered
from tests.integration.metering.conftest import Own
from tests.support.metering_caller import Caller
from tests.support.metering_plans import Billing
from tests.support.metering_service import MeteringService
from tests.support.waiting import wait_until

PLAN_LIMIT = (
    '{"error": {"code": "plan_limit_reached", "message": "This workspace has reached its monthly '
    'conversation limit. Upgrade to continue."}}'
)
MESSAGE_LIMIT = (
    '{"error": {"code": "message_quota_exceeded", "message": "This workspace has reached its '
    'monthly message limit. Upgrade to continue."}}'
)


def on_plan(host: Caller, plan: str) -> None:
    wait_until(lambda: host.entitlements()["plan"] == plan, f"{host.ws} is on {plan}")


class TestCheckQuota:
    def test_under_the_limit_it_is_allowed_and_says_what_is_left(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, conversations=3)
        host.report(host.event("c1", "conversation"))
        answer = host.can_start()
        assert answer.status_code == 200
        assert answer.json() == {
            "allowed": True,
            "used": 1,
            "limit": 3,
            "remaining": 2,
            "resets_at": "2026-12-01T00:00:00Z",
        }

    def test_at_the_limit_the_refusal_is_exact(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, conversations=1, messages=1)
        host.report(host.event("c1", "conversation"), host.event("m1"))
        start, send = host.can_start(), host.can_send()
        assert (start.status_code, start.text) == (429, PLAN_LIMIT)
        assert (send.status_code, send.text) == (429, MESSAGE_LIMIT)
        assert start.headers["content-type"] == "application/json"
        # From 10:00 on the 22nd to the end of the 30th.
        assert start.headers["retry-after"] == str(8 * 86_400 + 14 * 3_600)
        assert start.headers["x-decision-id"] != send.headers["x-decision-id"]

    def test_a_message_refusal_comes_as_one_sse_frame_when_accepted(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, messages=1)
        host.message("m1")
        refused = host.can_send(accept="text/event-stream")
        assert (refused.status_code, refused.headers["content-type"]) == (429, "text/event-stream")
        assert refused.text == f"event: error\ndata: {MESSAGE_LIMIT}\n\n"
        assert refused.headers["x-decision-id"]
        assert refused.headers["retry-after"]

    def test_without_a_limit_everything_is_allowed(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, conversations=0, messages=None)
        host.report(host.event("c1", "conversation"), host.event("c2", "conversation"))
        answer = host.can_start().json()
        assert (answer["allowed"], answer["limit"], answer["remaining"]) == (True, None, None)
        assert host.can_send().status_code == 200

    def test_refusing_writes_nothing(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, conversations=1, messages=1)
        host.message("m1")
        host.start("c1")
        before = host.message("m1").headers["x-event-position"]
        for number in range(5):
            assert host.message(f"more{number}").status_code == 429
            assert host.start(f"more{number}").status_code == 429
        assert host.message("m1").headers["x-event-position"] == before


class TestPlanChanges:
    def test_an_upgrade_in_mid_month_shows_in_the_next_checks(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, conversations=1)
        host.report(host.event("c1", "conversation"))
        assert host.can_start().status_code == 429
        billing.plan("pro-up", conversations=5)
        billing.subscribe(host.ws, "pro-up")
        on_plan(host, "pro-up")
        assert host.can_start().json()["remaining"] == 4

    def test_a_limit_lowered_below_what_is_used_refuses_and_leaves_nothing(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, conversations=5)
        host.report(*(host.event(name, "conversation") for name in ("c1", "c2", "c3")))
        billing.limit(host, conversations=2)
        assert host.conversations() == (3, 0, 0)
        assert host.can_start().status_code == 429

    def test_the_status_of_the_subscription_decides_the_plan(self, own: Own) -> None:
        host, billing = own.host, own.billing
        billing.plan("free", conversations=1, is_default=True)
        billing.plan("pro", conversations=5)
        on_plan(host, "free")
        for status, plan in (
            ("active", "pro"),
            ("suspended", "free"),
            ("past_due", "pro"),
            ("cancelled", "free"),
            ("grace", "pro"),
            ("expired", "free"),
        ):
            billing.subscribe(host.ws, "pro", status)
            on_plan(host, plan)

    def test_another_default_plan_moves_everybody_without_a_subscription(self, own: Own) -> None:
        own.billing.plan("free", conversations=1, is_default=True)
        own.billing.plan("basic", conversations=2)
        on_plan(own.host, "free")
        own.billing.publish(PlanMadeDefault(slug="basic", previous="free"), "basic")
        on_plan(own.host, "basic")

    def test_before_the_catalogue_has_arrived_nothing_is_refused(self, own: Own) -> None:
        figures = own.host.entitlements()
        assert (figures["plan"], figures["can_start_conversation"]) == (None, True)


class TestEntitlements:
    def test_everything_that_a_host_needs_comes_in_one_call(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(
            host,
            conversations=10,
            messages=100,
            max_tokens_per_response=2000,
            features={"remove_branding": True},
            limits={"agents": 3, "members": None, "integrations": 0},
        )
        host.report(host.event("c1", "conversation"))
        host.start("c2")
        assert host.entitlements() == {
            "workspace_id": host.ws,
            "plan": f"plan-of-{host.ws}",
            "limits": {
                "agents": 3,
                "members": None,
                "integrations": 0,
                "conversations": 10,
                "messages": 100,
            },
            "used": {"conversations": 1, "messages": 0},
            "held": {"conversations": 1, "messages": 0},
            "remaining": {"conversations": 8, "messages": 100},
            "can_start_conversation": True,
            "can_send_message": True,
            "max_tokens": 2000,
            "removes_branding": True,
            "features": {"remove_branding": True},
            "meters": {},
            "overrides": [],
            "period": "2026-11",
            "resets_at": "2026-12-01T00:00:00Z",
        }

    def test_a_plan_without_a_value_answers_with_800_tokens(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host)
        figures = host.entitlements()
        assert (figures["max_tokens"], figures["removes_branding"]) == (800, False)


class TestRecordMessage:
    def test_check_and_record_are_one_step(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, messages=2)
        answers = [host.message(name) for name in ("m1", "m2", "m1", "m3")]
        assert [answer.status_code for answer in answers] == [201, 201, 200, 429]
        first = {"id": "m1", "status": "inserted", "used": 1, "limit": 2, "remaining": 1}
        assert answers[0].json() == first
        again = {**first, "status": "duplicate", "used": 2, "remaining": 0}
        assert answers[2].json() == again
        assert answers[3].text == MESSAGE_LIMIT
        assert host.used() == (0, 2)

    def test_an_event_of_the_batch_endpoint_is_known_to_the_exact_one(self, host: Caller) -> None:
        host.report(host.event("m1"))
        assert host.message("m1").status_code == 200

    def test_in_a_human_takeover_it_counts_and_is_never_refused(
        self, host: Caller, billing: Billing, shared_metering: MeteringService
    ) -> None:
        billing.limit(host, messages=1)
        host.message("m1")
        taken_over: dict[str, Any] = {"conversation_id": "c1", "human_takeover": True}
        assert host.message("m2", **taken_over).status_code == 201
        assert host.message("m2", **taken_over).status_code == 200
        assert host.report(host.event("m3", **taken_over))[0]["status"] == "inserted"
        assert host.message("m4", conversation_id="c1").status_code == 429
        assert host.used() == (0, 3)
        store = shared_metering.store
        told = [
            (event.usage_id, event.conversation_id, event.human_takeover)
            for event in map(store.decode, store.read(0, 10_000))
            if isinstance(event, MessageMetered) and event.workspace == host.ws
        ]
        assert told == [("m1", None, False), ("m2", "c1", True), ("m3", "c1", True)]

    def test_only_messages_are_of_a_conversation(self, host: Caller) -> None:
        [result] = host.report(host.event("c1", "conversation", conversation_id="c2"))
        assert result["status"] == "rejected"

    def test_a_playground_message_is_not_counted(self, host: Caller) -> None:
        answer = host.message("p1", is_playground=True)
        assert (answer.status_code, answer.json()["status"]) == (200, "ignored")
        assert host.used() == (0, 0)

    def test_a_late_message_counts_against_its_own_month(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, messages=1)
        host.message("m1")
        late = {"occurred_at": "2026-10-31T23:59:59.999Z"}
        assert host.message("m2", **late).status_code == 201
        refused = host.message("m3", **late)
        assert refused.status_code == 429
        explained = host.explain(refused)
        assert (explained["month"], explained["used"]) == ("2026-10", 1)

    @pytest.mark.parametrize(
        "body", [{}, {"id": ""}, {"id": 1}, {"id": "m", "occurred_at": "2027-01-01T00:00:00Z"}]
    )
    def test_a_bad_body_is_refused_clearly(self, host: Caller, body: dict[str, object]) -> None:
        answer = host.http.post(host.path("messages"), json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation_failed")
