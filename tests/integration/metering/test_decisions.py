"""A refusal can be explained from history at any later time."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.metering.conftest import Own
from tests.support.metering_caller import Caller, caller, service_token
from tests.support.metering_plans import Billing
from tests.support.meters import declare, quota, slugs
from tests.support.waiting import wait_until


class TestExplainDecision:
    def test_it_names_counter_limit_plan_and_the_usage_that_filled_it(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, conversations=3)
        limited_by = billing.sequence - 1
        host.report(
            host.event("c1", "conversation", occurred_at="2026-11-02T10:00:00Z"),
            host.event("c2", "conversation", occurred_at="2026-11-03T10:00:00Z"),
            host.event("old", "conversation", occurred_at="2026-10-03T10:00:00Z"),
        )
        host.start("c3")
        refused = host.can_start()
        # What happens later does not change what was true.
        host.release("c3")
        host.report(host.event("c4", "conversation"))
        billing.limit(host, conversations=50)
        explained = host.explain(refused)
        assert explained["id"] == refused.headers["x-decision-id"]
        assert (explained["workspace_id"], explained["metric"]) == (host.ws, "conversation")
        assert (explained["used"], explained["held"], explained["limit"]) == (2, 1, 3)
        assert (explained["allowed"], explained["month"]) == (False, "2026-11")
        assert explained["plan"] == f"plan-of-{host.ws}"
        assert explained["limit_set_by"]["event"] == f"billing:{limited_by}"
        assert explained["plan_set_by"]["type"] == "billing.PlanAssigned.v1"
        assert explained["usage"]["days"] == [
            {"day": "2026-11-02", "count": 1},
            {"day": "2026-11-03", "count": 1},
        ]
        assert explained["usage"]["first"]["id"] == "c1"
        assert explained["usage"]["last"]["id"] == "c2"

    def test_an_exact_refusal_is_explained_too(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, conversations=1, messages=2)
        host.start("c1")
        for name in ("m1", "m2"):
            host.message(name)
        message, start = host.explain(host.message("m3")), host.explain(host.start("c2"))
        assert (message["used"], message["held"], message["allowed"]) == (2, 0, False)
        assert (start["used"], start["held"], start["allowed"]) == (0, 1, False)

    def test_it_outlives_the_process(self, own: Own) -> None:
        own.billing.limit(own.host, messages=1)
        own.host.message("m1")
        refused = own.host.message("m2")
        own.clock.forward(days=400)
        assert own.host.explain(refused)["used"] == 1

    def test_an_id_that_was_not_issued_is_not_found(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, messages=1)
        host.message("m1")
        real = host.message("m2").headers["x-decision-id"]
        forged = real[:-6] + ("A" if real[-6] != "A" else "B") + real[-5:]
        for identifier in (forged, "dec_", "nonsense", "dec_AAAA", "ü"):
            answer = host.http.get(f"/v1/metering/decisions/{identifier}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (
                404,
                "decision_not_found",
            )

    def test_members_of_the_workspace_may_read_it_and_others_not(
        self, host: Caller, billing: Billing, origin: str
    ) -> None:
        billing.limit(host, messages=1)
        host.message("m1")
        path = f"/v1/metering/decisions/{host.message('m2').headers['x-decision-id']}"
        answers = {}
        for name, roles, workspaces in (
            ("member", (), {host.ws: "viewer"}),
            ("stranger", (), {"other": "owner"}),
            ("auditor", ("auditor",), {}),
            ("support", ("support",), {}),
        ):
            token = service_token(*(roles or ("nobody",)), workspaces=workspaces)
            with caller(origin, token) as someone:
                answers[name] = someone.http.get(path).status_code
        assert answers == {"member": 200, "stranger": 403, "auditor": 200, "support": 200}

    @pytest.mark.parametrize("meter", ["message", "tokens"])
    def test_many_who_ask_at_once_leave_connections_for_those_who_record(
        self, own: Own, meter: str
    ) -> None:
        declare(str(own.host.http.base_url))
        own.billing.limit(own.host, messages=1, quotas=quota(1))
        wait_until(lambda: "tokens" in slugs(own.host), "the meter is known")
        own.host.message("m1")
        refused = own.host.message("m2") if meter == "message" else own.host.can_use(2)
        path = f"/v1/metering/decisions/{refused.headers['x-decision-id']}"
        database = own.metering.store.database
        with (
            database.transaction(commit=False) as cursor,
            ThreadPoolExecutor(12) as asking,
        ):
            # Whoever explains waits for this table, as long as it is locked.
            cursor.execute("LOCK TABLE metering_plans IN ACCESS EXCLUSIVE MODE")
            answers = [asking.submit(own.host.http.get, path) for _ in range(12)]
            wait_until(lambda: sum(answer.done() for answer in answers) == 10, "ten are sent away")
            assert own.host.http.post(own.host.path("messages"), json={"id": "m1"}).is_success
            cursor.execute("COMMIT")
        statuses = Counter(answer.result().status_code for answer in answers)
        assert statuses == {200: 2, 503: 10}
