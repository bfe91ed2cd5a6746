"""What is known of one id: its usage and reservation, or its grant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from services.metering.domain.accounts import events
from services.metering.domain.accounts.events import AccountEvent, Parts


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """`sources` are of what is held while it is `reserved`, of what counts once it is `counted`.
    `corrections`: the value that each of them set."""

    usage_id: str
    month: str
    status: Literal["reserved", "counted", "released", "expired"]
    amount: int = 0
    value: int = 0
    sources: Parts = ()
    expires_at: datetime | None = None
    day: str = ""
    occurred_at: datetime | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    corrections: Mapping[str, int] = field(default_factory=dict)
    overdrawn: int = 0
    returned: Parts = ()
    over: int = 0

    @property
    def released(self) -> int:
        """What came back."""
        return sum(part.amount for part in self.returned)


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """`end` is how it ended, `left` what was neither spent nor held then."""

    grant_id: str
    amount: int
    priority: int
    expires_at: datetime | None
    source: str
    repaid: int
    end: Literal["revoked", "expired"] | None = None
    left: int = 0


Record = UsageRecord | GrantRecord


def evolve(record: Record | None, event: AccountEvent) -> Record:
    match event:
        case events.CreditsGranted():
            facts = (event.amount, event.priority, event.expires_at, event.source, event.repaid)
            return GrantRecord(event.grant_id, *facts)
        case events.CreditsRevoked() | events.CreditsExpired() if isinstance(record, GrantRecord):
            end: Literal["revoked", "expired"] = (
                "revoked" if isinstance(event, events.CreditsRevoked) else "expired"
            )
            return replace(record, end=end, left=event.amount)
        case _:
            return _of_usage(record if isinstance(record, UsageRecord) else None, event)


def _of_usage(record: UsageRecord | None, event: AccountEvent) -> UsageRecord:
    match event:
        case events.UsageReserved():
            return UsageRecord(
                *(event.usage_id, event.month, "reserved", event.amount),
                sources=event.sources,
                expires_at=event.expires_at,
            )
        case events.UsageRecorded() | events.ReservationSettled():
            return _counted(record, event)
        case events.UsageCorrected() if record is not None:
            corrections = {**record.corrections, event.correction_id: event.value}
            changed = replace(record, value=event.value, sources=event.sources)
            return replace(changed, corrections=corrections)
        case events.ReservationReleased() if record is not None:
            return replace(record, status=event.reason, returned=event.returned)
        case _:
            raise TypeError(f"{type(event).__name__} is not of one id")


def _counted(
    record: UsageRecord | None, event: events.UsageRecorded | events.ReservationSettled
) -> UsageRecord:
    settled = isinstance(event, events.ReservationSettled)
    beyond = event.taken if isinstance(event, events.ReservationSettled) else event.sources
    return UsageRecord(
        *(event.usage_id, event.month, "counted"),
        amount=record.amount if settled and record is not None else 0,
        value=event.value,
        sources=event.sources,
        day=event.day,
        occurred_at=event.timestamp,
        dimensions=event.dimensions,
        overdrawn=sum(part.amount for part in beyond if part.source == events.OVERDRAWN),
        returned=event.returned if isinstance(event, events.ReservationSettled) else (),
        over=event.over,
    )
