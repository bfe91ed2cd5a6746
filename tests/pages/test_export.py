"""What auditors take home."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import duckdb
import httpx
import pytest

from kernel.clock import utc_clock
from tests.pages.conftest import Visits
from tests.support.waiting import wait_until
from workspace_billing import Billing

PAGE = "/audit/export"


@pytest.fixture
def known(billing: Billing, workspace: str) -> str:
    """A workspace with two events that auditors can see."""
    events = [
        {"id": f"export-{number}", "workspace_id": workspace, "metric": "message"}
        for number in range(2)
    ]
    billing.report(events)
    wait_until(
        lambda: len(list(billing.audit.events(workspace=workspace))) == 2, "both are in the ledger"
    )
    return workspace


def lines(answer: httpx.Response) -> list[str]:
    return [json.loads(line)["data"]["usage_id"] for line in answer.text.splitlines()]


def test_a_workspaces_events_are_exported_as_lines_and_as_a_table(
    known: str, visits: Visits, tmp_path: Path
) -> None:
    with visits.staff("auditor") as browser:
        answer = browser.get(PAGE, params={"workspace": known})
        table = browser.get(PAGE, params={"workspace": known, "format": "parquet"})
    assert answer.headers["content-disposition"] == 'attachment; filename="events.jsonl"'
    assert lines(answer) == ["export-0", "export-1"]
    (file := tmp_path / "events.parquet").write_bytes(table.content)
    rows = duckdb.connect().execute(f"SELECT workspace FROM '{file}'").fetchall()
    assert rows == [(known,), (known,)]


def test_of_another_time_nothing_is_exported(known: str, visits: Visits) -> None:
    tomorrow = f"{utc_clock() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    with visits.staff("auditor") as browser:
        assert lines(browser.get(PAGE, params={"workspace": known, "since": tomorrow})) == []
        assert len(lines(browser.get(PAGE, params={"workspace": known, "until": tomorrow}))) == 2
        unread = browser.get(PAGE, params={"workspace": known, "until": "tomorrow"})
    assert unread.headers["location"] == "/audit?refused=validation_failed"
