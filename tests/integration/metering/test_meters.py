"""Declared meters: usage within a quota, exact over HTTP."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.metering.conftest import Own
from tests.support.metering_caller import Caller
from tests.support.metering_plans import Billing
from tests.support.meters import declare, figures, quota, slugs
from tests.support.waiting import wait_until

EXACT = (
    b'{"error": {"code": "quota_exceeded", "message": "This workspace has reached its monthly '
    b'limit of tokens. Upgrade to continue."}}'
)


@pytest.mark.usefixtures("tokens")
class TestMeters:
    def test_the_built_in_ones_stand_beside_those_that_were_declared(self, host: Caller) -> None:
        assert slugs(host)[:2] == ["conversation", "message"]

    def test_declaring_it_again_changes_nothing(self, origin: str) -> None:
        assert declare(origin).status_code == 200

    def test_how_it_adds_up_never_changes(self, origin: str) -> None:
        answer = declare(origin, aggregation="count")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "meter_in_use")

    def test_a_built_in_one_can_not_be_declared(self, origin: str) -> None:
        answer = declare(origin, "message")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "meter_built_in")


@pytest.mark.usefixtures("tokens")
class TestUsage:
    def test_a_meter_that_the_plan_does_not_name_is_counted_only(self, host: Caller) -> None:
        answer = host.use("turn-1", 3121, dimensions={"model": "large"})
        assert answer.status_code == 201
        body = answer.json()
        assert (body["status"], body["value"], body["remaining"]) == ("inserted", 3121, None)
        assert answer.headers["x-event-position"].startswith("metering:")

    def test_an_id_counts_once(self, host: Caller) -> None:
        host.use("turn-1", 10)
        again = host.use("turn-1", 99)
        assert (again.status_code, again.json()["status"]) == (200, "duplicate")
        assert again.json()["value"] == 10
        assert host.can_use(1).json()["used"] == 10

    def test_what_does_not_fit_is_refused_as_a_whole(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, quotas=quota(100))
        assert host.use("turn-1", 60).json()["remaining"] == 40
        refused = host.use("turn-2", 41)
        assert (refused.status_code, refused.content) == (429, EXACT)
        assert int(refused.headers["retry-after"]) > 0
        assert host.use("turn-3", 40).status_code == 201
        assert host.can_use(1).content == EXACT

    def test_a_quota_of_0_gives_nothing(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, quotas=quota(0))
        assert host.use("turn-1", 1).status_code == 429

    def test_a_soft_quota_refuses_nothing_and_says_over(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, quotas=quota(100, "soft"))
        assert host.use("turn-1", 100).json()["over"] is False
        answer = host.use("turn-2", 5)
        assert (answer.status_code, answer.json()["over"]) == (201, True)
        asked = host.can_use(1)
        assert (asked.status_code, asked.json()["over"]) == (200, True)

    def test_a_refusal_can_be_explained(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, quotas=quota(100))
        host.use("turn-1", 60)
        refused = host.use("turn-2", 41)
        host.use("turn-3", 5)
        told = host.explain(refused)
        assert (told["meter"], told["amount"], told["allowed"]) == ("tokens", 41, False)
        assert (told["used"], told["limit"], told["remaining"]) == (60, 100, 40)

    def test_odd_usage_is_refused(self, host: Caller) -> None:
        assert host.use("t", 1, meter="unknown").json()["error"]["code"] == "meter_not_found"
        assert host.use("t", -1).status_code == 422
        assert host.use("t", 2**53 + 1).status_code == 422
        assert host.use("t", 1, dimensions={"colour": "red"}).status_code == 422
        assert host.use("t", 1, dimensions={"model": "a\x00b"}).status_code == 422

    def test_exactly_what_is_left_passes(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, quotas=quota(25))
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda n: host.use(f"turn-{n}", 2), range(40)))
        assert Counter(a.status_code for a in answers) == {201: 12, 429: 28}
        assert host.can_use(1).json()["used"] == 24

    def test_is_reported_beside_messages_whatever_there_is(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, quotas=quota(10))
        results = host.report(
            host.event("turn-1", "tokens", value=30),
            host.event("turn-1", "tokens", value=30),
            host.event("message-1"),
            {"id": "turn-2", "workspace_id": host.ws, "meter": "tokens", "value": 5},
            host.event("turn-3", "nothing"),
            host.event("message-2", value=2),
            {"id": "turn-4", "workspace_id": host.ws},
        )
        assert [result["status"] for result in results] == [
            *("inserted", "duplicate", "inserted", "inserted"),
            *("rejected", "rejected", "rejected"),
        ]
        assert host.event_of("turn-1")["sources"] == [
            {"source": "quota", "amount": 10},
            {"source": "overdrawn", "amount": 20},
        ]
        assert host.can_use(1).status_code == 429


@pytest.mark.usefixtures("tokens")
class TestHugeValues:
    def test_more_than_can_be_counted_is_refused_and_holds_up_nobody(self, host: Caller) -> None:
        largest = 2**53
        names = (f"u{number}" for number in range(1024))
        events = [host.event(name, "tokens", value=largest) for name in names]
        statuses = Counter(result["status"] for result in host.report(*events[:1000]))
        last = host.report(*events[1000:], host.event("m1"))
        assert last[-1]["status"] == "inserted"
        statuses.update(result["status"] for result in last[:-1])
        assert statuses == {"inserted": 512, "rejected": 512}
        assert host.use("u2000", 1).status_code == 422
        assert host.can_use(1).json()["used"] == 512 * largest
        assert host.correct("k1", "u0", 0).status_code == 201
        assert host.use("u2000", 1).status_code == 201


@pytest.mark.usefixtures("tokens")
class TestReservations:
    def test_hold_settle_and_give_back(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, quotas=quota(100))
        assert figures(host.grant("g1", 50)) == (0, 100, 150)
        held = host.reserve("r1", 120)
        assert held.status_code == 201
        assert figures(held) == (0, 100, 30)
        assert held.json()["sources"] == [
            {"source": "quota", "amount": 100},
            {"source": "g1", "amount": 20},
        ]
        again = host.reserve("r1", 120)
        assert (again.status_code, again.json()) == (200, held.json())
        assert host.reserve("r2", 31).status_code == 429
        settled = host.settle("r1", 90, dimensions={"model": "large"})
        assert settled.status_code == 200
        assert settled.json() | {"sources": []} == {
            "id": "r1",
            "meter": "tokens",
            "sources": [],
            "value": 90,
            "released": 30,
            "overdrawn": 0,
            "used": 90,
            "limit": 100,
            "remaining": 60,
        }
        assert host.settle("r1", 91).json() == settled.json()
        assert host.can_use(60).json()["remaining"] == 60

    def test_a_release_gives_all_back(self, host: Caller, billing: Billing) -> None:
        billing.limit(host, quotas=quota(100))
        host.reserve("r1", 100)
        assert host.free("r1").json() == {
            "id": "r1",
            "meter": "tokens",
            "status": "released",
            "released": 100,
            "used": 0,
            "limit": 100,
            "remaining": 100,
        }
        assert host.free("r1").status_code == 200
        assert host.can_use(100).status_code == 200

    def test_what_was_never_reserved_is_not_found(self, host: Caller) -> None:
        assert host.settle("r1", 1).json()["error"]["code"] == "reservation_not_found"
        assert host.free("r1").status_code == 404

    def test_ends_by_itself(self, own: Own) -> None:
        declare(str(own.host.http.base_url))
        wait_until(lambda: "tokens" in slugs(own.host), "the meter is known")
        own.billing.limit(own.host, quotas=quota(100))
        own.host.grant("g1", 50, expires_at="2026-11-22T10:01:00Z")
        own.host.reserve("r1", 110, expires_in=60)
        own.clock.forward(seconds=61)
        wait_until(lambda: own.host.event_of("r1")["status"] == "expired", "it expires")
        wait_until(
            lambda: own.host.credits()["balances"][0]["grants"][0]["status"] == "expired",
            "the grant expires",
        )
        assert own.host.can_use(1).json()["remaining"] == 100


@pytest.mark.usefixtures("tokens")
class TestRefusals:
    def test_where_only_reservations_take_the_room_say_when_one_ends(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, quotas=quota(10))
        host.use("u1", 1)
        ends = host.reserve("r1", 6, expires_in=90).json()["expires_at"]
        for refused in (host.reserve("r2", 8), host.use("u2", 8), host.can_use(8)):
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "90")
            error = refused.json()["error"]
            assert (error["code"], "Upgrade" in error["message"]) == ("quota_exceeded", False)
            expected = {"limit": 10, "used": 1, "reserved": 6, "next_release_at": ends}
            assert error["details"] == expected
        more_than_there_is = host.can_use(10)
        assert int(more_than_there_is.headers["retry-after"]) > 90
        assert "details" not in more_than_there_is.json()["error"]

    def test_in_a_month_that_is_over_say_that_it_can_never_be_counted(
        self, host: Caller, billing: Billing
    ) -> None:
        billing.limit(host, quotas=quota(10))
        past = "2026-10-05T10:00:00Z"
        assert host.use("u1", 8, occurred_at=past).status_code == 201
        refused = host.use("u2", 8, occurred_at=past)
        assert (refused.status_code, "retry-after" in refused.headers) == (429, False)
        assert refused.json()["error"]["details"]["retryable"] is False
