"""Files of JSON, one a line, that are only ever added to, by several processes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

Parsed = TypeVar("Parsed")


class JsonLines:
    """A line that a dying process left half written was never kept, and is passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def new(self) -> list[bytes]:
        """What is behind the lines that this gave before; nothing where there is no file."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read)
            whole = [line for line in file if line.endswith(b"\n")]
        self._read += sum(map(len, whole))
        return [line for line in whole if _is_json(line)]

    def add(self, values: Iterable[Mapping[str, Any]]) -> None:
        """On the disk when this returns."""
        lines = [json.dumps(each, separators=(",", ":")) for each in values]
        with self._path.open("ab+") as file:
            file.seek(max(0, file.tell() - 1))
            ends = file.read() in (b"", b"\n")
            file.write("".join(f"{line}\n" for line in ([] if ends else [""]) + lines).encode())
            file.flush()
            os.fsync(file.fileno())


def parsed(
    lines: Iterable[str | bytes], of: Callable[[Mapping[str, Any]], Parsed], what: str
) -> Iterator[Parsed]:
    """Raises ValueError at the first line that `of` refuses by ValueError, KeyError or TypeError;
    `what` says what it should have been."""
    for number, line in enumerate(lines, 1):
        try:
            yield of(json.loads(line))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {number} is no {what}") from error


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
