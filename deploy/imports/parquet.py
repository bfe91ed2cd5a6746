"""Rows of a Parquet file, as DuckDB reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from kernel.clock import rfc3339

AT_ONCE = 1_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotParquet(Exception):
    """One line: why it can't be read."""


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """As JSON would have them, without what is null. A time without a zone is UTC."""
    try:
        import duckdb
    except ImportError as error:
        raise NotParquet("Parquet needs DuckDB: pip install '.[parquet]'") from error
    try:
        with duckdb.connect() as connection:
            described = connection.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()
            kinds = {str(name): str(kind) for name, kind, *_ in described}
            shown = ", ".join(_selected(name, kind) for name, kind in kinds.items())
            connection.execute(f"SELECT {shown} FROM read_parquet(?)", [str(path)])
            while rows := connection.fetchmany(AT_ONCE):
                for row in rows:
                    yield {
                        name: _plain(value, kind)
                        for (name, kind), value in zip(kinds.items(), row, strict=True)
                        if value is not None
                    }
    except duckdb.Error as error:
        raise NotParquet(str(error).partition("\n")[0]) from error


def _selected(name: str, kind: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    return f"epoch_us({quoted})" if kind.startswith("TIMESTAMP") else quoted


def _plain(value: Any, kind: str) -> Any:
    if kind.startswith("TIMESTAMP"):
        return rfc3339(EPOCH + timedelta(microseconds=value))
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value) if isinstance(value, UUID) else value
