"""Values of the audit's files are read in the only form that they are written in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from projections.audit_trail.canonical import hexadecimal, integer, moment, text


def test_what_is_written_as_it_should_be_is_read() -> None:
    assert hexadecimal("00ff") == b"\x00\xff"
    assert integer(7) == 7
    assert text("billing") == "billing"
    assert moment("2026-11-26T10:00:00.500000Z") == datetime(2026, 11, 26, 10, 0, 0, 500_000, UTC)


@pytest.mark.parametrize("written", ["00FF", " 00ff", "00 ff", "00ff\n", "0f0", "xx", 0, None])
def test_a_hash_written_otherwise_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        hexadecimal(written)


@pytest.mark.parametrize("written", [7.0, "7", True, None, [7]])
def test_a_number_written_otherwise_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="no integer"):
        integer(written)


@pytest.mark.parametrize(
    "written",
    ["2026-11-26T10:00:00", "2026-11-26t10:00:00Z", "2026-11-26T11:00:00+01:00", "2026-11-26"],
)
def test_a_time_written_otherwise_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"no moment|needs its zone"):
        moment(written)


def test_a_time_is_text() -> None:
    with pytest.raises(TypeError, match="no text"):
        moment(1_764_151_200)
