"""All events at once, as lines or as a table, and counted again by who has only that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.envelope import Envelope
from kernel.errors import ValidationFailed
from projections.audit_trail.exports import BATCH, exported
from runtime.readmodels.definition import ReadSide
from tests.support.audit_history import (
    START,
    History,
    conversation,
    message,
    read_side,
    record,
    subscribed,
    usage,
)
from tests.support.invoice_history import InvoiceLife
from tests.support.postgres import fresh_database

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "audit-with-duckdb.md"
DECEMBER = START + timedelta(days=34)


@pytest.fixture(scope="module")
def side(postgres_url: str) -> Iterator[ReadSide]:
    with fresh_database(postgres_url) as url, read_side(url) as built:
        for service in ("billing", "metering", "addons"):
            record(built, *(each for each in history() if each.service == service))
        yield built


def history() -> list[Envelope]:
    told = History()
    first, second, foreign = InvoiceLife("in_1"), InvoiceLife("in_2"), InvoiceLife("in_1", "globex")
    told.add(subscribed())
    for each in (first, second, foreign):
        told.add(each.issued())
        told.add(each.paid(START + timedelta(days=1)))
    for number in range(3):
        told.add(message(f"m{number} \t\\ ü \U0001f600"))
    told.add(message("g1", "globex"))
    told.add(conversation("c1", month="2026-12"), at=DECEMBER, recorded_at=DECEMBER)
    refund = second.amended(refunded_cents=900)
    told.add(refund, at=DECEMBER, recorded_at=DECEMBER)
    return told.events


def lines(side: ReadSide, *arguments: Any) -> list[dict[str, Any]]:
    pieces = b"".join(exported(side.database, "jsonl", *arguments))
    return [json.loads(line) for line in pieces.splitlines()]


def guided(name: str, events: Path) -> list[tuple[Any, ...]]:
    """What a query of the guide answers."""
    text = GUIDE.read_text(encoding="utf-8")
    found = re.search(rf"```sql\n-- {name}\n(.*?)```", text, re.DOTALL)
    assert found, name
    return duckdb.connect().execute(found[1].replace("events.parquet", str(events))).fetchall()


class TestLines:
    def test_hold_every_event_in_the_order_of_its_log(self, side: ReadSide) -> None:
        found = lines(side)
        assert [line["id"] for line in found] == [
            *(f"billing:{number}" for number in range(1, 9)),
            *(f"metering:{number}" for number in range(1, 6)),
        ]
        assert found[0]["data"]["subscription"]["plan"] == "pro-monthly"

    def test_of_one_workspace_hold_nothing_else(self, side: ReadSide) -> None:
        assert {line["workspace"] for line in lines(side, "globex")} == {"globex"}
        assert lines(side, "nobody") == []

    def test_go_on_behind_any_event(self, side: ReadSide) -> None:
        whole = lines(side)
        for place, line in enumerate(whole, 1):
            assert lines(side, None, line["id"]) == whole[place:]

    def test_of_a_time_begin_with_it_and_end_before_it(self, side: ReadSide) -> None:
        whole = lines(side)
        later = [line for line in whole if line["recorded_at"] >= DECEMBER.isoformat()[:19]]
        assert len(later) == 2
        assert lines(side, None, "", DECEMBER) == later
        assert lines(side, None, "", None, DECEMBER) == [
            each for each in whole if each not in later
        ]

    @pytest.mark.parametrize("cursor", ["billing", "billing:x", "other:1", "billing:-1", "1"])
    def test_refuse_what_is_no_events_id(self, side: ReadSide, cursor: str) -> None:
        with pytest.raises(ValidationFailed):
            exported(side.database, "jsonl", None, cursor)


class TestTable:
    @pytest.fixture
    def events(self, side: ReadSide, tmp_path: Path) -> Path:
        path = tmp_path / "events.parquet"
        path.write_bytes(b"".join(exported(side.database, "parquet")))
        return path

    def test_holds_what_the_lines_hold(self, side: ReadSide, events: Path) -> None:
        found = duckdb.connect().execute(f"SELECT * FROM '{events}'")
        names = [column[0] for column in found.description]
        table = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        for row, line in zip(table, lines(side), strict=True):
            moments = {name: row[name].isoformat() for name in ("occurred_at", "recorded_at")}
            told = {**row, **moments, "data": json.loads(row["data"])}
            assert told == {**line, **{name: line[name].rstrip("Z") for name in moments}}

    def test_of_nothing_is_a_table_all_the_same(self, side: ReadSide, tmp_path: Path) -> None:
        path = tmp_path / "events.parquet"
        path.write_bytes(b"".join(exported(side.database, "parquet", "nobody")))
        assert duckdb.connect().execute(f"SELECT count(*) FROM '{path}'").fetchall() == [(0,)]

    def test_gives_usage_and_money_as_the_guide_says(self, events: Path) -> None:
        assert guided("usage", events) == [
            ("acme", "2026-11", 3, 0),
            ("acme", "2026-12", 0, 1),
            ("globex", "2026-11", 1, 0),
        ]
        assert guided("money", events) == [("2026-11", "USD", 14_700, 900)]
        assert guided("known", events) == [("USD", 14_700)]
        assert guided("actors", events)[0][0] == "user:ann"


def test_more_than_one_batch_is_exported_whole(database_url: str, tmp_path: Path) -> None:
    with read_side(database_url) as side:
        record(side, *usage(BATCH + 3))
        assert len(lines(side)) == BATCH + 3
        path = tmp_path / "events.parquet"
        path.write_bytes(b"".join(exported(side.database, "parquet", "acme")))
        counted = duckdb.connect().execute(f"SELECT count(*), max(sequence) FROM '{path}'")
        assert counted.fetchall() == [(BATCH + 3, BATCH + 3)]
