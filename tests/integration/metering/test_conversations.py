"""A started conversation holds a unit until it is counted, released or its time is over."""

from __future__ import annotations

import pytest

from services.metering.domain import events
from tests.integration.metering.conftest import Own, SetClock
from tests.integration.metering.test_quotas import PLAN_LIMIT
from tests.support.metering_caller import Caller, caller
from tests.support.metering_plans import Billing
from tests.support.metering_service import MeteringService, served
from tests.support.waiting import wait_until


@pytest.fixture
def two_units(host: Caller, billing: Billing) -> None:
    billing.limit(host, conversations=2)


@pytest.mark.usefixtures("two_units")
class TestStartConversation:
    def test_a_start_holds_a_unit_for_thirty_minutes(self, host: Caller) -> None:
        answer = host.start("c1")
        assert (answer.status_code, answer.json()) == (
            201,
            {
                "id": "c1",
                "status": "started",
                "hold_expires_at": "2026-11-22T10:30:00Z",
                "used": 0,
                "limit": 2,
                "remaining": 1,
            },
        )
        assert host.conversations() == (0, 1, 1)

    def test_starting_again_holds_nothing_more(self, host: Caller) -> None:
        host.start("c1")
        again = host.start("c1")
        assert (again.status_code, again.json()["status"]) == (200, "duplicate")
        assert again.json()["hold_expires_at"] == "2026-11-22T10:30:00Z"
        assert host.conversations() == (0, 1, 1)

    def test_held_units_refuse_others(self, host: Caller) -> None:
        host.start("c1")
        host.start("c2")
        refused = host.start("c3")
        assert refused.status_code == 429
        assert host.can_start().json() == refused.json()

    def test_a_refusal_for_held_units_says_when_the_next_comes_back(self, own: Own) -> None:
        own.billing.limit(own.host, conversations=3)
        own.host.report(own.host.event("c1", "conversation"))
        own.host.start("c2")
        own.clock.forward(minutes=10)
        own.host.start("c3")
        refused = own.host.can_start()
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (429, "plan_limit_reached")
        assert "Upgrade" not in error["message"]
        assert error["details"] == {
            "limit": 3,
            "used": 1,
            "reserved": 2,
            "next_release_at": "2026-11-22T10:30:00Z",
        }
        assert refused.headers["retry-after"] == str(20 * 60)
        assert own.host.explain(refused)["held"] == 2

    def test_used_up_says_upgrade_whatever_is_held(self, own: Own) -> None:
        own.billing.limit(own.host, conversations=1)
        own.host.report(own.host.event("c1", "conversation"))
        assert own.host.start("c2").text == PLAN_LIMIT

    def test_a_resumed_conversation_never_counts_again(self, host: Caller) -> None:
        host.start("c1")
        host.first_turn("c1")
        resumed = host.start("c1")
        assert (resumed.status_code, resumed.json()["status"]) == (200, "duplicate")
        assert host.first_turn("c1").json()["status"] == "duplicate"
        assert host.conversations() == (1, 0, 1)

    def test_a_playground_conversation_holds_and_counts_nothing(self, host: Caller) -> None:
        answer = host.start("p1", is_playground=True)
        assert (answer.status_code, answer.json()["status"]) == (200, "ignored")
        assert host.first_turn("p1").json()["status"] == "ignored"
        reported = host.report(host.event("p1", "conversation"))
        assert reported[0]["status"] == "ignored"
        assert host.conversations() == (0, 0, 2)

    def test_an_id_may_hold_any_characters(self, host: Caller) -> None:
        name = "a/b c%2F?ü"
        path = host.path("conversations/a%2Fb%20c%252F%3F%C3%BC/first-turn")
        assert host.start(name).status_code == 201
        assert host.http.post(path).json()["id"] == name
        assert host.conversations() == (1, 0, 1)


@pytest.mark.usefixtures("two_units")
class TestFirstTurn:
    def test_the_first_turn_counts_and_ends_the_hold(self, host: Caller) -> None:
        host.start("c1")
        answer = host.first_turn("c1")
        assert answer.json() == {
            "id": "c1",
            "status": "inserted",
            "after_expiry": False,
            "month": "2026-11",
            "used": 1,
            "limit": 2,
            "remaining": 1,
        }
        assert answer.headers["x-event-position"].startswith("metering:")
        assert host.conversations() == (1, 0, 1)

    def test_it_counts_also_without_a_start_and_beyond_the_quota(self, host: Caller) -> None:
        for number in range(3):
            assert host.first_turn(f"c{number}").status_code == 200
        assert host.conversations() == (3, 0, 0)

    def test_a_reported_conversation_ends_its_hold_too(self, host: Caller) -> None:
        host.start("c1")
        host.report(host.event("c1", "conversation"))
        assert host.conversations() == (1, 0, 1)

    def test_late_for_an_earlier_month_it_frees_the_unit_of_this_one(self, host: Caller) -> None:
        host.start("c1")
        host.first_turn("c1", occurred_at="2026-10-31T12:00:00Z")
        assert host.conversations() == (0, 0, 2)

    def test_of_a_playground_it_frees_the_unit_of_a_start_and_never_counts(
        self, host: Caller
    ) -> None:
        host.start("c1")
        assert host.conversations() == (0, 1, 1)
        answer = host.first_turn("c1", is_playground=True)
        assert answer.json()["status"] == "ignored"
        assert host.conversations() == (0, 0, 2)
        assert host.first_turn("c1").json()["status"] == "ignored"
        assert host.conversations() == (0, 0, 2)

    def test_of_a_playground_nothing_is_recorded(self, host: Caller) -> None:
        answer = host.first_turn("c1", is_playground=True)
        assert answer.json()["status"] == "ignored"
        assert host.conversations() == (0, 0, 2)


@pytest.mark.usefixtures("two_units")
class TestRelease:
    def test_a_released_unit_is_free_again(self, host: Caller) -> None:
        host.start("c1")
        answer = host.release("c1")
        freed = {"id": "c1", "status": "released", "used": 0, "limit": 2, "remaining": 2}
        assert (answer.status_code, answer.json()) == (200, freed)
        assert host.release("c1").json()["status"] == "released"
        assert host.conversations() == (0, 0, 2)

    def test_after_a_release_it_may_start_anew(self, host: Caller) -> None:
        host.start("c1")
        host.release("c1")
        assert host.start("c1").status_code == 201
        assert host.conversations() == (0, 1, 1)

    def test_what_is_counted_can_not_be_released(self, host: Caller) -> None:
        host.first_turn("c1")
        assert host.release("c1").json()["status"] == "metered"
        assert host.conversations() == (1, 0, 1)

    def test_what_was_never_started_is_not_found(self, host: Caller) -> None:
        answer = host.release("c9")
        assert (answer.status_code, answer.json()["error"]["code"]) == (
            404,
            "conversation_not_found",
        )

    def test_a_first_turn_after_the_release_counts(self, host: Caller) -> None:
        host.start("c1")
        host.release("c1")
        assert host.first_turn("c1").json()["after_expiry"] is False
        assert host.conversations() == (1, 0, 1)


class TestExpiry:
    def test_a_hold_expires_on_time(self, own: Own) -> None:
        own.billing.limit(own.host, conversations=2)
        own.host.start("c1")
        own.clock.forward(minutes=29, seconds=59)
        assert own.host.conversations() == (0, 1, 1)
        own.clock.forward(seconds=1)
        wait_until(lambda: own.host.conversations() == (0, 0, 2), "the hold expires")
        last = own.metering.store.decode(own.metering.store.read(0, 10)[-1])
        assert isinstance(last, events.ConversationReleased)
        assert last.reason == "expired"

    def test_a_first_turn_after_expiry_counts_and_says_so(self, own: Own) -> None:
        own.billing.limit(own.host, conversations=2)
        for name in ("c1", "c2"):
            own.host.start(name)
        own.clock.forward(minutes=30)
        wait_until(lambda: own.host.conversations() == (0, 0, 2), "the holds expire")
        assert own.host.first_turn("c1").json()["after_expiry"] is True
        own.host.report(own.host.event("c2", "conversation"))
        assert own.host.conversations() == (2, 0, 0)
        for recorded in own.metering.store.read(0, 10)[-4:]:
            last = own.metering.store.decode(recorded)
            if isinstance(last, events.ConversationMetered):
                assert last.after_expiry

    def test_an_expired_conversation_may_start_anew(self, own: Own) -> None:
        own.billing.limit(own.host, conversations=1)
        own.host.start("c1")
        own.clock.forward(minutes=31)
        assert own.host.start("c1").status_code == 201
        assert own.host.conversations() == (0, 1, 0)

    def test_a_hold_over_the_end_of_the_month_frees_its_own_month(self, own: Own) -> None:
        own.billing.limit(own.host, conversations=2)
        own.clock.now = own.clock.now.replace(day=30, hour=23, minute=50)
        own.host.start("c1")
        own.clock.forward(minutes=15)
        own.host.first_turn("c1")
        assert own.host.conversations() == (1, 0, 1)
        rows = own.metering.store.database.rows(
            "SELECT month, used, held FROM metering_quotas ORDER BY month"
        )
        assert [tuple(row.values()) for row in rows] == [(202611, 0, 0), (202612, 1, 0)]

    def test_a_release_names_the_month_whose_unit_it_frees(self, own: Own) -> None:
        own.billing.limit(own.host, conversations=2)
        own.clock.now = own.clock.now.replace(day=30, hour=23, minute=50)
        own.host.start("c1")
        own.clock.forward(minutes=15)
        own.host.release("c1")
        last = own.metering.store.decode(own.metering.store.read(0, 10)[-1])
        assert isinstance(last, events.ConversationReleased)
        assert (last.month, last.usage_id) == ("2026-11", "c1")


class TestRestart:
    def test_holds_and_figures_survive_a_restart(self, database_url: str) -> None:
        clock = SetClock()
        with served(MeteringService(database_url, clock)) as origin, caller(origin) as host:
            Billing(database_url).limit(host, conversations=2, messages=7)
            host.start("c1")
            host.start("c2")
            host.message("m1")
        with served(MeteringService(database_url, clock)) as origin, caller(origin) as host:
            assert host.conversations() == (0, 2, 0)
            assert host.used() == (0, 1)
            assert host.start("c3").status_code == 429
            clock.forward(minutes=30)
            wait_until(lambda: host.conversations() == (0, 0, 2), "the holds expire")


class TestTwoProcesses:
    def test_each_sees_what_the_other_committed(self, database_url: str) -> None:
        clock = SetClock()
        with (
            served(MeteringService(database_url, clock)) as one,
            served(MeteringService(database_url, clock)) as two,
            caller(one) as here,
            caller(two) as there,
        ):
            Billing(database_url).limit(here, conversations=2, messages=2)
            here.message("m1")
            there.start("c1")
            here.report(here.event("c2", "conversation"))
            both = (here, there)
            wait_until(lambda: {h.conversations() for h in both} == {(1, 1, 0)}, "both know")
            assert {host.used() for host in both} == {(1, 1)}
            assert there.message("m1").status_code == 200
