"""An account of a declared meter, kept by the decisions alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.metering.domain.accounts import account as accounts
from services.metering.domain.accounts import grants, ledger, records, reservations, usage
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.events import AccountEvent
from services.metering.domain.accounts.given import Quota
from services.metering.domain.accounts.grants import NewGrant
from services.metering.domain.accounts.records import GrantRecord, Record, UsageRecord
from services.metering.domain.accounts.terms import Terms, room
from services.metering.domain.accounts.usage import Correction, Used

Events = Sequence[AccountEvent]
Decide = Callable[..., Events]
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
NOVEMBER = "2026-11"
HARD = Terms(Quota(100))


@dataclass
class Book:
    """An account with all its ids, as the log would make them. Each method decides and applies."""

    terms: Terms = HARD
    now: datetime = NOW
    account: Account = field(default_factory=lambda: Account("acme", "tokens"))
    usages: dict[str, Record] = field(default_factory=dict)
    grants: dict[str, Record] = field(default_factory=dict)
    events: list[AccountEvent] = field(default_factory=list)

    def use(self, usage_id: str, value: int, *, exact: bool = False) -> Events:
        used = Used(usage_id, value, self.now, {}, exact)
        return self._usage(usage_id, usage.record_usage, self.terms, used, self.now)

    def reserve(self, usage_id: str, amount: int) -> Events:
        ends = self.now + timedelta(minutes=30)
        facts = (self.terms, usage_id, amount, ends, self.now)
        return self._usage(usage_id, reservations.reserve, *facts)

    def settle(self, usage_id: str, value: int) -> UsageRecord:
        self._usage(usage_id, reservations.settle, self.terms, value, {}, self.now)
        return self.usage(usage_id)

    def release(self, usage_id: str, reason: Any = "released") -> Events:
        return self._usage(usage_id, reservations.release, reason, self.now)

    def correct(self, usage_id: str, value: int, correction: str = "c1") -> UsageRecord:
        made = Correction(correction, value, "wrong")
        self._usage(usage_id, usage.correct, self.terms, made, self.now)
        return self.usage(usage_id)

    def grant(self, grant_id: str, amount: int, **more: Any) -> GrantRecord:
        new = NewGrant(grant_id, amount, "test", **more)
        self._decided(self.grants, grant_id, grants.grant, new, self.now)
        found = self.grants[grant_id]
        assert isinstance(found, GrantRecord)
        return found

    def revoke(self, grant_id: str) -> Events:
        return self._decided(self.grants, grant_id, grants.revoke, "refund", self.now)

    def expire(self, grant_id: str) -> Events:
        return self._decided(self.grants, grant_id, grants.expire, self.now)

    def usage(self, usage_id: str) -> UsageRecord:
        found = self.usages[usage_id]
        assert isinstance(found, UsageRecord)
        return found

    def sources(self, usage_id: str) -> dict[str, int]:
        return {part.source: part.amount for part in self.usage(usage_id).sources}

    @property
    def remaining(self) -> int | None:
        return room(self.account, self.terms, NOVEMBER, self.now).remaining

    def _usage(self, name: str, decide: Decide, *facts: Any) -> Events:
        return self._decided(self.usages, name, decide, *facts)

    def _decided(self, ids: dict[str, Record], name: str, decide: Decide, *facts: Any) -> Events:
        decided: Events = decide(self.account, ids.get(name), *facts)
        for event in decided:
            self.events.append(event)
            self.account = accounts.evolve(self.account, event)
            ids[name] = records.evolve(ids.get(name), event)
            assert sum(amount for _, amount in ledger.postings(event)) == 0, event
        return decided
