"""Recording usage, and correcting it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kernel.month import Month
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.events import AccountEvent, UsageCorrected, UsageRecorded
from services.metering.domain.accounts.records import Record, UsageRecord
from services.metering.domain.accounts.reservations import beyond_soft_quota, settle
from services.metering.domain.accounts.terms import (
    Terms,
    joined,
    room,
    sent_back,
    split,
    take,
)
from services.metering.domain.errors import QuotaExceeded, UsageNotFound


@dataclass(frozen=True, slots=True)
class Used:
    """What a caller says was used. `exact`: only if there is room."""

    usage_id: str
    value: int
    occurred_at: datetime
    dimensions: Mapping[str, str] = field(default_factory=dict)
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    id: str
    value: int
    reason: str


def record_usage(
    account: Account, record: Record | None, terms: Terms, used: Used, now: datetime
) -> Sequence[AccountEvent]:
    """Nothing for what was counted before. Usage of a reservation settles it. Raises QuotaExceeded
    where there is no room for an exact one."""
    if isinstance(record, UsageRecord) and record.status == "counted":
        return []
    if isinstance(record, UsageRecord) and record.status == "reserved":
        return settle(account, record, terms, used.value, used.dimensions, now)
    month = str(Month.of(used.occurred_at))
    if used.exact and not room(account, terms, month, now).fits(used.value):
        raise QuotaExceeded
    sources = take(account, terms, month, used.value, now)
    return [
        UsageRecorded(
            timestamp=used.occurred_at,
            workspace=account.workspace,
            month=month,
            meter=account.meter,
            usage_id=used.usage_id,
            value=used.value,
            dimensions=used.dimensions,
            sources=sources,
            over=beyond_soft_quota(account, terms, month, sources, ()),
        )
    ]


def correct(
    account: Account, record: Record | None, terms: Terms, correction: Correction, now: datetime
) -> Sequence[AccountEvent]:
    """Sets another value, in the event's own month; truth is never refused. What is not used after
    all goes back first from where it was taken last. Raises UsageNotFound for what was never
    counted."""
    if not isinstance(record, UsageRecord) or record.status != "counted":
        raise UsageNotFound
    if correction.id in record.corrections:
        return []
    more = max(0, correction.value - record.value)
    taken = take(account, terms, record.month, more, now)
    kept, freed = split(record.sources, min(correction.value, record.value))
    back = sent_back(account, record.month, freed, now)
    return [
        UsageCorrected(
            timestamp=now,
            workspace=account.workspace,
            month=record.month,
            meter=account.meter,
            usage_id=record.usage_id,
            correction_id=correction.id,
            before=record.value,
            value=correction.value,
            reason=correction.reason,
            usage_day=record.day,
            dimensions=record.dimensions,
            sources=joined(kept, taken),
            taken=taken,
            returned=back.returned,
            lapsed=back.lapsed,
            unpaid=back.unpaid,
        )
    ]
