"""A small event-sourced domain for tests of the machinery: accounts that count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from contracts.cloudevents import CODEC
from contracts.envelope import Envelope, EventData
from contracts.publishing import envelope
from kernel.cause import Cause
from kernel.decider import Decider
from kernel.events import CreatedEvent, DomainEvent
from runtime.eventstore.recorder import RecordedEvent
from runtime.eventstore.store import EventStore
from runtime.eventstore.stream import Change
from runtime.postgres.database import Cursor
from runtime.readmodels.definition import ReadModel

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CAUSE = Cause("user:ann", "req_1", "request:req_1")
SCHEMA = """
CREATE TABLE IF NOT EXISTS totals (account text PRIMARY KEY, total bigint NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
    account text NOT NULL, number int NOT NULL, amount int NOT NULL, PRIMARY KEY (account, number)
);
"""


class AmountBooked(EventData):
    TYPE = "ledger.AmountBooked.v1"
    account: str
    number: int
    amount: int


@dataclass(frozen=True, kw_only=True)
class Opened(CreatedEvent):
    TOPIC: ClassVar[str] = "ledger.Opened"
    amount: int


@dataclass(frozen=True, kw_only=True)
class Booked(DomainEvent):
    TOPIC: ClassVar[str] = "ledger.Booked"
    amount: int


def evolve(total: int | None, event: DomainEvent) -> int:
    if not isinstance(event, Opened | Booked):
        raise TypeError(type(event).__name__)
    return (total or 0) + event.amount


ACCOUNT = Decider("ledger.Account", evolve)


def book_amounts(store: EventStore, name: str, *amounts: int) -> None:
    """One event an amount; the first of a new account opens it."""
    stream = store.load(ACCOUNT, f"account:{name}")
    kinds = [Booked if stream.version or number else Opened for number in range(len(amounts))]
    booked = [
        kind(timestamp=NOW, amount=amount) for kind, amount in zip(kinds, amounts, strict=True)
    ]
    store.append(Change(stream, booked), cause=CAUSE)


def publish(store: EventStore, recorded: RecordedEvent) -> Envelope:
    event = store.decode(recorded)
    account = recorded.stream.removeprefix("account:")
    if not isinstance(event, Opened | Booked):
        raise TypeError(recorded.topic)
    body = AmountBooked(account=account, number=recorded.version, amount=event.amount)
    return envelope(store.service, recorded, event.timestamp, event.cause, body, workspace=account)


def book(cursor: Cursor, events: Sequence[Envelope]) -> None:
    """Not idempotent on purpose: an event that is applied twice or never shows in the totals, and
    one that comes out of order breaks the sequence of numbers."""
    for event in events:
        if not isinstance(event.data, AmountBooked):
            raise TypeError(event.type)
        body = event.data
        cursor.execute(
            "INSERT INTO totals VALUES (%s, %s) "
            "ON CONFLICT (account) DO UPDATE SET total = totals.total + excluded.total",
            (body.account, body.amount),
        )
        cursor.execute(
            "INSERT INTO entries SELECT %s, count(*) + 1, %s FROM entries WHERE account = %s "
            "HAVING count(*) + 1 = %s",
            (body.account, body.amount, body.account, body.number),
        )
        if cursor.rowcount != 1:
            raise ValueError(f"{body.account}: number {body.number} is out of order")


def ledger_model(directory: Path) -> ReadModel:
    (directory / "migrations").mkdir(exist_ok=True)
    (directory / "migrations" / "0001_baseline.sql").write_text(SCHEMA)
    return ReadModel("balances", ["ledger"], directory, book)


__all__ = ["CODEC", "AmountBooked", "book", "book_amounts", "ledger_model", "publish"]
