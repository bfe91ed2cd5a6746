"""What an account's blocks count, day by day, back to the first of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from runtime.eventstore.recorder import RecordedEvent
from runtime.postgres.database import Database
from services.metering.application.blocks.block import SEVERAL_DAYS
from services.metering.application.blocks.rows import holding
from services.metering.application.commands import AccountKey
from services.metering.application.months import month_from
from services.metering.application.stored import TOPICS

# Each names the one before it: nobody else's are read.
_CHAIN = """
WITH RECURSIVE own(at, account, count, before, day) AS (
    SELECT q.block, q.account, counted.*
      FROM metering_quotas q, metering_counted(q.block, q.account) AS counted
     WHERE q.workspace = %s AND q.metric = %s AND q.month = %s AND q.block > 0
    UNION ALL
    SELECT own.before, own.account, counted.*
      FROM own, metering_counted(own.before, own.account) AS counted WHERE own.before > 0)
SELECT at, day, count FROM own WHERE at <= %s ORDER BY at
"""


class _Usage(msgspec.Struct, gc=False):
    timestamp: str
    workspace: str
    month: str


_decode = msgspec.json.Decoder(_Usage).decode


@dataclass(slots=True)
class ByDay:
    """How many there are on each day, and the events that were recorded first and last."""

    counts: Counter[str] = field(default_factory=Counter)
    first: RecordedEvent | None = None
    last: RecordedEvent | None = None


def by_day(database: Database, account: AccountKey, position: int) -> ByDay:
    """Up to a position of the log that lies between commits; days as `2026-11-22`."""
    chain = database.tuples(_CHAIN, (*account, position))
    if not chain:
        return ByDay()
    month = str(month_from(account[2]))
    counts: Counter[str] = Counter()
    for at, day, count in chain:
        if day == SEVERAL_DAYS:
            counts.update(day_of(event) for event in _events(database, at, account))
        else:
            counts[f"{month}-{day:02}"] += count
    first = next(_events(database, chain[0][0], account))
    *_, last = _events(database, chain[-1][0], account)
    return ByDay(counts, first, last)


def day_of(event: RecordedEvent) -> str:
    return _decode(event.state).timestamp[:10]


def _events(database: Database, at: int, account: AccountKey) -> Iterator[RecordedEvent]:
    """The account's events in one block."""
    workspace, metric, number = account
    month = str(month_from(number))
    for row in holding(database, [at]):
        for event in row.events:
            usage = _decode(event.state)
            if (event.topic, usage.workspace, usage.month) == (TOPICS[metric], workspace, month):
                yield event
