"""Rows of tables in a dump of MySQL (`INSERT INTO`) or PostgreSQL (`COPY … FROM stdin`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_NAME = r"[`\"]?(?:\w+[`\"]?\.[`\"]?)?(\w+)[`\"]?"
_CREATE = re.compile(rf"CREATE TABLE (?:IF NOT EXISTS )?{_NAME}\s*\(", re.I)
_COLUMN = re.compile(r"\s*[`\"](\w+)[`\"]\s")
_INSERT = re.compile(rf"INSERT (?:IGNORE )?INTO {_NAME}\s*(?:\(([^)]*)\))?\s*VALUES\s*", re.I)
_COPY = re.compile(rf"COPY {_NAME}\s*\(([^)]*)\) FROM stdin;", re.I)
_VALUE = re.compile(r"\s*(?:'((?:[^'\\]|\\.|'')*)'|([^,()\s]+))\s*([,)])", re.S)
_ESCAPED = re.compile(r"\\(.)|''", re.S)
_MEANS = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
Row = dict[str, str | None]


def rows_of(path: Path, tables: Sequence[str]) -> Iterator[tuple[str, Row]]:
    """Each row of these tables with its table; values as text. One statement stands on a line, as
    the dumping programs write it, or ends where a line ends with a semicolon."""
    columns: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = iter(file)
        for line in lines:
            if match := _CREATE.match(line):
                columns[match[1]] = _created(lines)
            elif (match := _COPY.match(line)) and match[1] in tables:
                names = _names(match[2])
                yield from ((match[1], row) for row in _copied(lines, names))
            elif (match := _INSERT.match(line)) and match[1] in tables:
                text = line[match.end() :]
                while not text.rstrip().endswith(";") and (more := next(lines, "")):
                    text += more
                names = _names(match[2]) if match[2] else columns.get(match[1], [])
                for values in _inserted(text):
                    yield match[1], dict(zip(names, values, strict=False))


def _created(lines: Iterator[str]) -> list[str]:
    names = []
    for line in lines:
        if line.lstrip().startswith(")"):
            break
        if found := _COLUMN.match(line):
            names.append(found[1])
    return names


def _names(listed: str) -> list[str]:
    return [each.strip().strip('`"') for each in listed.split(",")]


def _copied(lines: Iterator[str], names: list[str]) -> Iterator[Row]:
    for line in lines:
        if line.startswith("\\."):
            return
        cells = line.rstrip("\n").split("\t")
        yield {
            name: None if cell == "\\N" else _plain(cell)
            for name, cell in zip(names, cells, strict=False)
        }


def _inserted(text: str) -> Iterator[list[str | None]]:
    position = 0
    while (start := text.find("(", position)) >= 0:
        position, values, closed = start + 1, list[str | None](), False
        while not closed and (match := _VALUE.match(text, position)):
            bare = None if (match[2] or "").upper() == "NULL" else match[2]
            values.append(bare if match[1] is None else _plain(match[1]))
            position, closed = match.end(), match[3] == ")"
        yield values


def _plain(text: str) -> str:
    def meant(match: re.Match[str]) -> str:
        return "'" if match[1] is None else _MEANS.get(match[1], match[1])

    return _ESCAPED.sub(meant, text)
