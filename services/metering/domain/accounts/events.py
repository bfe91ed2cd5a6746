"""What happens to an account. Each event names the sources that units came from or went back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from kernel.events import added
from services.metering.domain.events import MeteringEvent

QUOTA, OVERDRAWN, PLAN = "quota", "overdrawn", "plan"


@dataclass(frozen=True, kw_only=True)
class Part:
    """`source`: `quota` (of the month), `overdrawn`, or the id of a grant."""

    source: str
    amount: int


Parts = tuple[Part, ...]


@dataclass(frozen=True, kw_only=True)
class AccountEvent(MeteringEvent):
    """`month` is the one whose quota is concerned. Of units that come back, `unpaid` are those with
    which a grant had paid off what was overdrawn."""

    meter: str


@dataclass(frozen=True, kw_only=True)
class UsageRecorded(AccountEvent):
    """`value` units were used, taken from `sources`. `usage_id` counts once in its meter, for ever.
    `over` of them lie beyond a soft quota."""

    TOPIC: ClassVar[str] = "metering.UsageRecorded"
    usage_id: str
    value: int
    dimensions: Mapping[str, str] = field(default_factory=dict)
    sources: Parts = ()
    over: int = 0


@dataclass(frozen=True, kw_only=True)
class UsageCorrected(AccountEvent):
    """The counted value is another one, from `sources` now: more was taken, or some went back.
    `usage_day` is the day that it was counted on."""

    TOPIC: ClassVar[str] = "metering.UsageCorrected"
    usage_id: str
    correction_id: str
    before: int
    value: int
    reason: str
    usage_day: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    sources: Parts = ()
    taken: Parts = ()
    returned: Parts = ()
    lapsed: Parts = ()
    unpaid: Parts = added(())


@dataclass(frozen=True, kw_only=True)
class UsageReserved(AccountEvent):
    """`amount` units are held for `usage_id` until it is settled, released or `expires_at`."""

    TOPIC: ClassVar[str] = "metering.UsageReserved"
    usage_id: str
    amount: int
    sources: Parts
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReservationSettled(AccountEvent):
    """`value` units were used, from `sources`. Of what was `reserved` the rest was returned, or
    lapsed with its grant; what was used beyond it was `taken`. 0 was reserved where the hold had
    ended before."""

    TOPIC: ClassVar[str] = "metering.ReservationSettled"
    usage_id: str
    reserved: int
    value: int
    dimensions: Mapping[str, str] = field(default_factory=dict)
    sources: Parts = ()
    taken: Parts = ()
    returned: Parts = ()
    lapsed: Parts = ()
    over: int = 0
    unpaid: Parts = added(())


@dataclass(frozen=True, kw_only=True)
class ReservationReleased(AccountEvent):
    """Nothing was used: all that was held is back where it came from, or lapsed with its grant."""

    TOPIC: ClassVar[str] = "metering.ReservationReleased"
    usage_id: str
    reason: Literal["released", "expired"]
    returned: Parts = ()
    lapsed: Parts = ()
    unpaid: Parts = added(())


@dataclass(frozen=True, kw_only=True)
class CreditsGranted(AccountEvent):
    """`repaid` units pay off what was overdrawn in the month; the others may be used."""

    TOPIC: ClassVar[str] = "metering.CreditsGranted"
    grant_id: str
    amount: int
    priority: int
    expires_at: datetime | None
    source: str
    repaid: int = 0


@dataclass(frozen=True, kw_only=True)
class CreditsRevoked(AccountEvent):
    """`amount` was neither spent nor held. What is held may still be used; what comes back of it
    lapses."""

    TOPIC: ClassVar[str] = "metering.CreditsRevoked"
    grant_id: str
    amount: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class CreditsExpired(AccountEvent):
    """Like a revocation, by the grant's own end."""

    TOPIC: ClassVar[str] = "metering.CreditsExpired"
    grant_id: str
    amount: int
