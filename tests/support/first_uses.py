"""Event types that several threads read for the first time at the same moment.

Its own process, because what it looks for ends the process.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import new_class
from typing import Any

import msgspec
from eventsourcing.persistence import JSONTranscoder

from kernel.cause import Cause
from kernel.decoding import ready
from kernel.events import DomainEvent
from runtime.eventstore.mapper import JsonMapper

KINDS = 150
THREADS = 4
Read = Callable[[], object]


def new_event(number: int) -> Read:
    """Reads a stored event of a type that nobody read before."""

    def fill(namespace: dict[str, Any]) -> None:
        fields = {f"field_{each}": str for each in range(10)}
        namespace |= {"TOPIC": f"test.First{number}", "__annotations__": fields}

    bare: Any = new_class(f"First{number}", (DomainEvent,), {}, fill)
    kind = dataclass(frozen=True, kw_only=True)(bare)
    mapper = JsonMapper(JSONTranscoder())
    facts = {f"field_{each}": "x" for each in range(10)}
    event = kind(
        originator_id="a",
        originator_version=1,
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
        cause=Cause("a", "b", "c"),
        **facts,
    )
    stored = mapper.to_stored_event(event)
    return lambda: mapper.to_domain_event(stored)


def new_record(number: int) -> Read:
    """The same of a struct, through `ready` alone."""
    inner = msgspec.defstruct(f"Inner{number}", [("x", int), ("y", datetime)])
    kind = msgspec.defstruct(f"Record{number}", [(f"field_{n}", inner) for n in range(10)])
    text = {f"field_{n}": {"x": 1, "y": "2026-01-01T00:00:00Z"} for n in range(10)}
    raw = msgspec.json.encode(text)
    return lambda: msgspec.json.decode(raw, type=ready(kind))


def at_once(read: Read) -> None:
    together = threading.Barrier(THREADS)

    def go() -> None:
        together.wait()
        read()

    threads = [threading.Thread(target=go) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    sys.setswitchinterval(1e-6)
    for number in range(KINDS):
        at_once(new_event(number))
        at_once(new_record(number))
    print("alive")


if __name__ == "__main__":
    main()
