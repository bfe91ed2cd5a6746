"""Double entry: every event moves units between named balances, and its postings sum to zero."""

from __future__ import annotations

from collections.abc import Iterator

from services.metering.domain.accounts import events
from services.metering.domain.accounts.events import OVERDRAWN, PLAN, QUOTA, Parts

Posting = tuple[str, int]
GRANTED, LAPSED, REVOKED, EXPIRED = "granted", "lapsed", "revoked", "expired"
REPAID = "repaid"


def quota_of(month: str) -> str:
    """Below zero by what was taken of the month's quota and did not come back."""
    return f"quota:{month}"


def overdrawn_in(month: str) -> str:
    """Below zero by what was used beyond everything that there was."""
    return f"overdrawn:{month}"


def used_in(month: str) -> str:
    return f"used:{month}"


def held_in(month: str) -> str:
    return f"held:{month}"


def free_of(grant_id: str) -> str:
    return f"grant:{grant_id}"


def repaid_by(month: str, grant_id: str) -> str:
    """What a grant has paid off of the month's overdrawn units and did not get back."""
    return f"{REPAID}:{month}:{grant_id}"


def granted_by_plan(month: str) -> str:
    return f"granted:{PLAN}:{month}"


def postings(event: events.AccountEvent) -> list[Posting]:
    """By balance; those of zero are left out."""
    return [posting for posting in _postings(event) if posting[1]]


def _postings(event: events.AccountEvent) -> Iterator[Posting]:
    month = event.month
    match event:
        case events.UsageRecorded():
            yield used_in(month), event.value
            yield from _sources(month, event.sources, -1)
        case events.UsageReserved():
            yield held_in(month), event.amount
            yield from _sources(month, event.sources, -1)
        case events.ReservationSettled():
            yield held_in(month), -event.reserved
            yield used_in(month), event.value
            yield from _sources(month, event.taken, -1)
            yield from _back(event)
        case events.UsageCorrected():
            yield used_in(month), event.value - event.before
            yield from _sources(month, event.taken, -1)
            yield from _back(event)
        case events.ReservationReleased():
            yield held_in(month), -_total(event.returned) - _total(event.lapsed)
            yield from _back(event)
        case _:
            yield from _of_credits(event)


def _of_credits(event: events.AccountEvent) -> Iterator[Posting]:
    match event:
        case events.CreditsGranted():
            by_plan = event.source == PLAN
            yield granted_by_plan(event.month) if by_plan else GRANTED, -event.amount
            yield overdrawn_in(event.month), event.repaid
            yield free_of(event.grant_id), event.amount - event.repaid
            yield repaid_by(event.month, event.grant_id), event.repaid
            yield REPAID, -event.repaid
        case events.CreditsRevoked():
            yield free_of(event.grant_id), -event.amount
            yield REVOKED, event.amount
        case events.CreditsExpired():
            yield free_of(event.grant_id), -event.amount
            yield EXPIRED, event.amount


def _back(
    event: events.ReservationSettled | events.UsageCorrected | events.ReservationReleased,
) -> Iterator[Posting]:
    yield from _sources(event.month, event.returned, 1)
    yield LAPSED, _total(event.lapsed)
    for part in event.unpaid:
        yield repaid_by(event.month, part.source), -part.amount
    yield REPAID, _total(event.unpaid)


def _sources(month: str, parts: Parts, sign: int) -> Iterator[Posting]:
    names = {QUOTA: quota_of(month), OVERDRAWN: overdrawn_in(month)}
    for part in parts:
        yield names.get(part.source) or free_of(part.source), sign * part.amount


def _total(parts: Parts) -> int:
    return sum(part.amount for part in parts)
