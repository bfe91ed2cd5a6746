"""The state of an account: its balances, and the grants that units may be taken from."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from services.metering.domain.accounts import events, ledger
from services.metering.domain.accounts.events import (
    AccountEvent,
    CreditsExpired,
    CreditsGranted,
    CreditsRevoked,
)

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Grant:
    """`number` orders grants by age."""

    id: str
    priority: int
    expires_at: datetime | None
    number: int

    @property
    def order(self) -> tuple[int, datetime, int]:
        """Burnt by priority, lowest first, then by expiry, then by age."""
        return self.priority, self.expires_at or _NEVER, self.number

    def usable(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class Account:
    """`grants` are open ones in the order in which they are burnt: neither revoked nor recorded as
    expired. `number` is the age of the next."""

    workspace: str
    meter: str
    balances: Mapping[str, int] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()
    number: int = 1

    def used(self, month: str) -> int:
        return self.balance(ledger.used_in(month))

    def held(self, month: str) -> int:
        return self.balance(ledger.held_in(month))

    def of_quota(self, month: str) -> int:
        """Taken of the month's quota: used or held."""
        return -self.balance(ledger.quota_of(month))

    def overdrawn(self, month: str) -> int:
        return -self.balance(ledger.overdrawn_in(month))

    def repaid(self, month: str) -> list[tuple[str, int]]:
        """Of the month's overdrawn units, by the grant that paid them off: the youngest open one
        first, those that have ended last."""
        ages = {grant.id: grant.number for grant in self.grants}
        beginning = ledger.repaid_by(month, "")
        found = [
            (name.removeprefix(beginning), amount)
            for name, amount in self.balances.items()
            if amount and name.startswith(beginning)
        ]
        return sorted(found, key=lambda each: (-ages.get(each[0], 0), each[0]))

    def granted_by_plan(self, month: str) -> int:
        return -self.balance(ledger.granted_by_plan(month))

    @property
    def had_credits(self) -> bool:
        return self.number > 1

    def balance(self, name: str) -> int:
        return self.balances.get(name, 0)

    def free(self, grant_id: str) -> int:
        return self.balance(ledger.free_of(grant_id))

    def is_open(self, grant_id: str) -> bool:
        return any(grant.id == grant_id for grant in self.grants)

    def usable(self, now: datetime) -> Iterator[tuple[Grant, int]]:
        """Grants with free units, in the order in which they are burnt."""
        for grant in self.grants:
            free = self.free(grant.id)
            if free and grant.usable(now):
                yield grant, free

    def credits(self, now: datetime) -> int:
        return sum(free for _, free in self.usable(now))


EVENTS: tuple[type[AccountEvent], ...] = (
    events.UsageRecorded,
    events.UsageCorrected,
    events.UsageReserved,
    events.ReservationSettled,
    events.ReservationReleased,
    events.CreditsGranted,
    events.CreditsRevoked,
    events.CreditsExpired,
)


def evolve(account: Account, event: AccountEvent) -> Account:
    balances = dict(account.balances)
    for name, amount in ledger.postings(event):
        balances[name] = balances.get(name, 0) + amount
    account = replace(account, balances=balances)
    match event:
        case CreditsGranted():
            return _with_grant(account, event)
        case CreditsRevoked() | CreditsExpired():
            grants = tuple(grant for grant in account.grants if grant.id != event.grant_id)
            return replace(account, grants=grants)
        case _:
            return account


def _with_grant(account: Account, event: CreditsGranted) -> Account:
    grants = list(account.grants)
    grant = Grant(event.grant_id, event.priority, event.expires_at, account.number)
    insort(grants, grant, key=lambda each: each.order)
    return replace(account, grants=tuple(grants), number=account.number + 1)
