"""Listing the ledger: the services' logs, merged by the time of recording."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from kernel.clock import as_utc
from kernel.errors import ValidationFailed
from projections.audit_trail.projector import SERVICES
from projections.audit_trail.statements import SQL
from runtime.postgres.database import Database, Jsonb, Row
from runtime.web.errors import page

LIST = SQL["list"].decode()
CONDITIONS = {
    "type": "type = %(type)s",
    "workspace": "workspace = %(workspace)s AND workspace <> ''",
    "actor": "actor = %(actor)s",
    "stream": "stream = %(stream)s",
    # Each half repeats the condition of its partial index.
    "cause": "(correlation_id = %(request)s AND correlation_id <> '' "
    "OR causation_id = %(cause)s AND causation_id NOT LIKE 'request:%%')",
    "since": "recorded_at >= %(since)s",
    "until": "recorded_at < %(until)s",
    "without": "type <> ALL(%(without)s)",
    "types": "type = ANY(%(types)s)",
    "month": "data ->> 'month' = %(month)s",
    "meter": "data ->> 'meter' = %(meter)s",
    "upto": "sequence <= %(upto)s",
    "purchase": "data -> 'purchase' ->> 'purchase_id' = %(purchase)s",
}

Positions = Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Filter:
    """None: whatever. `since` is inside, `until` outside, both by the time of recording. `without`
    names types to leave out, `upto` is inside."""

    service: str | None = None
    type: str | None = None
    workspace: str | None = None
    stream: str | None = None
    actor: str | None = None
    cause: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    without: list[str] | None = None
    types: list[str] | None = None
    month: str | None = None
    meter: str | None = None
    upto: int | None = None
    purchase: str | None = None

    def given(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in CONDITIONS}
        return {name: value for name, value in values.items() if value is not None}

    def services(self) -> list[str]:
        """Those whose log may hold what is looked for."""
        named = self.service or (self.type or "").partition(".")[0]
        return [name for name in SERVICES if not named or name == named]


def list_events(database: Database, wanted: Filter, after: Positions, rows: int) -> list[Row]:
    """Up to `rows` events behind the positions. A position belongs to one log, so an event that
    arrives late from another one is never skipped by who pages on."""
    given = wanted.given()
    query = LIST.format(conditions="".join(f"AND {CONDITIONS[name]}\n  " for name in given))
    given |= {"rows": rows, "request": (wanted.cause or "").removeprefix("request:")}
    logs = [
        database.rows(query, {**given, "service": name, "after": after.get(name, 0)})
        for name in wanted.services()
    ]
    return list(islice(merge(*logs, key=_moment), rows))


def _moment(row: Row) -> tuple[datetime, str, int]:
    return row["recorded_at"], row["service"], row["sequence"]


def listed(database: Database, wanted: Filter, cursor: str, limit: int) -> dict[str, Any]:
    """A page of the list as it is answered."""
    before = decode_cursor(cursor).positions
    return _page(list_events(database, wanted, before, limit + 1), before, limit)


def caused(database: Database, cause: str, cursor: str, limit: int) -> dict[str, Any]:
    """What a cause led to, directly or through other events; a page of it."""
    before = decode_cursor(cursor).positions
    service, _, sequence = cause.partition(":")
    rows = database.rows(
        SQL["caused"],
        {
            "cause": cause,
            "request": cause.removeprefix("request:"),
            "service": service,
            "sequence": int(sequence) if _is_position(sequence) else -1,
            "after": Jsonb(dict(before)),
            "rows": limit + 1,
        },
    )
    return _page(rows, before, limit)


def _is_position(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _page(rows: Sequence[Row], before: Positions, limit: int) -> dict[str, Any]:
    following = Cursor(positions_after(before, rows[:limit]))
    return page([as_json(row) for row in rows], limit, lambda _: following.encode())


def positions_after(before: Positions, shown: Sequence[Row]) -> dict[str, int]:
    return {**before, **{row["service"]: row["sequence"] for row in shown}}


def as_json(row: Row) -> Row:
    hashes = {"digest": row["digest"].hex(), "hash": row["hash"].hex()}
    return {**row, "id": f"{row['service']}:{row['sequence']}", **hashes}


@dataclass(frozen=True)
class Cursor:
    """Where a list goes on: behind these positions, and, for usage, behind this moment."""

    positions: Positions
    since: datetime | None = None

    def encode(self) -> str:
        since = self.since.isoformat() if self.since else None
        text = json.dumps([dict(self.positions), since])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> Cursor:
    """Raises ValidationFailed for what is no `next` of ours."""
    if not cursor:
        return Cursor({})
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        positions, since = json.loads(text)
        known = {name: _position(positions[name]) for name in SERVICES if name in positions}
        return Cursor(known, as_utc(datetime.fromisoformat(since)) if since else None)
    except (ValueError, TypeError):
        raise ValidationFailed("The cursor is not one that this list gave.") from None


def _position(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 62:
        raise ValueError(value)
    return value
