"""Reported usage counts once, in the month that it happened in."""

from __future__ import annotations

import json
from collections.abc import Sequence

import httpx
import pytest

from tests.integration.metering.conftest import Own
from tests.support.metering_caller import Caller, caller, service_token
from tests.support.metering_plans import Billing
from tests.support.metering_service import MeteringService


class TestReportEvents:
    def test_an_event_counts_once(self, host: Caller) -> None:
        assert host.report(host.event("m1"), host.event("m1"), host.event("m2")) == [
            {"id": "m1", "status": "inserted"},
            {"id": "m1", "status": "duplicate"},
            {"id": "m2", "status": "inserted"},
        ]
        assert host.report(host.event("m1"))[0]["status"] == "duplicate"
        assert host.used() == (0, 2)

    @pytest.mark.parametrize("known", [[7], [0, 500, 999], range(0, 1000, 10), range(1000)])
    def test_a_large_batch_counts_what_is_new_in_it_once(
        self, host: Caller, known: Sequence[int]
    ) -> None:
        events = [host.event(f"m{number}") for number in range(1000)]
        host.report(*(events[number] for number in known))
        statuses = [result["status"] for result in host.report(*events)]
        repeated = {number for number, status in enumerate(statuses) if status == "duplicate"}
        assert repeated == set(known)
        assert statuses.count("inserted") == 1000 - len(known)
        assert host.used() == (0, 1000)

    def test_positions_grow_in_the_order_sent_whatever_way_events_are_recorded(
        self, host: Caller, shared_metering: MeteringService
    ) -> None:
        before = shared_metering.store.head()
        host.report(*(host.event(f"many{number}") for number in range(300)))
        host.start("held")
        host.report(host.event("few"))
        host.first_turn("held")
        log = shared_metering.store.read(before, 1000)
        ids = [json.loads(event.state).get("usage_id") for event in log]
        assert ids == [*(f"many{number}" for number in range(300)), "held", "few", "held"]
        assert [event.recorded_at for event in log] == sorted(e.recorded_at for e in log)

    def test_the_same_id_counts_for_each_metric_and_each_workspace(self, host: Caller) -> None:
        other = Caller(host.http, f"{host.ws}-other")
        results = host.report(
            host.event("x"), host.event("x", metric="conversation"), other.event("x")
        )
        assert [result["status"] for result in results] == ["inserted"] * 3
        assert (host.used(), other.used()) == ((1, 1), (0, 1))

    def test_the_same_id_with_another_time_is_a_duplicate(self, host: Caller) -> None:
        host.report(host.event("m1"))
        [result] = host.report(host.event("m1", occurred_at="2026-10-01T00:00:00Z"))
        assert result["status"] == "duplicate"

    def test_a_playground_event_is_ignored(self, host: Caller) -> None:
        results = host.report(host.event("p", is_playground=True), host.event("m1"))
        assert [result["status"] for result in results] == ["ignored", "inserted"]
        assert host.used() == (0, 1)

    def test_bad_events_do_not_spoil_the_others(self, host: Caller) -> None:
        results = host.report(
            host.event("ok"),
            host.event("ahead", occurred_at="2026-11-22T10:05:01Z"),
            host.event("naive", occurred_at="2026-11-22T10:00:00"),
            host.event("metric", metric="token"),
            {**host.event("workspace"), "workspace_id": "no such/thing"},
            host.event("x" * 256),
            {"workspace_id": host.ws, "metric": "message"},
            host.event("more", colour="blue"),
            host.event("last"),
        )
        statuses = [result["status"] for result in results]
        assert statuses == ["inserted", *["rejected"] * 7, "inserted"]
        assert [result["id"] for result in results[:4]] == ["ok", "ahead", "naive", "metric"]
        assert results[6]["id"] is None
        assert all(result["reason"] for result in results if result["status"] == "rejected")
        assert host.used() == (0, 2)

    def test_up_to_five_minutes_ahead_is_skew_of_clocks(self, host: Caller) -> None:
        [result] = host.report(host.event("m1", occurred_at="2026-11-22T11:05:00+01:00"))
        assert result["status"] == "inserted"

    @pytest.mark.parametrize(
        "body", [b"{", b'{"events": 1}', b"[]", b'{"events": [], "more": 1}', b"\xff"]
    )
    def test_what_can_not_be_parsed_is_refused_as_a_whole(self, host: Caller, body: bytes) -> None:
        answer = host.http.post("/v1/metering/events", content=body)
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "validation_failed"

    def test_more_than_a_thousand_events_are_refused_as_a_whole(self, host: Caller) -> None:
        events = [host.event(str(number)) for number in range(1001)]
        answer = host.http.post("/v1/metering/events", json={"events": events})
        assert answer.status_code == 422
        assert host.used() == (0, 0)
        assert {result["status"] for result in host.report(*events[:1000])} == {"inserted"}

    def test_usage_beyond_the_quota_is_counted_because_it_happened(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, conversations=1, messages=1)
        results = host.report(*(host.event(str(number)) for number in range(3)))
        assert {result["status"] for result in results} == {"inserted"}
        assert host.used() == (0, 3)

    def test_the_answer_tells_the_position_of_the_last_event(
        self, host: Caller, shared_metering: MeteringService
    ) -> None:
        answer = host.http.post(
            "/v1/metering/events", json={"events": [host.event("a"), host.event("b")]}
        )
        head = shared_metering.store.head()
        assert answer.headers["x-event-position"] == f"metering:{head}"


class TestMonths:
    def test_the_month_of_an_event_is_that_of_its_time_in_utc(self, host: Caller) -> None:
        events = [
            host.event("a", occurred_at="2026-10-31T23:59:59.999Z"),
            host.event("b", occurred_at="2026-11-01T00:00:00Z"),
            host.event("c", occurred_at="2026-11-01T01:30:00+02:00"),
            host.event("d", occurred_at="2024-02-29T12:00:00Z"),
        ]
        answer = host.http.post("/v1/metering/events", json={"events": events})
        assert host.used() == (0, 1)
        october = host.usage(answer.headers["x-event-position"], "2026-10")
        assert (october["messages"], october["daily"][30]["messages"]) == (2, 2)
        leap = host.usage(period="2024-02")
        assert (len(leap["daily"]), leap["daily"][28]["messages"]) == (29, 1)

    def test_a_new_month_starts_from_nothing_at_midnight_utc(self, own: Own) -> None:
        clock, host = own.clock, own.host
        own.billing.limit(host, conversations=1, messages=1)
        clock.now = clock.now.replace(day=30, hour=23, minute=59, second=59, microsecond=999_999)
        host.report(host.event("m1"))
        refused = host.can_send()
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        clock.forward(microseconds=1)
        allowed = host.can_send()
        assert allowed.json() == {
            "allowed": True,
            "used": 0,
            "limit": 1,
            "remaining": 1,
            "resets_at": "2027-01-01T00:00:00Z",
        }

    def test_a_message_of_a_full_month_that_is_over_can_never_succeed(self, own: Own) -> None:
        own.billing.limit(own.host, messages=1)
        own.host.report(own.host.event("m1", occurred_at="2026-10-31T12:00:00Z"))
        refused = own.host.message("m2", occurred_at="2026-10-31T12:00:00Z")
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (429, "message_quota_exceeded")
        assert "never" in error["message"]
        assert error["details"]["retryable"] is False
        assert "retry-after" not in refused.headers
        assert own.host.explain(refused)["month"] == "2026-10"

    def test_the_last_nanosecond_of_a_month_is_of_that_month(self, own: Own) -> None:
        own.clock.now = own.clock.now.replace(month=12, day=1, hour=0, minute=1)
        last = "2026-11-30T23:59:59.999999999Z"
        own.host.report(own.host.event("m1", occurred_at=last))
        own.host.message("m2", occurred_at=last)
        own.host.first_turn("c1", occurred_at=last)
        assert own.host.used() == (0, 0)
        shown = own.host.usage(f"metering:{own.metering.store.head()}", "2026-11")
        assert (shown["messages"], shown["conversations"]) == (2, 1)

    def test_an_early_event_of_the_next_month_waits_there(self, own: Own) -> None:
        clock, host = own.clock, own.host
        clock.now = clock.now.replace(day=30, hour=23, minute=58)
        host.report(host.event("m1", occurred_at="2026-12-01T00:00:00Z"))
        assert host.used() == (0, 0)
        clock.forward(minutes=2)
        assert host.used() == (0, 1)


class TestAccess:
    def test_only_services_may_call(self, origin: str) -> None:
        with caller(origin, service_token("super_admin", workspaces={"acme": "owner"})) as admin:
            assert admin.can_start().status_code == 403
            assert admin.message("m1").status_code == 403
        with httpx.Client(base_url=origin) as nobody:
            answer = nobody.post("/v1/metering/events", content=json.dumps({"events": []}))
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")

    def test_other_methods_are_answered_in_the_envelope(self, host: Caller) -> None:
        answer = host.http.put("/v1/metering/events", json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")


class TestIdempotencyKey:
    def test_the_same_key_gets_the_same_answer_and_another_body_is_refused(
        self, host: Caller
    ) -> None:
        path = host.path("messages")
        key = {"idempotency-key": "k1"}
        first = host.http.post(path, json={"id": "m1"}, headers=key)
        again = host.http.post(path, json={"id": "m1"}, headers=key)
        other = host.http.post(path, json={"id": "m2"}, headers=key)
        assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
        assert first.json() == again.json()
        assert first.headers["x-event-position"] == again.headers["x-event-position"]
        assert other.json()["error"]["code"] == "idempotency_key_reused"

    def test_a_refusal_by_the_quota_is_decided_anew(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, messages=1)
        host.message("m1")

        def send() -> httpx.Response:
            key = {"idempotency-key": "k2"}
            return host.http.post(host.path("messages"), json={"id": "m2"}, headers=key)

        assert (send().status_code, "x-decision-id" in send().headers) == (429, True)
        billing.limit(host, messages=2)
        assert send().status_code == 201
