"""Binary arrays read by PostgreSQL as they were written."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import psycopg
import pytest

from runtime.postgres import binary_arrays

MOMENTS = [datetime(1999, 12, 31, tzinfo=UTC), datetime(2026, 11, 22, 1, 2, 3, 4, tzinfo=UTC)]
IDS = [uuid.UUID(int=number << 64 | number).bytes for number in (1, 2**40, 2**62)]
CASES = [
    ("uuid[]", binary_arrays.uuid_array(IDS), [uuid.UUID(bytes=identity) for identity in IDS]),
    ("bytea[]", binary_arrays.bytea_array([b"", b"a" * 5000]), [b"", b"a" * 5000]),
    ("text[]", binary_arrays.text_array(["", "ü€", "x" * 3000]), ["", "ü€", "x" * 3000]),
    ("int4[]", binary_arrays.int4_array([-1, 0, 2**31 - 1]), [-1, 0, 2**31 - 1]),
    ("int8[]", binary_arrays.int8_array([None, -1, 2**62]), [None, -1, 2**62]),
    ("int8[]", binary_arrays.int8_array([]), []),
    ("timestamptz[]", binary_arrays.timestamptz_array(MOMENTS), MOMENTS),
    ("timestamptz", binary_arrays.timestamptz(MOMENTS[1]), MOMENTS[1]),
    ("int8", binary_arrays.int8(-5), -5),
    ("bool", binary_arrays.boolean(True), True),
]


@pytest.mark.parametrize(("kind", "sent", "value"), CASES, ids=[kind for kind, _, _ in CASES])
def test_the_server_reads_what_was_written(
    postgres_url: str, kind: str, sent: bytes, value: object
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        result = connection.pgconn.exec_params(f"SELECT $1::{kind}".encode(), [sent], None, [1], 0)
        shown = connection.execute(f"SELECT %s::{kind}::text", (value,)).fetchone()
        assert shown is not None
        expected = shown[0].encode() if kind != "bool" else b"t"
        assert result.get_value(0, 0) == expected, result.error_message


def test_arrays_of_figures_are_read_back() -> None:
    assert binary_arrays.read_int8_array(binary_arrays.int8_array([1, -2, 3])) == (1, -2, 3)
    assert binary_arrays.read_int8_array(binary_arrays.int8_array([])) == ()
    assert binary_arrays.read_int8_array(None) == ()
    assert binary_arrays.read_int8(None) == 0
    assert binary_arrays.read_uuids(b"".join(IDS)) == IDS
