"""Usage of the past, from a file into metering: over its API, a thousand events at a time.

Each event keeps its id, which counts once for ever: an import that broke off is simply run again.
"""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from deploy.imports.parquet import NotParquet, rows_of

PATH = "/v1/metering/events"
AT_ONCE = 1_000
ATTEMPTS = 5
PATIENT = frozenset({429, 502, 503, 504})
FLAGS: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False}
FLAG_COLUMNS = frozenset({"is_playground", "human_takeover"})
MOST_TOLD = 20


class NotUsage(Exception):
    """One line: the file, or a line of it, can't be read."""


class NotTaken(Exception):
    """One line: the API refused a whole batch."""


@dataclass
class Imported:
    """How many events came to which end, and why some were rejected, by line."""

    counts: Counter[str] = field(default_factory=Counter)
    rejected: list[tuple[int, str, str]] = field(default_factory=list)

    def note(self, line: int, result: Mapping[str, Any]) -> None:
        self.counts[str(result["status"])] += 1
        if result["status"] == "rejected" and len(self.rejected) < MOST_TOLD:
            self.rejected.append((line, str(result["id"]), str(result.get("reason", ""))))


def import_usage(client: httpx.Client, path: Path, *, dry_run: bool = False) -> Imported:
    """Raises NotUsage and NotTaken; what was taken before stays. `dry_run` only reads the file."""
    imported = Imported()
    rows = events_of(path)
    while batch := list(islice(rows, AT_ONCE)):
        if dry_run:
            imported.counts["read"] += len(batch)
            continue
        results = _send(client, [event for _, event in batch])
        for (line, _), result in zip(batch, results, strict=True):
            imported.note(line, result)
    return imported


def events_of(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each with its line. Raises NotUsage."""
    readers = {
        ".csv": _of_csv,
        ".jsonl": _of_jsonl,
        ".ndjson": _of_jsonl,
        ".parquet": _of_parquet,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise NotUsage(f"{path}: neither .csv, .jsonl nor .parquet")
    try:
        for line, event in reader(path):
            missing = {"id", "workspace_id", "occurred_at"} - event.keys()
            if missing:
                raise NotUsage(f"{path}:{line}: {', '.join(sorted(missing))} is missing")
            yield line, event
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotUsage(f"{path}: {error}") from error


def _of_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                event = json.loads(line, parse_constant=_no_number)
            except ValueError as error:
                raise NotUsage(f"{path}:{number}: {error}") from error
            if not isinstance(event, dict):
                raise NotUsage(f"{path}:{number}: is no object")
            yield number, event


def _no_number(word: str) -> None:
    """What Python writes and JSON does not have."""
    raise ValueError(f"{word} is no number")


def _of_parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """By the number of its row."""
    try:
        yield from enumerate(rows_of(path), 1)
    except NotParquet as error:
        raise NotUsage(f"{path}: {error}") from error


def _of_csv(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The first line names the fields; an empty cell is none."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            if None in row:
                raise NotUsage(f"{path}:{reader.line_num}: has more cells than there are names")
            given = {name: text for name, text in row.items() if text}
            yield reader.line_num, {name: _value(name, text) for name, text in given.items()}


def _value(name: str, text: str) -> object:
    return FLAGS.get(text.lower(), text) if name in FLAG_COLUMNS else text


def _send(client: httpx.Client, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Again where it may be; what was stored the first time is a duplicate the second."""
    for attempt in range(1, ATTEMPTS + 1):
        problem, pause = "", 2.0**attempt
        try:
            answer = client.post(PATH, json={"events": events})
            if answer.status_code == httpx.codes.OK:
                results: list[dict[str, Any]] = answer.json()["results"]
                return results
            problem = f"{answer.status_code} {answer.text[:300]}"
            if answer.status_code not in PATIENT:
                break
            pause = float(answer.headers.get("retry-after", pause))
        except httpx.TransportError as error:
            problem = f"{type(error).__name__}: {error}"
        if attempt < ATTEMPTS:
            time.sleep(min(pause, 60))
    raise NotTaken(f"the events from {events[0].get('id')!r} on were not taken: {problem}")
