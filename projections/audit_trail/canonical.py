"""Values of the audit's files in the only form that they are written in.

What reads the same and is written otherwise is refused: one verifier would hash the text, another
what it stands for, and they would differ about the same file. docs/audit/format.md is the source.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kernel.clock import as_utc, rfc3339


def hexadecimal(value: object) -> bytes:
    """Lower case, two digits a byte, nothing between. Raises ValueError."""
    try:
        found = bytes.fromhex(text(value))
    except (TypeError, ValueError):
        found = b""
    if value != found.hex():
        raise ValueError(f"{value!r} is no lower-case hexadecimal")
    return found


def hexadecimals(values: Iterable[object]) -> list[bytes]:
    return [hexadecimal(each) for each in values]


def integer(value: object) -> int:
    """Neither a fraction nor a truth value. Raises ValueError."""
    if type(value) is not int:
        raise ValueError(f"{value!r} is no integer")
    return value


def text(value: object) -> str:
    """Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def moment(value: object) -> datetime:
    """RFC 3339 in UTC, as `kernel.clock.rfc3339` writes it. Raises ValueError or TypeError."""
    found = as_utc(datetime.fromisoformat(text(value)))
    if value != rfc3339(found):
        raise ValueError(f"{value!r} is no moment in UTC")
    return found
