"""Records that got a field after they were stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from eventsourcing.persistence import JSONTranscoder

from kernel.events import CreatedEvent, added
from runtime.eventstore.mapper import JsonMapper

MAPPER = JsonMapper(JSONTranscoder())
AT = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Part:
    name: str
    colour: str = added("")


@dataclass(frozen=True, kw_only=True)
class PartsListed(CreatedEvent):
    TOPIC = "test.PartsListed"
    first: Part
    more: tuple[Part, ...] = ()
    by_name: dict[str, Part] = field(default_factory=dict)
    note: str | None = added(None)


def stored(event: PartsListed) -> dict[str, object]:
    state: dict[str, object] = msgspec.json.decode(MAPPER.to_stored_event(event).state)
    return {name: state[name] for name in ("first", "more", "by_name", "note") if name in state}


class TestAdded:
    def test_is_left_out_while_it_has_its_default(self) -> None:
        part = Part("a")
        event = PartsListed(timestamp=AT, first=part, more=(part,), by_name={"a": part})
        bare = {"name": "a"}
        assert stored(event) == {"first": bare, "more": [bare], "by_name": {"a": bare}}

    def test_is_stored_and_read_once_it_says_something(self) -> None:
        event = PartsListed(timestamp=AT, first=Part("a", "red"), note="new")
        assert stored(event)["first"] == {"name": "a", "colour": "red"}
        assert MAPPER.to_domain_event(MAPPER.to_stored_event(event)) == event
