"""Accounts as a group of commands changes them, before it is known whether that is stored."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from eventsourcing.persistence import JSONTranscoder

from kernel.cause import Cause
from kernel.clock import rfc3339
from kernel.errors import DomainError, ValidationFailed
from runtime.eventstore.mapper import JsonMapper
from services.metering.application.accounts.command import ChangeAccount, Key
from services.metering.domain.accounts import account as accounts
from services.metering.domain.accounts import grants, ledger, records
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.events import (
    AccountEvent,
    CreditsExpired,
    CreditsGranted,
    CreditsRevoked,
    ReservationReleased,
    ReservationSettled,
    UsageReserved,
)
from services.metering.domain.accounts.records import Record
from services.metering.domain.identity import Identity, grant_kind

KEPT = 20_000
# Far within what the database can add up.
LARGEST_BALANCE = 2**62
MAPPER = JsonMapper(JSONTranscoder())


@dataclass(frozen=True, slots=True)
class Known:
    """An account as it is stored in its version, at that position of the log; 0 before its first
    event."""

    version: int
    position: int
    account: Account


class KnownAccounts:
    """Those that were used last. Each may be out of date: the version tells."""

    def __init__(self) -> None:
        self._known: OrderedDict[Key, Known] = OrderedDict()

    def of(self, key: Key) -> Known:
        return self._known.get(key) or Known(0, 0, Account(*key))

    def keep(self, known: Known) -> None:
        key = known.account.workspace, known.account.meter
        self._known[key] = known
        self._known.move_to_end(key)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)

    def forget(self) -> None:
        self._known.clear()


@dataclass(slots=True)
class OneId:
    """What the events of its stream make of it."""

    record: Record | None = None
    version: int = 0


@dataclass(slots=True)
class Decided:
    """Of one command: its outcome, and what of it is to be stored."""

    command: ChangeAccount
    new: bool = False
    record: Record | None = None
    refusal: DomainError | None = None
    rows: list[tuple[str, int, str, str]] = field(default_factory=list)


class Page:
    """One account: commands are decided one after the other, each on what those before made."""

    def __init__(self, known: Known, ids: Mapping[bytes, OneId]) -> None:
        self.known = known
        self.account = known.account
        self.events: list[AccountEvent] = []
        self.decided: list[Decided] = []
        self._ids = ids

    def decide(self, command: ChangeAccount) -> None:
        one = self._ids[command.stream]
        decided = Decided(command)
        self.decided.append(decided)
        self._grant_of_plan(command, decided)
        try:
            for event in command.decide(self.account, one.record):
                decided.new = True
                self._happened(event, command.stream, one, decided, command.cause)
        except DomainError as refusal:
            decided.refusal = refusal
        decided.record = one.record

    def _grant_of_plan(self, command: ChangeAccount, decided: Decided) -> None:
        """The month's first command finds what the plan gives."""
        due = grants.due_of_plan(self.account, command.terms, command.now)
        if due is not None:
            stream = Identity(command.workspace).of(grant_kind(command.meter), due.id)
            for event in grants.grant(self.account, None, due, command.now):
                self._happened(event, stream, OneId(), decided, Cause("policy:monthly_credits"))

    def _happened(
        self, event: AccountEvent, stream: bytes, one: OneId, decided: Decided, cause: Cause
    ) -> None:
        self.account = _bounded(accounts.evolve(self.account, event), event)
        one.record = records.evolve(one.record, event)
        one.version += 1
        placed = replace(
            event,
            originator_id=str(UUID(bytes=stream)),
            originator_version=one.version,
            cause=cause,
        )
        stored = MAPPER.to_stored_event(placed)
        row = (placed.originator_id, placed.originator_version, stored.topic, stored.state.decode())
        decided.rows.append(row)
        self.events.append(event)

    def changes(self) -> dict[str, Any]:
        """What `metering_events_append_accounts` takes."""
        touched = {name for event in self.events for name, _ in ledger.postings(event)}
        return {
            "workspace": self.account.workspace,
            "meter": self.account.meter,
            "version": self.known.version,
            "grants": self.account.number,
            "events": [row for decided in self.decided for row in decided.rows],
            "balances": [[name, self.account.balance(name)] for name in sorted(touched)],
            **_rows_of(self.events, self.known.account.number),
        }


def _bounded(account: Account, event: AccountEvent) -> Account:
    """Raises ValidationFailed for more than is kept of a balance: it would hold up all that is
    committed with it."""
    if any(abs(account.balance(name)) > LARGEST_BALANCE for name, _ in ledger.postings(event)):
        raise ValidationFailed("value: more than can be counted of this meter")
    return account


def _rows_of(events: Sequence[AccountEvent], number: int) -> dict[str, Any]:
    """`number`: the age of the first grant among them."""
    granted: list[list[Any]] = []
    ended: list[list[str]] = []
    reserved: dict[str, str | None] = {}
    for event in events:
        match event:
            case CreditsGranted():
                ends = event.expires_at and rfc3339(event.expires_at)
                facts = [event.amount, event.priority, ends, event.source]
                granted.append([event.grant_id, number + len(granted), *facts])
            case CreditsRevoked():
                ended.append([event.grant_id, "revoked"])
            case CreditsExpired():
                ended.append([event.grant_id, "expired"])
            case UsageReserved():
                reserved[event.usage_id] = rfc3339(event.expires_at)
            case ReservationSettled() | ReservationReleased():
                reserved[event.usage_id] = None
            case _:
                pass
    return {"granted": granted, "ended": ended, "reserved": list(reserved.items())}


def encoded(pages: Sequence[Page]) -> bytes:
    return json.dumps([page.changes() for page in pages]).encode()
