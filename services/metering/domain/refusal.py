"""What a caller is told whose quota has no room: whether, and when, trying again can help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kernel.clock import rfc3339
from kernel.month import Month
from services.metering.domain.errors import MessageQuotaExceeded, PlanLimitReached
from services.metering.domain.quota import Metric, Usage

CODES: dict[Metric, type[PlanLimitReached | MessageQuotaExceeded]] = {
    "conversation": PlanLimitReached,
    "message": MessageQuotaExceeded,
}
RESERVED = (
    "All that is left of this month's conversations is reserved by conversations that have just "
    "started. Try again when one of them is released."
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
