"""80 and 100 % of a quota are said once a month, metric and quota in force."""

from __future__ import annotations

from uuid import UUID

from services.metering.domain.events import MeterThresholdReached, QuotaThresholdReached
from services.metering.domain.identity import Identity
from services.metering.domain.quota import PERCENTS
from tests.integration.metering.conftest import Own
from tests.support.metering_caller import Caller, caller
from tests.support.metering_service import MeteringService, served
from tests.support.meters import declare, slugs
from tests.support.waiting import wait_until


def said(own: Own) -> list[tuple[str, str, int, int, int]]:
    """Metric, month, percent, used, limit, in the order of the log."""
    events = [own.metering.store.decode(event) for event in own.metering.store.read(0, 10_000)]
    return [
        (event.metric, event.month, event.percent, event.used, event.limit)
        for event in events
        if isinstance(event, QuotaThresholdReached)
    ]


def said_of_meters(own: Own) -> list[tuple[int, int]]:
    """Percent and used."""
    events = [own.metering.store.decode(event) for event in own.metering.store.read(0, 10_000)]
    return [(e.percent, e.used) for e in events if isinstance(e, MeterThresholdReached)]


def messages(host: Caller, first: int, last: int) -> None:
    host.report(*(host.event(f"m{number}") for number in range(first, last + 1)))


class TestThresholds:
    def test_each_is_said_when_it_is_crossed(self, own: Own) -> None:
        own.billing.limit(own.host, messages=5)
        for number in range(1, 4):
            own.host.message(f"m{number}")
        assert said(own) == []
        own.host.message("m4")
        wait_until(lambda: len(said(own)) == 1, "80 % is said")
        own.host.message("m5")
        wait_until(lambda: len(said(own)) == 2, "100 % is said")
        own.host.report(own.host.event("m6"))
        own.host.message("m7")
        assert said(own) == [("message", "2026-11", 80, 4, 5), ("message", "2026-11", 100, 5, 5)]

    def test_one_batch_may_cross_both(self, own: Own) -> None:
        own.billing.limit(own.host, conversations=10)
        own.host.report(*(own.host.event(f"c{n}", "conversation") for n in range(12)))
        wait_until(lambda: len(said(own)) == 2, "both are said")
        assert said(own) == [
            ("conversation", "2026-11", 80, 12, 10),
            ("conversation", "2026-11", 100, 12, 10),
        ]

    def test_each_quota_that_comes_into_force_is_said_anew_and_none_twice(self, own: Own) -> None:
        own.billing.limit(own.host, messages=100)
        messages(own.host, 1, 8)
        own.billing.limit(own.host, messages=10)
        wait_until(lambda: len(said(own)) == 1, "80 % of 10")
        own.billing.limit(own.host, messages=20)
        messages(own.host, 9, 16)
        wait_until(lambda: len(said(own)) == 2, "80 % of 20")
        own.billing.limit(own.host, messages=10)
        wait_until(lambda: len(said(own)) == 3, "100 % of 10")
        own.billing.limit(own.host, messages=20)
        messages(own.host, 17, 20)
        wait_until(lambda: len(said(own)) == 4, "100 % of 20")
        assert [(percent, limit) for _, _, percent, _, limit in said(own)] == [
            (80, 10),
            (80, 20),
            (100, 10),
            (100, 20),
        ]

    def test_what_an_earlier_version_said_is_not_said_again(self, own: Own) -> None:
        own.billing.limit(own.host, messages=1)
        own.host.message("m1")
        wait_until(lambda: len(said(own)) == 2, "said")
        identity = Identity(own.host.ws)
        with own.metering.store.database.transaction(commit=True) as cursor:
            for percent in PERCENTS:
                cursor.execute(
                    "UPDATE metering_events SET originator_id = %s WHERE originator_id = %s",
                    [
                        UUID(bytes=identity.of_threshold("message", "2026-11", percent, limit))
                        for limit in (None, 1)
                    ],
                )
        with served(MeteringService(own.metering.store.database.url, own.clock)) as origin:
            with caller(origin) as host:
                own.billing.limit(host, messages=2)
                host.report(host.event("m2"))
            wait_until(lambda: len(said(own)) == 4, "the next quota is said")
        assert [limit for _, _, _, _, limit in said(own)] == [1, 1, 2, 2]

    def test_many_at_once_are_all_said_and_keep_no_customer_waiting(self, own: Own) -> None:
        workspaces = [f"ws{number}" for number in range(2_000)]
        for start in range(0, len(workspaces), 1_000):
            own.host.report(
                *(
                    {"id": "m1", "workspace_id": workspace, "metric": "message"}
                    for workspace in workspaces[start : start + 1_000]
                )
            )
        own.billing.plan(own.billing.default, messages=1, is_default=True)
        wait_until(lambda: len(said(own)) == 2 * len(workspaces), "all are said", 30)

    def test_the_next_month_says_it_anew(self, own: Own) -> None:
        own.billing.limit(own.host, messages=1)
        own.host.message("m1")
        wait_until(lambda: len(said(own)) == 2, "said for November")
        own.clock.forward(days=10)
        own.host.message("m2")
        wait_until(lambda: len(said(own)) == 4, "said for December")
        assert {month for _, month, _, _, _ in said(own)} == {"2026-11", "2026-12"}

    def test_a_process_says_at_its_start_what_a_dead_one_could_not(self, own: Own) -> None:
        own.billing.limit(own.host, messages=1)
        own.host.message("m1")
        wait_until(lambda: len(said(own)) == 2, "said")
        with own.metering.store.database.transaction(commit=True) as cursor:
            cursor.execute("DELETE FROM metering_events WHERE topic LIKE '%%Threshold%%'")
        url = own.metering.store.database.url
        with served(MeteringService(url, own.clock)):
            wait_until(lambda: len(said(own)) == 2, "said by the next process")

    def test_the_read_model_shows_them(self, own: Own) -> None:
        own.billing.limit(own.host, messages=1)
        own.host.message("m1")
        wait_until(lambda: len(said(own)) == 2, "said")
        shown = own.host.usage(f"metering:{own.metering.store.head()}")["thresholds"]
        assert [(item["percent"], item["used"], item["quota"]) for item in shown] == [
            (80, 1, 1),
            (100, 1, 1),
        ]


class TestOfDeclaredMeters:
    def test_a_soft_quota_goes_on_and_each_is_said_once(self, own: Own) -> None:
        declare(str(own.host.http.base_url))
        wait_until(lambda: "tokens" in slugs(own.host), "the meter is known")
        own.billing.limit(own.host, quotas={"tokens": {"limit": 100, "mode": "soft"}})
        own.host.use("t1", 79)
        own.host.use("t2", 1)
        wait_until(lambda: said_of_meters(own) == [(80, 80)], "80 % is said")
        own.host.correct("c1", "t2", 0)
        own.host.use("t3", 71)
        wait_until(lambda: len(said_of_meters(own)) == 4, "all are said")
        assert said_of_meters(own)[1:] == [(100, 150), (120, 150), (150, 150)]

    def test_what_was_left_unsaid_is_said_by_the_next_process(
        self, own: Own, database_url: str
    ) -> None:
        declare(str(own.host.http.base_url))
        wait_until(lambda: "tokens" in slugs(own.host), "the meter is known")
        own.host.use("t1", 90)
        own.billing.limit(own.host, quotas={"tokens": {"limit": 100, "mode": "hard"}})
        assert said_of_meters(own) == []
        with served(MeteringService(database_url, own.clock)):
            wait_until(lambda: said_of_meters(own) == [(80, 90)], "80 % is said")
