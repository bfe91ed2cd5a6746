"""Usage of the past is taken over from a file, each event once."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from deploy.imports.usage import NotTaken, NotUsage, events_of, import_usage
from tests.support.metering_caller import Caller

AT = "2026-10-05T10:00:00Z"


def lines(host: Caller, *ids: str) -> str:
    return "".join(json.dumps(host.event(name, occurred_at=AT)) + "\n" for name in ids)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "usage.jsonl"


class TestImportUsage:
    def test_counts_each_event_once_however_often_it_runs(self, host: Caller, file: Path) -> None:
        file.write_text(lines(host, *(f"m{number}" for number in range(1_200))))
        assert import_usage(host.http, file).counts == {"inserted": 1_200}
        assert import_usage(host.http, file).counts == {"duplicate": 1_200}

    def test_goes_on_where_it_broke_off(self, host: Caller, file: Path) -> None:
        file.write_text(lines(host, "a", "b") + "{broken\n")
        with pytest.raises(NotUsage, match=r"usage\.jsonl:3"):
            import_usage(host.http, file)
        file.write_text(lines(host, "a", "b", "c"))
        import_usage(host.http, file)
        assert import_usage(host.http, file).counts == {"duplicate": 3}

    def test_reads_columns_of_a_csv_by_name(self, host: Caller, tmp_path: Path) -> None:
        file = tmp_path / "usage.csv"
        file.write_text(
            "workspace_id,id,metric,occurred_at,is_playground,agent_id\n"
            f"{host.ws},m1,message,{AT},,agent-7\n"
            f"{host.ws},m2,message,{AT},true,\n"
        )
        assert import_usage(host.http, file).counts == {"inserted": 1, "ignored": 1}

    def test_reads_parquet_as_a_warehouse_writes_it(self, host: Caller, tmp_path: Path) -> None:
        file = tmp_path / "usage.parquet"
        duckdb.sql(
            f"COPY (SELECT '{host.ws}' workspace_id, 'm' || i AS id, 'message' metric, "
            "TIMESTAMP '2026-10-05 10:00:00' occurred_at, NULL::BOOLEAN is_playground "
            f"FROM range(1200) AS r(i)) TO '{file}' (FORMAT parquet)"
        )
        assert import_usage(host.http, file).counts == {"inserted": 1_200}
        [(_, first), *_] = events_of(file)
        assert first == {**host.event("m0", occurred_at=AT), "occurred_at": first["occurred_at"]}
        assert first["occurred_at"].startswith("2026-10-05T10:00:00")

    def test_tells_by_line_what_was_rejected(self, host: Caller, file: Path) -> None:
        future = {**host.event("late"), "occurred_at": "2199-01-01T00:00:00Z"}
        file.write_text(lines(host, "ok") + json.dumps(future) + "\n")
        imported = import_usage(host.http, file)
        assert imported.counts == {"inserted": 1, "rejected": 1}
        [(line, name, reason)] = imported.rejected
        assert (line, name) == (2, "late")
        assert "future" in reason

    def test_a_dry_run_sends_nothing(self, host: Caller, file: Path) -> None:
        file.write_text(lines(host, "a"))
        assert import_usage(host.http, file, dry_run=True).counts == {"read": 1}
        assert import_usage(host.http, file).counts == {"inserted": 1}

    def test_a_refused_batch_ends_it_with_the_reason(self, host: Caller, file: Path) -> None:
        file.write_text(lines(host, "a"))
        host.http.headers["authorization"] = "Bearer nonsense"
        with pytest.raises(NotTaken, match="401"):
            import_usage(host.http, file)

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("usage.parquet", ""),
            ("usage.jsonl", "[]\n"),
            (
                "usage.jsonl",
                '{"id": "a", "workspace_id": "acme", "occurred_at": "2026", "value": NaN}\n',
            ),
            ("usage.jsonl", '{"id": "\udcff"}\n'),
            ("usage.csv", "id,workspace_id,occurred_at\n\udcff,acme,2026-10-05\n"),
            ("usage.jsonl", '{"id": "a", "workspace_id": "acme"}\n'),
            ("usage.csv", "id,workspace_id,occurred_at\na,acme,2026-10-05,more\n"),
        ],
    )
    def test_what_is_no_usage_is_refused(
        self, host: Caller, tmp_path: Path, name: str, text: str
    ) -> None:
        (tmp_path / name).write_bytes(text.encode(errors="surrogateescape"))
        with pytest.raises(NotUsage):
            import_usage(host.http, tmp_path / name)
