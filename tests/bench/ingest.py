"""Batch ingest against raw binary COPY of the same rows, and with a long history behind it."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from services.metering.application.recorder import SCHEMA
from tests.bench.load import Measured, Requests, Target, drive
from tests.bench.metering_target import MeteringTarget, Running
from tests.bench.result import Result

CONNECTIONS = 8
BATCH = 1_000
COLUMNS = "originator_id, originator_version, topic, state, notification_id, recorded_at"


def measure(metering: MeteringTarget, quick: bool) -> Sequence[Result]:
    batches, rounds = (10, 3) if quick else (25, 9)
    rates, copies = [], []
    with metering.database() as url, metering.serving(url, "--no-projection") as running:
        for number in range(rounds):
            measured = _ingest(running, f"r{number}", batches)
            rates.append(measured.rate * BATCH)
            copies.append(_copy(url, len(measured.latencies) * BATCH))
    rate, copied = statistics.median(rates), statistics.median(copies)
    return [
        Result(
            "batch ingest, 1,000 a request, 8 connections",
            f"{rate:,.0f} events/s",
            f"binary COPY {copied:,.0f} rows/s",
            rate / copied,
            least=0.6,
        )
    ]


def measure_growth(metering: MeteringTarget, quick: bool) -> Sequence[Result]:
    many = 1_000_000 if quick else 10_000_000
    with metering.database() as url:
        _fill(url, 100_000)
        with metering.serving(url, "--no-projection") as running:
            few_rate = _median_rate(running, "few")
        _fill(url, many - 100_000)
        with metering.serving(url, "--no-projection") as running:
            many_rate = _median_rate(running, "many")
    return [
        Result(
            f"ingest with {many:,} stored events",
            f"{many_rate:,.0f} events/s",
            f"with 100,000: {few_rate:,.0f} events/s",
            many_rate / few_rate,
            least=0.7,
        )
    ]


def _median_rate(running: Running, tag: str) -> float:
    _ingest(running, f"{tag}-warm", 3)
    return statistics.median(
        _ingest(running, f"{tag}{round_}", 10).rate * BATCH for round_ in range(5)
    )


def _ingest(running: Running, tag: str, batches: int) -> Measured:
    measured = drive(running.target, _batches(running.target, tag, batches), CONNECTIONS, 600)
    assert set(measured.statuses) == {200}
    return measured


def _batches(target: Target, tag: str, batches: int) -> Requests:
    """Made before the clock starts: 100 workspaces, four messages to a conversation."""
    ready = [
        [_batch(target, f"{tag}-{connection}-{number}") for number in range(batches)]
        for connection in range(CONNECTIONS)
    ]

    def requests(connection: int) -> Iterator[bytes]:
        return iter(ready[connection])

    return requests


def _batch(target: Target, tag: str) -> bytes:
    events = [
        {
            "id": f"{tag}-{number}",
            "workspace_id": f"ws{number % 100}",
            "metric": "message" if number % 5 else "conversation",
            "occurred_at": time.strftime("%Y-%m-01T00:00:00Z", time.gmtime()),
            "agent_id": f"agent-{number % 3}",
        }
        for number in range(BATCH)
    ]
    return target.request("POST", "/v1/metering/events", json.dumps({"events": events}).encode())


def _copy(url: str, rows: int) -> float:
    """Rows a second of what was stored last, into an empty table of the same shape and indexes."""
    with psycopg.connect(url, autocommit=True) as connection:
        source = (
            f"COPY (SELECT {COLUMNS} FROM {SCHEMA}.metering_events "
            f"ORDER BY notification_id DESC LIMIT {rows}) TO STDOUT (FORMAT binary)"
        )
        with connection.cursor().copy(source.encode()) as copy:
            stored = [bytes(block) for block in copy]
        connection.execute("DROP TABLE IF EXISTS raw_copy")
        connection.execute(
            f"CREATE TABLE raw_copy (LIKE {SCHEMA}.metering_events INCLUDING ALL)".encode()
        )
        started = time.perf_counter()
        sink = f"COPY raw_copy ({COLUMNS}) FROM STDIN (FORMAT binary)"
        with connection.cursor().copy(sink.encode()) as copy:
            for block in stored:
                copy.write(block)
        return rows / (time.perf_counter() - started)


def _fill(url: str, rows: int) -> None:
    """History of 10,000 workspaces, written by the database itself; with the indexes built
    afterwards, because ten million random keys one by one take longer than the rest of the run."""
    table = f"{SCHEMA}.metering_events"
    with psycopg.connect(url, autocommit=True) as connection:
        with _without_indexes(connection, table):
            connection.execute(
                f"""
                INSERT INTO {table} (originator_id, originator_version, topic, state)
                SELECT (substr(md5((n % 10000)::text), 1, 8)
                        || substr(md5(n::text || random()::text), 1, 24))::uuid,
                       1, 'metering.MessageMetered',
                       convert_to(format('{{"timestamp":"2026-11-01T00:00:00Z","cause":{{"actor":'
                           '"service:host","correlation_id":"req_0123456789abcdef0123456789abcd",'
                           '"causation_id":"request:req_0123456789abcdef0123456789abcd"}},'
                           '"workspace":"old%s","month":"2026-11","usage_id":"%s",'
                           '"agent_id":null}}', n % 10000, n), 'UTF8')
                  FROM generate_series(1, {rows}) n
                """.encode()
            )
        connection.execute(f"VACUUM ANALYZE {table}".encode())
        connection.execute(b"CHECKPOINT")


@contextmanager
def _without_indexes(connection: psycopg.Connection, table: str) -> Iterator[None]:
    """The table has them again afterwards."""
    constraints = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
        (table,),
    ).fetchall()
    for name, _ in constraints:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    indexes = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = %s::regclass",
        (table,),
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
    yield
    connection.execute("SET maintenance_work_mem = '512MB'")
    for name, definition in constraints:
        connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}".encode())
    for _, definition in indexes:
        connection.execute(definition.encode())
