"""Binary COPY of usage events as rows: what PostgreSQL alone would take in."""

from __future__ import annotations

import time
from types import TracebackType

import psycopg

ROWS = 100_000
COLUMNS = "originator_id, originator_version, topic, state, notification_id, recorded_at"
TABLE = """
CREATE TABLE raw_copy (
    originator_id uuid, originator_version bigint, topic text, state bytea,
    notification_id bigint, recorded_at timestamptz,
    PRIMARY KEY (originator_id, originator_version), UNIQUE (notification_id))
"""
# An event a row, with its cause, as JSON: the shape of 0.1.0.
ROW = """
SELECT gen_random_uuid(), 1::bigint, 'metering.MessageMetered',
       convert_to('{"timestamp":"2026-11-01T09:30:00.123456Z","cause":{"actor":"service:host",'
         '"correlation_id":"req_' || md5(n::text) || '","causation_id":"request:req_'
         || md5(n::text) || '"},"workspace":"ws' || n %% 100 || '","month":"2026-11","usage_id":"'
         || md5('id' || n) || '","agent_id":"agent-' || n %% 3 || '"}', 'UTF8'),
       n::bigint, clock_timestamp()
FROM generate_series(1, %s) AS n
"""


class BinaryCopy:
    """Into an empty table in each turn, which is as good as it gets."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        with self._connection.cursor() as cursor, cursor.copy(_out(ROW), (ROWS,)) as copy:
            self._blocks = [bytes(block) for block in copy]

    def __enter__(self) -> BinaryCopy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._connection.close()

    def rate(self) -> float:
        """Rows a second."""
        self._connection.execute("DROP TABLE IF EXISTS raw_copy")
        self._connection.execute(TABLE)
        started = time.perf_counter()
        sink = f"COPY raw_copy ({COLUMNS}) FROM STDIN (FORMAT binary)"
        with self._connection.cursor() as cursor, cursor.copy(sink.encode()) as copy:
            for block in self._blocks:
                copy.write(block)
        return ROWS / (time.perf_counter() - started)


def _out(query: str) -> bytes:
    return f"COPY ({query}) TO STDOUT (FORMAT binary)".encode()
