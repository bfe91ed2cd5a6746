"""What a caller is told whose quota has no room: whether, and when, trying again can help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kernel.clock import rfc3339
from kernel.month import Month
from services.metering.domain.accounts.terms import Room
from services.metering.domain.errors import (
    MessageQuotaExceeded,
    PlanLimitReached,
    QuotaExceeded,
    quota_message,
)
from services.metering.domain.quota import Metric, Usage

CODES: dict[Metric, type[PlanLimitReached | MessageQuotaExceeded]] = {
    "conversation": PlanLimitReached,
    "message": MessageQuotaExceeded,
}
RESERVED = (
    "All that is left of this month's conversations is reserved by conversations that have just "
    "started. Try again when one of them is released."
)
RESERVED_UNITS = (
    "All that is left of this month's {unit} is reserved. Try again when a reservation is settled "
    "or released."
)
OVER = (
    "This month is over and its {metric} limit was reached: this can never be counted. "
    "Report what has happened as an event."
)


@dataclass(frozen=True, slots=True)
class QuotaRefusal:
    """`retry_at` None: never."""

    code: str
    message: str
    retry_at: datetime | None
    details: Mapping[str, Any] = field(default_factory=dict)


def is_full_of_reservations(limit: int | None, usage: Usage) -> bool:
    """Whether only units that are held, and may come back soon, take the last room."""
    return limit is not None and usage.used < limit <= usage.used + usage.held


def is_full_of_held_units(room: Room, held: int, amount: int) -> bool:
    """The same of a declared meter: it would fit if all that is held came back."""
    if room.quota is None or held == 0:
        return False
    return replace(room, quota=room.quota + held).fits(amount)


def units_refusal(
    unit: str,
    details: Mapping[str, Any],
    month: Month,
    now: datetime,
    next_release: datetime | None,
) -> QuotaRefusal:
    """Of a declared meter. `next_release` None: it is not for what is held."""
    if month.end <= now:
        over = {"month": str(month), **details, "retryable": False}
        return QuotaRefusal(QuotaExceeded.code, OVER.format(metric=unit), None, over)
    if next_release is not None:
        reserved = {**details, "next_release_at": rfc3339(next_release)}
        message = RESERVED_UNITS.format(unit=unit)
        return QuotaRefusal(QuotaExceeded.code, message, next_release, reserved)
    return QuotaRefusal(QuotaExceeded.code, quota_message(unit), month.end)


def quota_refusal(
    metric: Metric,
    limit: int | None,
    usage: Usage,
    month: Month,
    now: datetime,
    next_release: datetime | None,
) -> QuotaRefusal:
    """`next_release`: when the first of the held units comes back at the latest; None: nobody
    knows, so at once."""
    refused = CODES[metric]
    if month.end <= now:
        details = {"month": str(month), "limit": limit, "used": usage.used, "retryable": False}
        return QuotaRefusal(refused.code, OVER.format(metric=metric), None, details)
    if is_full_of_reservations(limit, usage):
        until = next_release or now
        details = {
            "limit": limit,
            "used": usage.used,
            "reserved": usage.held,
            "next_release_at": rfc3339(until),
        }
        return QuotaRefusal(refused.code, RESERVED, until, details)
    return QuotaRefusal(refused.code, refused.message, month.end)
