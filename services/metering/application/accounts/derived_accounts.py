"""Accounts of declared meters beside metering's events, as those make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.eventstore.recorder import RecordedEvent
from runtime.feed.feed import Publisher
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor
from runtime.process.derived import DerivedTables, Rows, Table, Values
from services.metering.application.derived_tables import reload_everywhere
from services.metering.domain.accounts import events, ledger
from services.metering.domain.accounts.account import EVENTS
from services.metering.domain.accounts.events import AccountEvent

ACCOUNTS = Table(
    "metering_accounts", ("workspace", "meter"), ("grants", "position"), {"version": "1"}
)
BALANCES = Table("metering_balances", ("workspace", "meter", "name"), ("amount",))
GRANTS = Table(
    "metering_grants",
    ("workspace", "id", "meter"),
    ("number", "amount", "priority", "expires_at", "source", "ended"),
)
RESERVATIONS = Table("metering_reservations", ("workspace", "id", "meter"), ("expires_at",))
LEDGER = Table("metering_ledger", ("workspace", "position"), ("meter",))
TABLES = (ACCOUNTS, BALANCES, GRANTS, RESERVATIONS, LEDGER)
TOPICS = {kind.TOPIC for kind in EVENTS}
# Above every version that a process may have in memory: each change of an account has an event.
OTHER_VERSIONS = "UPDATE metering_accounts SET version = greatest(version, position) + 1"


class AccountFold:
    def __init__(self, publisher: Publisher[Any]) -> None:
        self._store = publisher.store
        self._rows: dict[str, dict[Values, Values]] = {table.name: {} for table in TABLES}

    def apply(self, recorded: Sequence[RecordedEvent]) -> None:
        for stored in recorded:
            if stored.topic in TOPICS:
                event = self._store.decode(stored)
                assert isinstance(event, AccountEvent)  # noqa: S101 - by its topic
                self._take_in(event, stored.sequence)

    def _take_in(self, event: AccountEvent, position: int) -> None:
        account = (event.workspace, event.meter)
        accounts, balances = self._rows[ACCOUNTS.name], self._rows[BALANCES.name]
        for name, amount in ledger.postings(event):
            [known] = balances.get((*account, name), (0,))
            balances[*account, name] = (known + amount,)
        age, _ = accounts.get(account, (1, 0))
        granted = isinstance(event, events.CreditsGranted)
        accounts[account] = (age + granted, position)
        self._rows[LEDGER.name][event.workspace, position] = (event.meter,)
        self._of_one_id(event, age)

    def _of_one_id(self, event: AccountEvent, age: int) -> None:
        grants, reservations = self._rows[GRANTS.name], self._rows[RESERVATIONS.name]
        match event:
            case events.CreditsGranted():
                facts = (event.amount, event.priority, event.expires_at, event.source)
                grants[event.workspace, event.grant_id, event.meter] = (age, *facts, None)
            case events.CreditsRevoked() | events.CreditsExpired():
                key = (event.workspace, event.grant_id, event.meter)
                end = "revoked" if isinstance(event, events.CreditsRevoked) else "expired"
                grants[key] = (*grants[key][:-1], end)
            case events.UsageReserved():
                key = (event.workspace, event.usage_id, event.meter)
                reservations[key] = (event.expires_at,)
            case events.ReservationSettled() | events.ReservationReleased():
                reservations[event.workspace, event.usage_id, event.meter] = (None,)
            case _:
                pass

    def rows(self) -> Mapping[str, Rows]:
        return self._rows


def account_tables(positions: Positions) -> DerivedTables:
    return DerivedTables(
        *("metering.accounts", "metering", TABLES, AccountFold, positions),
        log_first=True,
        mended=_decided_anew,
    )


def _decided_anew(cursor: Cursor) -> None:
    cursor.execute(OTHER_VERSIONS)
    reload_everywhere(cursor)
