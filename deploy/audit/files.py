"""The files of a bundle, read as what a stranger may have made of them."""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path
from typing import Any, NoReturn

MOST_ENTRIES = 100
MOST_LINE = 4 * 1024 * 1024
MOST_BYTES = {
    "manifest.json": 1024 * 1024,
    "manifest.sig": 1024,
    "events.jsonl": 64 * 1024**3,
    "checkpoints.jsonl": 4 * 1024**3,
    "heads.jsonl": 64 * 1024 * 1024,
    "figures.json": 64 * 1024 * 1024,
}
MOST_DIGITS = 19


class NotABundle(Exception):
    """A file is missing or does not read as it should."""


class Refused(Exception):
    """Something that no bundle holds, and that is not looked into: it is neither intact nor
    altered."""


class BundleFiles:
    """Regular files of one directory, reached through it alone: no links are followed, nothing
    that blocks is opened, and nothing that is too large is read."""

    def __init__(self, directory: Path) -> None:
        try:
            self._directory = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise Refused(f"{directory} is not a directory that can be read") from error

    def close(self) -> None:
        os.close(self._directory)

    def names(self) -> set[str]:
        """Raises Refused when it holds anything but regular files."""
        found: set[str] = set()
        with os.scandir(self._directory) as entries:
            for entry in entries:
                if not entry.is_file(follow_symlinks=False):
                    raise Refused(f"{entry.name} is not a regular file")
                found.add(entry.name)
                if len(found) > MOST_ENTRIES:
                    raise Refused(f"it holds more than {MOST_ENTRIES} files")
        return found

    def open(self, name: str) -> BufferedReader:
        """Of a bundle's names only. Raises NotABundle or Refused."""
        if name not in MOST_BYTES:
            raise Refused(f"{name!r} is no file of a bundle")
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            file = os.fdopen(os.open(name, flags, dir_fd=self._directory), "rb")
        except FileNotFoundError as error:
            raise NotABundle(f"{name} is missing") from error
        except OSError as error:
            raise Refused(f"{name} can't be opened: {error.strerror}") from error
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES[name]:
            file.close()
            raise Refused(f"{name} is no regular file, or larger than any bundle's")
        return file

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            return file.read(MOST_BYTES[name] + 1)

    def facts(self, name: str) -> dict[str, Any]:
        with self.open(name) as file:
            size = os.fstat(file.fileno()).st_size
            return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "bytes": size}

    def object(self, name: str) -> dict[str, Any]:
        return _object(self.read(name), name)

    def lines(self, name: str) -> Iterator[dict[str, Any]]:
        with self.open(name) as file:
            number = 0
            while line := file.readline(MOST_LINE + 1):
                number += 1
                if len(line) > MOST_LINE:
                    raise Refused(f"{name}, line {number} is longer than any bundle's")
                yield _object(line, f"{name}, line {number}")


def _object(text: bytes, place: str) -> dict[str, Any]:
    """Strict JSON: what two readers could read differently is refused."""
    try:
        found = DECODER.decode(text.decode("utf-8"))
    except RecursionError as error:
        raise Refused(f"{place} is nested too deeply") from error
    except ValueError as error:
        raise NotABundle(f"{place}: {error}") from error
    if not isinstance(found, dict):
        raise NotABundle(f"{place} is no object")
    return found


def _pairs(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("an object names the same key twice")
    return found


def _integer(text: str) -> int:
    if len(text) > MOST_DIGITS + 1:
        raise Refused("a number has more digits than any bundle's")
    return int(text)


def _fraction(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Refused("a number is too large")
    return number


def _constant(text: str) -> NoReturn:
    raise Refused(f"{text} is no JSON")


DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)
