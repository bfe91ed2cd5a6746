"""Holding units before they are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from kernel.month import Month
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.events import (
    OVERDRAWN,
    QUOTA,
    AccountEvent,
    Parts,
    ReservationReleased,
    ReservationSettled,
    UsageReserved,
)
from services.metering.domain.accounts.records import Record, UsageRecord
from services.metering.domain.accounts.terms import (
    Terms,
    amount_of,
    joined,
    room,
    sent_back,
    split,
    take,
    total,
)
from services.metering.domain.errors import QuotaExceeded, ReservationNotFound


def reserve(
    account: Account,
    record: Record | None,
    terms: Terms,
    usage_id: str,
    amount: int,
    expires_at: datetime,
    now: datetime,
) -> Sequence[AccountEvent]:
    """Nothing for what is held or counted already; what was released or has expired may be held
    again. Raises QuotaExceeded where there is no room."""
    if isinstance(record, UsageRecord) and record.status in ("reserved", "counted"):
        return []
    month = str(Month.of(now))
    if not room(account, terms, month, now).fits(amount):
        raise QuotaExceeded
    return [
        UsageReserved(
            timestamp=now,
            workspace=account.workspace,
            month=month,
            meter=account.meter,
            usage_id=usage_id,
            amount=amount,
            sources=take(account, terms, month, amount, now),
            expires_at=expires_at,
        )
    ]


def settle(
    account: Account,
    record: Record | None,
    terms: Terms,
    value: int,
    dimensions: Mapping[str, str],
    now: datetime,
) -> Sequence[AccountEvent]:
    """Counts what was used, in the month of the reservation: first what was held, in the order in
    which it was taken, then what there is, then overdrawn. Also after the hold has ended.
    Raises ReservationNotFound for what was never reserved."""
    if not isinstance(record, UsageRecord):
        raise ReservationNotFound
    if record.status == "counted":
        return []
    held = record.sources if record.status == "reserved" else ()
    kept, freed = split(held, value)
    back = sent_back(account, record.month, freed, now)
    taken = take(account, terms, record.month, max(0, value - total(held)), now)
    return [
        ReservationSettled(
            timestamp=_within(record.month, now),
            workspace=account.workspace,
            month=record.month,
            meter=account.meter,
            usage_id=record.usage_id,
            reserved=total(held),
            value=value,
            dimensions=dimensions,
            sources=joined(kept, taken),
            taken=taken,
            returned=back.returned,
            lapsed=back.lapsed,
            unpaid=back.unpaid,
            over=beyond_soft_quota(account, terms, record.month, taken, freed),
        )
    ]


def release(
    account: Account,
    record: Record | None,
    reason: Literal["released", "expired"],
    now: datetime,
) -> Sequence[AccountEvent]:
    """Frees what is held. Nothing where it has ended already, or has not expired yet. Raises
    ReservationNotFound for what was never reserved."""
    if not isinstance(record, UsageRecord):
        raise ReservationNotFound
    if record.status != "reserved":
        return []
    if reason == "expired" and record.expires_at is not None and now < record.expires_at:
        return []
    back = sent_back(account, record.month, record.sources, now)
    return [
        ReservationReleased(
            timestamp=now,
            workspace=account.workspace,
            month=record.month,
            meter=account.meter,
            usage_id=record.usage_id,
            reason=reason,
            returned=back.returned,
            lapsed=back.lapsed,
            unpaid=back.unpaid,
        )
    ]


def beyond_soft_quota(
    account: Account, terms: Terms, month: str, taken: Parts, freed: Parts
) -> int:
    """How far a soft quota is exceeded once these units have moved."""
    limit = terms.limit(account)
    if not terms.soft or limit is None:
        return 0
    moved = amount_of(taken, QUOTA) - amount_of(freed, QUOTA)
    return max(0, account.of_quota(month) + moved - limit)


def overdrawn(parts: Parts) -> int:
    return amount_of(parts, OVERDRAWN)


def _within(month: str, now: datetime) -> datetime:
    """Usage counts on a day of its month: settled later, on the last."""
    its = Month.parse(month)
    return now if Month.of(now) == its else its.end - timedelta(microseconds=1)
