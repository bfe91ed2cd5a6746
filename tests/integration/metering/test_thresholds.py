"""80 and 100 % of a quota are said once a month and metric."""

from __future__ import annotations

from services.metering.domain.events import QuotaThresholdReached
from tests.integration.metering.conftest import Own
from tests.support.metering_caller import Caller
from tests.support.metering_service import MeteringService, served
from tests.support.waiting import wait_until


def said(own: Own) -> list[tuple[str, str, int, int, int]]:
    """Metric, month, percent, used, limit, in the order of the log."""
    events = [own.metering.store.decode(event) for event in own.metering.store.read(0, 10_000)]
    return [
        (event.metric, event.month, event.percent, event.used, event.limit)
        for event in events
        if isinstance(event, QuotaThresholdReached)
    ]


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

    def test_a_lowered_limit_crosses_and_a_raised_one_does_not_repeat(self, own: Own) -> None:
        own.billing.limit(own.host, messages=100)
        messages(own.host, 1, 8)
        own.billing.limit(own.host, messages=10)
        wait_until(lambda: len(said(own)) == 1, "80 % is said")
        own.billing.limit(own.host, messages=20)
        messages(own.host, 9, 16)
        own.billing.limit(own.host, messages=16)
        wait_until(lambda: len(said(own)) == 2, "100 % is said")
        assert [percent for _, _, percent, _, _ in said(own)] == [80, 100]

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
