"""Granting credits, and ending grants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.month import Month
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.events import (
    PLAN,
    AccountEvent,
    CreditsExpired,
    CreditsGranted,
    CreditsRevoked,
)
from services.metering.domain.accounts.records import GrantRecord, Record
from services.metering.domain.accounts.terms import Terms
from services.metering.domain.errors import GrantNotFound

DEFAULT_PRIORITY = 100


@dataclass(frozen=True, slots=True)
class NewGrant:
    """Of lower priority burns first."""

    id: str
    amount: int
    source: str
    priority: int = DEFAULT_PRIORITY
    expires_at: datetime | None = None


def grant(
    account: Account, record: Record | None, new: NewGrant, now: datetime
) -> Sequence[AccountEvent]:
    """Nothing for an id that was granted before. Pays off first what was overdrawn this month."""
    if record is not None:
        return []
    month = str(Month.of(now))
    lives = new.expires_at is None or now < new.expires_at
    repaid = min(new.amount, max(0, account.overdrawn(month))) if lives else 0
    return [
        CreditsGranted(
            timestamp=now,
            workspace=account.workspace,
            month=month,
            meter=account.meter,
            grant_id=new.id,
            amount=new.amount,
            priority=new.priority,
            expires_at=new.expires_at,
            source=new.source,
            repaid=repaid,
        )
    ]


def due_of_plan(account: Account, terms: Terms, now: datetime) -> NewGrant | None:
    """What the plan gives of this month's credits and has not given yet: all at first, the
    difference after a change to a plan that gives more."""
    monthly = terms.monthly_credits
    month = Month.of(now)
    given = account.granted_by_plan(str(month))
    if monthly is None or monthly.amount <= given:
        return None
    ends = month.next
    for _ in range(monthly.rollover_months):
        ends = ends.next
    identifier = f"{PLAN}:{month}" if not given else f"{PLAN}:{month}:{monthly.amount}"
    return NewGrant(identifier, monthly.amount - given, PLAN, expires_at=ends.start)


def revoke(
    account: Account, record: Record | None, reason: str, now: datetime
) -> Sequence[AccountEvent]:
    """Takes back what is neither spent nor held. Nothing where it has ended. Raises
    GrantNotFound."""
    if not isinstance(record, GrantRecord):
        raise GrantNotFound
    if record.end is not None:
        return []
    return [
        CreditsRevoked(
            timestamp=now,
            workspace=account.workspace,
            month=str(Month.of(now)),
            meter=account.meter,
            grant_id=record.grant_id,
            amount=account.free(record.grant_id),
            reason=reason,
        )
    ]


def expire(account: Account, record: Record | None, now: datetime) -> Sequence[AccountEvent]:
    """Nothing where it has ended already, or its end has not come."""
    if not isinstance(record, GrantRecord) or record.end is not None:
        return []
    if record.expires_at is None or now < record.expires_at:
        return []
    return [
        CreditsExpired(
            timestamp=now,
            workspace=account.workspace,
            month=str(Month.of(now)),
            meter=account.meter,
            grant_id=record.grant_id,
            amount=account.free(record.grant_id),
        )
    ]
