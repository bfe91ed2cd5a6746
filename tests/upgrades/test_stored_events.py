"""Stored events outlive code: rows as they were once recorded decode, and encode to equal bytes.

`stored_events/<service>.jsonl` holds whole streams, one event a line. Lines are only added.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from eventsourcing.persistence import JSONTranscoder, StoredEvent

import services.addons.published
import services.billing.published  # noqa: F401 - registers topics
from kernel.events import DomainEvent
from runtime.eventstore.mapper import JsonMapper

SAMPLES = Path(__file__).parent / "stored_events"
SERVICES = ("billing", "addons")
MAPPER = JsonMapper(JSONTranscoder())


class Row(msgspec.Struct):
    stream: str
    version: int
    topic: str
    state: str

    @property
    def stored(self) -> StoredEvent:
        return StoredEvent(self.stream, self.version, self.topic, self.state.encode())


def rows(service: str) -> list[Row]:
    lines = (SAMPLES / f"{service}.jsonl").read_text(encoding="utf-8").splitlines()
    return [msgspec.json.decode(line, type=Row) for line in lines]


def concrete(base: type[DomainEvent]) -> Iterator[type[DomainEvent]]:
    for kind in base.__subclasses__():
        if "TOPIC" in kind.__dict__:
            yield kind
        yield from concrete(kind)


@pytest.mark.parametrize("service", SERVICES)
class TestStoredEvents:
    def test_every_one_decodes_and_encodes_to_equal_bytes(self, service: str) -> None:
        for row in rows(service):
            event = MAPPER.to_domain_event(row.stored)
            assert MAPPER.to_stored_event(event) == row.stored

    def test_every_topic_has_a_sample(self, service: str) -> None:
        topics = {kind.TOPIC for kind in concrete(DomainEvent)}
        sampled = {row.topic for row in rows(service)}
        assert sampled == {topic for topic in topics if topic.startswith(f"{service}.")}
