"""Accounts of declared meters as they would stand under another quota: the commands behind what was
recorded, decided again by metering's own rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts import metering
from services.metering.domain.accounts import account, grants, records, reservations, usage
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.events import QUOTA, AccountEvent
from services.metering.domain.accounts.given import Quota
from services.metering.domain.accounts.grants import NewGrant
from services.metering.domain.accounts.records import GrantRecord, UsageRecord
from services.metering.domain.accounts.terms import Terms
from services.metering.domain.accounts.usage import Correction, Used
from services.metering.domain.errors import QuotaExceeded

USES = (metering.UsageRecorded.TYPE, metering.UsageReserved.TYPE)
ALWAYS_ROOM = 2**62
Facts = Mapping[str, Any]


@dataclass(slots=True)
class SupposedAccount:
    """`corrected` are the ids that a correction is to come for; of others nothing is kept once they
    are counted. `refused` are those that there was no room for."""

    state: Account
    corrected: frozenset[str]
    records: dict[str, UsageRecord] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)

    def apply(self, kind: str, facts: Facts, at: datetime, terms: Terms) -> bool:
        """Whether that is of a use that there was no room for; then no unit is moved."""
        identifier = facts.get("usage_id", "")
        if kind in USES:
            self.refused.discard(identifier)
        elif identifier in self.refused:
            return True
        try:
            events = self._decide(kind, facts, at, terms)
        except QuotaExceeded:
            self.refused.add(identifier)
            return True
        for event in events:
            self.state = account.evolve(self.state, event)
            self._keep(identifier, event)
        return False

    def _decide(
        self, kind: str, facts: Facts, at: datetime, terms: Terms
    ) -> Sequence[AccountEvent]:
        state, record = self.state, self.records.get(facts.get("usage_id", ""))
        match kind:
            case metering.UsageRecorded.TYPE:
                exact = Used(facts["usage_id"], facts["value"], at, exact=True)
                return usage.record_usage(state, None, terms, exact, at)
            case metering.UsageReserved.TYPE:
                ends = datetime.fromisoformat(facts["expires_at"])
                held = (facts["usage_id"], facts["amount"], ends, at)
                return reservations.reserve(state, None, terms, *held)
            case metering.ReservationSettled.TYPE:
                return reservations.settle(state, record, terms, facts["value"], {}, at)
            case metering.ReservationReleased.TYPE:
                return reservations.release(state, record, facts["reason"], at)
            case metering.UsageCorrected.TYPE:
                set_to = Correction(facts["correction_id"], facts["value"], "")
                return usage.correct(state, record, terms, set_to, at)
            case _:
                return self._of_credits(kind, facts, at)

    def _of_credits(self, kind: str, facts: Facts, at: datetime) -> Sequence[AccountEvent]:
        if kind == metering.CreditsGranted.TYPE:
            ends = facts["expires_at"] and datetime.fromisoformat(facts["expires_at"])
            given = (facts["grant_id"], facts["amount"], facts["source"], facts["priority"], ends)
            return grants.grant(self.state, None, NewGrant(*given), at)
        ending = GrantRecord(facts["grant_id"], facts["amount"], 0, at, "", 0)
        if kind == metering.CreditsExpired.TYPE:
            return grants.expire(self.state, ending, at)
        return grants.revoke(self.state, ending, facts["reason"], at)

    def _keep(self, identifier: str, event: AccountEvent) -> None:
        if not identifier:
            return
        record = records.evolve(self.records.get(identifier), event)
        assert isinstance(record, UsageRecord)  # noqa: S101 - a grant has no usage_id
        if record.status == "counted" and identifier not in self.corrected:
            self.records.pop(identifier, None)
        else:
            self.records[identifier] = record


def as_it_was(state: Account, facts: Facts) -> Terms:
    """Where the supposed quota does not hold nothing is refused, and the quota gives what it
    gave."""
    moved = facts["taken"] if "taken" in facts else facts.get("sources", ())
    of_quota = sum(part["amount"] for part in moved if part["source"] == QUOTA)
    return Terms(Quota(state.of_quota(facts["month"]) + of_quota), ALWAYS_ROOM)
