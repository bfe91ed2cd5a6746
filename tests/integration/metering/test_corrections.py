"""Messages and conversations that were counted wrongly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from services.metering.application.derived_tables import usage_tables
from tests.integration.metering.conftest import Own
from tests.support.metering_caller import Caller
from tests.support.metering_plans import Billing
from tests.support.metering_service import MeteringService
from tests.support.waiting import wait_until


def correct(host: Caller, meter: str, event: str, value: int, correction: str) -> httpx.Response:
    body = {"id": correction, "meter": meter, "event": event, "value": value, "reason": "wrong"}
    return host.http.post(host.path("corrections"), json=body)


def figures(answer: httpx.Response) -> tuple[Any, ...]:
    body = answer.json()
    return body["value"], body["used"], body["limit"], body["remaining"]


class TestCorrections:
    def test_a_void_message_gives_its_unit_back(
        self, host: Caller, billing: Billing, shared_metering: MeteringService
    ) -> None:
        billing.limit(host, messages=3)
        host.report(*(host.event(f"m{n}", agent_id="anna") for n in range(3)))
        refused = host.message("m9")
        assert refused.status_code == 429
        made = correct(host, "message", "m1", 0, "k1")
        assert (made.status_code, figures(made)) == (201, (0, 2, 3, 1))
        again = correct(host, "message", "m1", 0, "k1")
        assert (again.status_code, figures(again)) == (200, (0, 2, 3, 1))
        wait_until(lambda: host.used() == (0, 2), "memory follows")
        assert host.message("m3").status_code == 201
        assert host.message("m1").json()["status"] == "duplicate"
        assert host.message("m10").status_code == 429
        explained = host.explain(refused)
        assert (explained["used"], explained["allowed"]) == (3, False)
        shown = host.usage(f"metering:{shared_metering.store.head()}")
        assert shown["messages"] == sum(day["messages"] for day in shown["daily"]) == 3
        assert shown["agents"] == [{"agent_id": "anna", "messages": 2, "conversations": 0}]
        assert host.event_of("m1", "message")["corrections"] == {"k1": 0}
        back = correct(host, "message", "m1", 1, "k2")
        assert (back.status_code, figures(back)) == (201, (1, 4, 3, 0))

    def test_the_explanation_of_a_later_refusal_knows_them(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, messages=2)
        host.report(host.event("m1"), host.event("m2"))
        correct(host, "message", "m1", 0, "k1")
        wait_until(lambda: host.used() == (0, 1), "memory follows")
        assert host.message("m3").status_code == 201
        explained = host.explain(host.message("m4"))
        assert (explained["used"], explained["allowed"]) == (2, False)
        assert sum(day["count"] for day in explained["usage"]["days"]) == 2

    def test_of_a_conversation_free_what_it_took(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, conversations=1)
        assert host.start("c1").status_code == 201
        missing = correct(host, "conversation", "c1", 0, "k0")
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "usage_not_found")
        assert host.first_turn("c1", agent_id="anna").status_code == 200
        assert host.start("c2").status_code == 429
        assert figures(correct(host, "conversation", "c1", 0, "k1")) == (0, 0, 1, 1)
        wait_until(lambda: host.can_start().status_code == 200, "memory follows")
        assert host.start("c2").status_code == 201
        assert host.first_turn("c1").json()["status"] == "duplicate"

    def test_count_one_or_nothing_of_what_was_counted(self, host: Caller) -> None:
        host.report(host.event("m1"))
        assert correct(host, "message", "m1", 2, "k1").status_code == 422
        assert correct(host, "message", "m2", 0, "k1").status_code == 404
        looked_up = host.http.get(host.path("events/message/m2"))
        assert (looked_up.status_code, looked_up.json()["error"]["code"]) == (
            404,
            "usage_not_found",
        )

    def test_the_same_at_once_is_made_once(self, host: Caller) -> None:
        host.report(host.event("m1"), host.event("m2"))
        with ThreadPoolExecutor(8) as pool:
            answers = list(
                pool.map(lambda n: correct(host, "message", "m1", 0, f"k{n % 2}"), range(8))
            )
        assert sorted(answer.status_code for answer in answers) == [200] * 6 + [201] * 2
        wait_until(lambda: host.used() == (0, 1), "memory follows")

    def test_what_is_kept_beside_the_log_equals_it(self, own: Own) -> None:
        host = own.host
        host.report(host.event("m1"), host.event("m2"), host.event("c1", "conversation"))
        for event in ("m1", "m2"):
            assert correct(host, "message", event, 0, f"k-{event}").status_code == 201
        assert correct(host, "conversation", "c1", 0, "k3").status_code == 201
        tables = usage_tables(own.metering.service.positions)
        assert not tables.compare({"metering": own.metering.publisher})
        wait_until(lambda: host.used() == (0, 0), "memory follows")
