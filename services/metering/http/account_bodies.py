"""What is sent and answered of declared meters on the hot path."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from services.metering.application.reported import STORABLE, Dimensions, OccurredAt, UsageId, Value
from services.metering.domain.meters import LARGEST_VALUE
from services.metering.http.bodies import means

LONGEST_RESERVATION = 7 * 24 * 3600
Meter = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=64, extra_json_schema=STORABLE),
    means("A meter.", "tokens"),
]
Amount = Annotated[
    int, msgspec.Meta(ge=1, le=LARGEST_VALUE), means("In the meter's smallest unit.", 4000)
]
UsedOfMeter = Annotated[int, means("Counted in that month.", 3121)]
LimitOfMeter = Annotated[int | None, means("A month by the plan; null is unlimited.", 100_000)]
RemainingOfMeter = Annotated[
    int | None,
    means("Of quota and credits what is left of that month; null is unlimited.", 96_879),
]


class Usage(msgspec.Struct, forbid_unknown_fields=True):
    """Usage that is about to be recorded."""

    id: UsageId
    meter: Meter
    value: Value | None = None
    dimensions: Dimensions | None = None
    occurred_at: OccurredAt | None = None


class UsageCounted(msgspec.Struct):
    """The usage is stored."""

    id: Annotated[str, means("The caller's own id.", "turn-1")]
    meter: Annotated[str, means("The meter.", "tokens")]
    status: Annotated[
        Literal["inserted", "duplicate"], means("`duplicate`: counted before.", "inserted")
    ]
    value: Annotated[int, means("What counts.", 3121)]
    month: Annotated[str, means("The UTC month it counts in.", "2026-11")]
    over: Annotated[bool, means("Whether it lies beyond a soft quota.", False)]
    overdrawn: Annotated[int, means("Of them, units that there were not.", 0)]
    used: UsedOfMeter
    limit: LimitOfMeter
    remaining: RemainingOfMeter


class Reservation(msgspec.Struct, forbid_unknown_fields=True):
    """Units that will be used."""

    id: UsageId
    meter: Meter
    amount: Amount
    expires_in: Annotated[
        int,
        msgspec.Meta(ge=1, le=LONGEST_RESERVATION),
        means("Seconds, 30 minutes by default.", 1800),
    ] = 1800


class SourceBody(msgspec.Struct):
    """Where units come from."""

    source: Annotated[str, means("`quota`, `overdrawn`, or the id of a grant.", "quota")]
    amount: Annotated[int, means("Units.", 4000)]


class Reserved(msgspec.Struct):
    """Units are held."""

    id: Annotated[str, means("The caller's own id.", "turn-1")]
    meter: Annotated[str, means("The meter.", "tokens")]
    status: Annotated[
        Literal["reserved", "counted"], means("`counted`: it is settled already.", "reserved")
    ]
    amount: Annotated[int, means("Units.", 4000)]
    sources: Annotated[list[SourceBody], means("In the order in which they are used.")]
    expires_at: Annotated[
        str | None, means("When they come back by themselves.", "2026-11-26T10:30:00Z")
    ]
    used: UsedOfMeter
    limit: LimitOfMeter
    remaining: RemainingOfMeter


class Settlement(msgspec.Struct, forbid_unknown_fields=True):
    """What was used."""

    value: Value
    dimensions: Dimensions | None = None
    meter: Annotated[
        Annotated[str, msgspec.Meta(extra_json_schema=STORABLE)] | None,
        means("Only where several were reserved under one id.", "tokens"),
    ] = None


class Settled(msgspec.Struct):
    """The usage is counted, and the rest is back where it came from."""

    id: Annotated[str, means("The caller's own id.", "turn-1")]
    meter: Annotated[str, means("The meter.", "tokens")]
    value: Annotated[int, means("What counts.", 3121)]
    released: Annotated[int, means("What came back.", 879)]
    overdrawn: Annotated[int, means("Used beyond everything that there was.", 0)]
    sources: Annotated[list[SourceBody], means("Where the value came from.")]
    used: UsedOfMeter
    limit: LimitOfMeter
    remaining: RemainingOfMeter


class ReleasedReservation(msgspec.Struct):
    """How the reservation stands now."""

    id: Annotated[str, means("The caller's own id.", "turn-1")]
    meter: Annotated[str, means("The meter.", "tokens")]
    status: Annotated[
        Literal["reserved", "released", "expired", "counted"],
        means("`counted`: it was settled, and stays so.", "released"),
    ]
    released: Annotated[int, means("What came back.", 4000)]
    used: UsedOfMeter
    limit: LimitOfMeter
    remaining: RemainingOfMeter
