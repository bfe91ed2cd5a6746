"""What people are told by mail, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Kind = Literal[
    "payment_failed",
    "last_day",
    "payment_recovered",
    "ends_on",
    "ended",
    "quota_reached",
    "meter_reached",
    "top_up_stopped",
    "receipt",
    "price_changed",
    "renewal_ahead",
    "trial_ending",
    "card_expires",
    "change_ahead",
    "approval_needed",
    "change_withdrawn",
]
Language = Literal["en", "de"]
# What a workspace may do without: the rest concerns its money or its access.
OPTIONAL: frozenset[str] = frozenset(
    {"quota_reached", "meter_reached", "trial_ending", "payment_recovered"}
)
REMINDERS = (3, 7, 14)
# News that is older is none: the consumer was away, or reads a history from its beginning.
STALE = timedelta(days=2)
BEFORE_TRIAL_ENDS = timedelta(days=3)
BEFORE_RENEWAL = timedelta(days=14)
BEFORE_CARD_EXPIRES = timedelta(days=30)
PAST_DUE, RENEWAL, TRIAL, CARD = "past_due", "renewal", "trial", "card"


@dataclass(frozen=True, slots=True)
class Notice:
    """`id` makes it the only one. Planned notices of a `series` are dropped together when what
    they tell of is over. `recipient` is sealed, and stands in for a workspace without one."""

    id: str
    workspace: str
    kind: Kind
    due_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    series: str = ""
    recipient: str | None = None

    def is_news(self, now: datetime) -> bool:
        return self.due_at > now - STALE


def dunning(
    event_id: str,
    workspace: str,
    failed_at: datetime,
    ends_at: datetime,
    facts: Mapping[str, Any],
    reminders: Sequence[int] = REMINDERS,
) -> Sequence[Notice]:
    """At once, so many days later while access lasts, and on its last day, at `ends_at`."""
    told = {**facts, "access_until": day(ends_at)}
    last = ends_at - timedelta(days=1)
    days = sorted({0, *reminders})
    due = [(after, failed_at + timedelta(days=after)) for after in days]
    notices = [
        Notice(
            f"payment_failed:{event_id}:{after}", workspace, "payment_failed", at, told, PAST_DUE
        )
        for after, at in due
        if after == 0 or at < last
    ]
    if last <= failed_at:
        return notices
    return [*notices, Notice(f"last_day:{event_id}", workspace, "last_day", last, told, PAST_DUE)]


def ahead(of: datetime, by: timedelta, known_at: datetime) -> datetime | None:
    """When to tell of what comes then: so long before, or as soon as it was known where that is
    later. None for what is over."""
    return max(of - by, known_at) if of > known_at else None


def day(moment: datetime) -> str:
    return moment.date().isoformat()
