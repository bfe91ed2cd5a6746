"""Whatever is sent, in whatever order, batches, connections and repetitions: each id counts once,
in the month of the event that came first."""

from __future__ import annotations

import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.metering_caller import Caller
from tests.support.metering_service import MeteringService
from tests.support.rounds import rounds
from tests.support.waiting import wait_until_applied

Event = dict[str, Any]
_runs = itertools.count()
TIMES = {"1": "2026-11-05T10:00:00Z", "2": "2026-10-05T10:00:00Z", "3": "2026-11-06T00:00:00Z"}

# An id has always the same time here, so the expected counts do not depend on who comes first.
EVENTS = st.builds(
    lambda workspace, metric, number, playground, time: {
        "id": f"{number}-{time}{'p' if playground else ''}",
        "workspace_id": workspace,
        "metric": metric,
        "is_playground": playground,
        "occurred_at": TIMES[time],
    },
    st.sampled_from(["a", "b"]),
    st.sampled_from(["message", "conversation"]),
    st.integers(0, 12),
    st.booleans(),
    st.sampled_from(sorted(TIMES)),
)


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[list[Event]]]:
    """By connection: batches, in the order they are sent; some are sent again."""
    events = draw(st.lists(EVENTS, max_size=60))
    connections: list[list[list[Event]]] = [[] for _ in range(draw(st.integers(1, 3)))]
    while events:
        size = draw(st.integers(1, 20))
        batch, events = events[:size], events[size:]
        repeats = draw(st.integers(1, 2))
        draw(st.sampled_from(connections)).extend([batch] * repeats)
    return connections


class TestSetSemantics:
    @given(sent=deliveries(), exact=st.booleans())
    @settings(
        max_examples=rounds(25),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_counters_equal_the_set_of_ids(
        self,
        host: Caller,
        shared_metering: MeteringService,
        sent: list[list[list[Event]]],
        exact: bool,
    ) -> None:
        run = f"run{next(_runs)}-"
        for event in (e for batches in sent for batch in batches for e in batch):
            if not event["workspace_id"].startswith("run"):
                event["workspace_id"] = run + event["workspace_id"]

        def deliver(batches: list[list[Event]]) -> None:
            for batch in batches:
                if exact:
                    for event in batch:
                        _deliver_exactly(host, event)
                else:
                    host.report(*batch)

        with ThreadPoolExecutor(len(sent)) as pool:
            list(pool.map(deliver, sent))
        assert _stored(shared_metering, run) == _expected(sent)
        assert _projected(shared_metering, run) == _expected(sent)


def _deliver_exactly(host: Caller, event: Event) -> None:
    there = Caller(host.http, event["workspace_id"])
    more = {key: event[key] for key in ("occurred_at", "is_playground")}
    if event["metric"] == "message":
        assert there.message(event["id"], **more).status_code in (200, 201)
    else:
        assert there.first_turn(event["id"], **more).status_code == 200


def _expected(sent: list[list[list[Event]]]) -> dict[tuple[str, str, str], int]:
    counted = {
        (event["workspace_id"], event["metric"], event["occurred_at"][:7], event["id"])
        for batches in sent
        for batch in batches
        for event in batch
        if not event["is_playground"]
    }
    return Counter(key[:3] for key in counted)


def _stored(metering: MeteringService, run: str) -> dict[tuple[str, str, str], int]:
    rows = metering.store.database.rows(
        "SELECT * FROM metering_quotas WHERE workspace LIKE %s AND used > 0", (f"{run}%",)
    )
    return {
        (row["workspace"], row["metric"], f"{row['month'] // 100}-{row['month'] % 100}"): row[
            "used"
        ]
        for row in rows
    }


def _projected(metering: MeteringService, run: str) -> dict[tuple[str, str, str], int]:
    wait_until_applied(metering.positions, "usage_counters", "metering", metering.store.head())
    rows = metering.database.rows(
        "SELECT * FROM usage_months WHERE workspace LIKE %s", (f"{run}%",)
    )
    return {(row["workspace"], row["metric"], row["month"]): row["count"] for row in rows}
