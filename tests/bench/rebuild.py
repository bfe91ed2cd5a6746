"""Rebuilds the usage counters from a long log: `python -m tests.bench rebuild`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from projections.usage_counters.projector import READ_MODEL
from runtime.feed.feed import Publisher
from runtime.feed.positions import Positions
from runtime.postgres import embedded_server
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.readmodels.comparison import verify
from runtime.readmodels.rebuild import rebuild
from services.metering.application.recorder import UsageStore
from services.metering.published import publish
from tests.bench.result import Result, single
from tests.support.postgres import fresh_database

EVENTS = 1_000_000
LIMIT = 5.0
# 2,000 workspaces over 30 days and 3 agents, in the form in which metering stores a message.
FILL = """
INSERT INTO metering_events (originator_id, originator_version, topic, state)
SELECT md5(n::text)::uuid, 1, 'metering.MessageMetered', convert_to(
  '{"timestamp":"2026-11-' || lpad((n %% 30 + 1)::text, 2, '0') || 'T09:30:00Z",'
  '"cause":{"actor":"service:host","correlation_id":"req_' || n || '",'
  '"causation_id":"request:req_' || n || '"},"workspace":"workspace-' || n %% 2000 ||
  '","month":"2026-11","usage_id":"message-' || n || '","agent_id":"agent-' || n %% 3 || '"}',
  'UTF8')
FROM generate_series(%s::int, %s::int) AS n
"""
AGGREGATE = """
SELECT state ->> 'workspace', topic, state ->> 'month', left(state ->> 'timestamp', 10),
       state ->> 'agent_id', count(*)
FROM (SELECT topic, convert_from(state, 'UTF8')::jsonb AS state FROM metering_events) AS events
GROUP BY 1, 2, 3, 4, 5
"""


@contextmanager
def usage_log(events: int) -> Iterator[tuple[UsageStore, Positions]]:
    """A metering log with that many messages, and the schema of the read models."""
    folder = Path(tempfile.mkdtemp(prefix="bench-")) / "postgres"
    try:
        with (
            fresh_database(embedded_server.start(folder)) as url,
            Database(url, "metering", ids="uuid") as one,
            Database(url, "projections") as other,
        ):
            store, positions = UsageStore(one), Positions(other)
            store.migrate()
            positions.migrate()
            Schema(other, READ_MODEL.tables).migrate()
            fill(store, 1, events)
            with one.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE metering_events")
            yield store, positions
    finally:
        embedded_server.stop(folder)


def fill(store: UsageStore, first: int, last: int) -> None:
    with store.database.transaction(commit=True) as cursor:
        cursor.execute(FILL, (first, last))
        cursor.execute("SELECT pg_notify(%s, '')", (store.channel,))


def seconds_of_aggregate(store: UsageStore) -> float:
    started = time.perf_counter()
    store.database.rows(AGGREGATE)
    return time.perf_counter() - started


def measure(quick: bool) -> Sequence[Result]:
    events = EVENTS // 5 if quick else EVENTS
    with usage_log(events) as (store, positions):
        plain = min(seconds_of_aggregate(store) for _ in range(2))
        publishers = {"metering": Publisher(store, publish)}
        counters = replace(READ_MODEL, services=("metering",))
        rebuilt = rebuild(counters, positions, publishers)
        verified = verify(counters, positions, publishers)
    assert verified.equal
    details = f"{rebuilt.seconds:.1f} s, {plain:.1f} s"
    name = f"rebuild of {events:,} events / one SQL aggregate"
    return [Result(name, single(rebuilt.seconds / plain), most=LIMIT, details=details)]
