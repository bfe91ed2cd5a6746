"""All events, or those of one workspace, for reading elsewhere: as lines of JSON or as Parquet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, get_args

from kernel.clock import rfc3339
from kernel.errors import ValidationFailed
from projections.audit_trail.projector import SERVICES
from projections.audit_trail.queries import Filter, as_json, list_events
from projections.audit_trail.statements import SQL
from runtime.postgres.database import Database, Row
from runtime.web.parquet import Column, Kind, parquet

Form = Literal["jsonl", "parquet"]
FORMS: tuple[Form, ...] = get_args(Form)
# Generators of clients know the bytes of any file, and not Parquet's own media type.
MEDIA_TYPES: dict[Form, str] = {
    "jsonl": "application/x-ndjson",
    "parquet": "application/octet-stream",
}
BATCH = 5_000
CREATOR = "workspace-billing audit export"
_KINDS: dict[str, Kind] = {
    "sequence": "integer",
    "version": "integer",
    "occurred_at": "time",
    "recorded_at": "time",
    "data": "json",
}
NAMES = (
    *("id", "service", "sequence", "stream", "version", "type", "workspace", "key", "actor"),
    *("correlation_id", "causation_id", "occurred_at", "recorded_at", "data", "digest", "hash"),
)
COLUMNS = [Column(name, _KINDS.get(name, "text")) for name in NAMES]
CURSOR = re.compile(rf"({'|'.join(SERVICES)}):(\d{{1,18}})")


def exported(
    database: Database,
    form: Form,
    workspace: str | None = None,
    cursor: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[bytes]:
    """What is recorded by now, behind the event of which `cursor` is the id: services in the order
    billing, metering, addons, each in the order of its log. Raises ValidationFailed, before
    anything is read, for a cursor that is no event's id."""
    wanted = Filter(workspace=workspace, since=since, until=until)
    batches = _batches(database, wanted, *_place(cursor))
    if form == "parquet":
        return parquet(COLUMNS, (list(map(_flat, rows)) for rows in batches), CREATOR)
    return (b"".join(map(_line, rows)) for rows in batches)


def _place(cursor: str) -> tuple[str, int]:
    if not cursor:
        return SERVICES[0], 0
    found = CURSOR.fullmatch(cursor)
    if found is None:
        raise ValidationFailed("The cursor is the id of the last event that arrived.")
    return found[1], int(found[2])


def _batches(database: Database, wanted: Filter, service: str, after: int) -> Iterator[list[Row]]:
    for name in SERVICES[SERVICES.index(service) :]:
        heads = database.rows(SQL["chain"], {"service": name})
        upto = heads[0]["sequence"] if heads else 0
        of_service = replace(wanted, service=name, upto=upto)
        while rows := list_events(database, of_service, {name: after}, BATCH):
            after = rows[-1]["sequence"]
            yield [as_json(row) for row in rows]
        after = 0


def _line(row: Row) -> bytes:
    told = {name: row[name] for name in NAMES}
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=_moment)
    return text.encode() + b"\n"


def _flat(row: Row) -> Row:
    return {**row, "data": json.dumps(row["data"], ensure_ascii=False, separators=(",", ":"))}


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    raise TypeError(f"{type(value).__name__} has no form in an export")
