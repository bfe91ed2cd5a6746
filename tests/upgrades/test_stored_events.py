"""Stored events outlive code: rows as they were once recorded decode, and encode to equal bytes.

`stored_events/<service>.jsonl` holds whole streams, one event a line. Lines are only added. Those
of metering stand in the order of its log, with what each moves between an account's balances.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eventsourcing.persistence import JSONTranscoder, StoredEvent
from eventsourcing.utils import resolve_topic

import services.addons.wiring
import services.billing.wiring
import services.metering.wiring  # noqa: F401 - registers topics
from kernel.decider import Decider
from kernel.events import CreatedEvent, DomainEvent
from runtime.eventstore.mapper import JsonMapper
from runtime.eventstore.stream import Stream
from services.metering.domain.accounts import account as accounts
from services.metering.domain.accounts import ledger, records
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.events import AccountEvent
from services.metering.domain.accounts.records import Record

SAMPLES = Path(__file__).parent / "stored_events"
SERVICES = ("billing", "addons", "metering")
MAPPER = JsonMapper(JSONTranscoder())
OF_DECIDERS = (
    *("metering.MeterDeclared", "metering.MeterChanged"),
    *("metering.MessageCorrected", "metering.MessageCorrectedAgain"),
    *("metering.ConversationCorrected", "metering.ConversationCorrectedAgain"),
)


class Row(msgspec.Struct):
    stream: str
    version: int
    topic: str
    state: str
    postings: list[tuple[str, int]] = []

    @property
    def stored(self) -> StoredEvent:
        return StoredEvent(self.stream, self.version, self.topic, self.state.encode())


def rows(service: str) -> list[Row]:
    lines = (SAMPLES / f"{service}.jsonl").read_text(encoding="utf-8").splitlines()
    return [msgspec.json.decode(line, type=Row) for line in lines]


def streams(service: str) -> Iterator[list[DomainEvent]]:
    """Those of deciders."""
    found: list[DomainEvent] = []
    for row in rows(service):
        if service == "metering" and row.topic not in OF_DECIDERS:
            continue
        if row.version == 1 and found:
            yield found
            found = []
        found.append(MAPPER.to_domain_event(row.stored))
    yield found


def without_envelope(event: DomainEvent) -> DomainEvent:
    bare = replace(event, originator_id="", originator_version=0)
    return replace(bare, originator_topic="") if isinstance(bare, CreatedEvent) else bare


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


@pytest.mark.parametrize("service", SERVICES)
class TestStreams:
    def test_each_replays_and_would_be_recorded_again_as_it_was(self, service: str) -> None:
        for events in streams(service):
            first = events[0]
            assert isinstance(first, CreatedEvent)
            decider: Decider[Any] = resolve_topic(first.originator_topic)
            new = Stream(decider, first.originator_id)
            bare = [without_envelope(event) for event in events]
            assert new.place(bare) == events
            assert new.after(bare).state == decider.fold(None, events) is not None


class TestAccounts:
    def test_each_event_still_moves_what_it_moved(self) -> None:
        account, moved = Account("acme", "tokens"), 0
        ids: dict[str, Record] = {}
        for row in rows("metering"):
            event = MAPPER.to_domain_event(row.stored)
            if not isinstance(event, AccountEvent):
                assert row.postings == []
                continue
            assert ledger.postings(event) == row.postings, row
            account = accounts.evolve(account, event)
            ids[row.stream] = records.evolve(ids.get(row.stream), event)
            moved += 1
        assert moved == 20
        assert sum(account.balances.values()) == 0
        assert all(account.free(grant.id) >= 0 for grant in account.grants)
