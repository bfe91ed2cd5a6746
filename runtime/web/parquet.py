"""Writes Apache Parquet while its rows are read: flat tables without nulls, one page to a column
and row group, compressed with Zstandard. No more is needed, and a library weighs 150 MB."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import zstandard

MAGIC = b"PAR1"
INT64, BYTE_ARRAY = 2, 6
UTF8, TIMESTAMP_MICROS, INT_64, JSON = 0, 10, 18, 19
PLAIN, RLE, ZSTD, DATA_PAGE, REQUIRED = 0, 3, 6, 0, 0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Kind = Literal["text", "json", "integer", "time"]


@dataclass(frozen=True, slots=True)
class Column:
    """`json` is text that readers may take apart."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Storage:
    """How values of a kind are stored: physical type, what it means, the bytes of a page."""

    physical: int
    meaning: int
    encode: Callable[[Sequence[Any]], bytes]


def _texts(values: Sequence[str]) -> bytes:
    parts = [each.encode() for each in values]
    return b"".join(struct.pack("<I", len(part)) + part for part in parts)


def _integers(values: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(values)}q", *values)


def _times(values: Sequence[datetime]) -> bytes:
    return _integers([(each - _EPOCH) // _MICROSECOND for each in values])


STORAGE: Mapping[Kind, _Storage] = {
    "text": _Storage(BYTE_ARRAY, UTF8, _texts),
    "json": _Storage(BYTE_ARRAY, JSON, _texts),
    "integer": _Storage(INT64, INT_64, _integers),
    "time": _Storage(INT64, TIMESTAMP_MICROS, _times),
}


def parquet(
    columns: Sequence[Column], groups: Iterable[Sequence[Mapping[str, Any]]], creator: str
) -> Iterator[bytes]:
    """The file, piece by piece; each of `groups` becomes a row group."""
    offset, rows, described = len(MAGIC), 0, []
    yield MAGIC
    for group in groups:
        chunks, size = [], 0
        for column in columns:
            page, chunk = _chunk(column, [row[column.name] for row in group], offset + size)
            chunks.append(chunk)
            size += len(page)
            yield page
        offset += size
        rows += len(group)
        described.append({1: chunks, 2: _Long(size), 3: _Long(len(group))})
    footer = _struct({1: 1, 2: _schema(columns), 3: _Long(rows), 4: described, 6: creator.encode()})
    yield footer + struct.pack("<I", len(footer)) + MAGIC


def _chunk(column: Column, values: Sequence[Any], offset: int) -> tuple[bytes, _Fields]:
    storage = STORAGE[column.kind]
    plain = storage.encode(values)
    packed = zstandard.compress(plain)
    about = {1: len(values), 2: PLAIN, 3: RLE, 4: RLE}
    header = _struct({1: DATA_PAGE, 2: len(plain), 3: len(packed), 5: about})
    facts: _Fields = {
        1: storage.physical,
        2: [PLAIN],
        3: [column.name.encode()],
        4: ZSTD,
        5: _Long(len(values)),
        6: _Long(len(header) + len(plain)),
        7: _Long(len(header) + len(packed)),
        9: _Long(offset),
    }
    return header + packed, {2: _Long(offset), 3: facts}


def _schema(columns: Sequence[Column]) -> list[_Fields]:
    root: _Fields = {4: b"schema", 5: len(columns)}
    return [
        root,
        *(
            {
                1: STORAGE[column.kind].physical,
                3: REQUIRED,
                4: column.name.encode(),
                6: STORAGE[column.kind].meaning,
            }
            for column in columns
        ),
    ]


# Thrift's compact protocol, as far as the footer needs it.
class _Long(int):
    """A number of 64 bits; others have 32."""


_Fields = dict[int, Any]
_TYPES: Mapping[type, int] = {int: 5, _Long: 6, bytes: 8, list: 9, dict: 12}


def _struct(fields: _Fields) -> bytes:
    made, last = b"", 0
    for number, value in fields.items():
        made += bytes([(number - last) << 4 | _TYPES[type(value)]]) + _value(value)
        last = number
    return made + b"\0"


def _value(value: Any) -> bytes:
    if isinstance(value, dict):
        return _struct(value)
    if isinstance(value, list):
        kind = _TYPES[type(value[0])] if value else _TYPES[dict]
        size = len(value)
        head = bytes([size << 4 | kind]) if size < 15 else bytes([0xF0 | kind]) + _varint(size)
        return head + b"".join(map(_value, value))
    if isinstance(value, bytes):
        return _varint(len(value)) + value
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    made.append(number)
    return bytes(made)
