"""PostgreSQL's binary wire form of arrays, built and read without a Python object per element.

Elements are joined with the length prefix that every element has, so an array of a thousand costs
one `join`. Format: PostgreSQL's `array_send`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

BYTEA, INT8, INT4, TEXT, TIMESTAMPTZ, UUID = 17, 20, 23, 25, 1184, 2950
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_HEADER = struct.Struct(">iiiii")
_LENGTH = struct.Struct(">i")
_LENGTHS = [_LENGTH.pack(length) for length in range(2048)]
_NULL = _LENGTH.pack(-1)
_UUID_LENGTH = _LENGTH.pack(16)
_ARRAY_START = 20


def _array(element: int, count: int, body: bytes, *, nulls: bool = False) -> bytes:
    if count == 0:
        return struct.pack(">iii", 0, 0, element)
    return _HEADER.pack(1, int(nulls), element, count, 1) + body


def _prefixed(value: bytes) -> bytes:
    size = len(value)
    return (_LENGTHS[size] if size < 2048 else _LENGTH.pack(size)) + value


def joined(element: int, count: int, parts: Iterable[bytes]) -> bytes:
    """The array of `count` elements whose wire form stands in `parts`."""
    return _array(element, count, b"".join(parts))


def uuids(values: Sequence[bytes]) -> bytes:
    """Elements of a uuid[] of 16 bytes each."""
    return _UUID_LENGTH + _UUID_LENGTH.join(values) if values else b""


def byteas(values: Sequence[bytes]) -> bytes:
    """Elements of a bytea[]."""
    return b"".join(map(_prefixed, values))


def texts(values: Sequence[str]) -> bytes:
    """Elements of a text[]."""
    return b"".join(map(_text, values))


def uuid_array(values: Sequence[bytes]) -> bytes:
    """`values` of 16 bytes each."""
    return _array(UUID, len(values), uuids(values))


def bytea_array(values: Sequence[bytes]) -> bytes:
    return _array(BYTEA, len(values), byteas(values))


def text_array(values: Sequence[str]) -> bytes:
    return _array(TEXT, len(values), texts(values))


@lru_cache(maxsize=1024)
def _text(value: str) -> bytes:
    return _prefixed(value.encode())


def int4_array(values: Sequence[int]) -> bytes:
    return _array(INT4, len(values), b"".join(map(_int4, values)))


@lru_cache(maxsize=4096)
def _int4(value: int) -> bytes:
    return struct.pack(">ii", 4, value)


def int8_array(values: Sequence[int | None]) -> bytes:
    """None is NULL."""
    body = b"".join([_NULL if value is None else struct.pack(">iq", 8, value) for value in values])
    return _array(INT8, len(values), body, nulls=None in values)


def timestamptz(instant: datetime) -> bytes:
    return struct.pack(">q", (instant - _EPOCH) // timedelta(microseconds=1))


def timestamptz_array(instants: Sequence[datetime]) -> bytes:
    body = b"".join([_prefixed(timestamptz(instant)) for instant in instants])
    return _array(TIMESTAMPTZ, len(instants), body)


def int8(value: int) -> bytes:
    return struct.pack(">q", value)


def boolean(value: bool) -> bytes:
    return b"\1" if value else b"\0"


def read_int8(raw: bytes | None) -> int:
    """NULL reads 0."""
    return 0 if raw is None else int(struct.unpack(">q", raw)[0])


def read_int8_array(raw: bytes | None) -> tuple[int, ...]:
    """An array without NULLs; NULL itself reads as empty."""
    if raw is None or len(raw) <= _ARRAY_START:
        return ()
    count = _LENGTH.unpack_from(raw, 12)[0]
    return struct.unpack(">" + "4xq" * count, raw[_ARRAY_START:])


def read_uuids(raw: bytes | None) -> list[bytes]:
    """Concatenated uuids, as `string_agg(uuid_send(…), '')` makes them."""
    return [raw[at : at + 16] for at in range(0, len(raw), 16)] if raw else []
