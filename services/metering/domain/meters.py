"""Meters: what is counted besides messages and conversations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, cast

from kernel.decider import Decider
from kernel.errors import ValidationFailed
from kernel.events import CreatedEvent, DomainEvent
from services.metering.domain.errors import MeterBuiltIn, MeterInUse

Aggregation = Literal["count", "sum"]
MOST_DIMENSIONS = 3
LARGEST_VALUE = 2**53
SLUG = r"^[a-z0-9][a-z0-9_-]{0,63}$"


@dataclass(frozen=True, slots=True)
class MeterDefinition:
    """A `count` meter counts 1 an event. `overdraft` units may be reserved beyond everything that
    there is."""

    slug: str
    unit: str
    aggregation: Aggregation
    dimensions: tuple[str, ...] = ()
    overdraft: int = 0

    def value_of(self, value: int | None) -> int:
        """1 by default. Raises ValidationFailed for another one where events are counted."""
        if value is not None and value != 1 and self.aggregation == "count":
            raise ValidationFailed(f"value: an event of {self.slug} counts 1")
        return 1 if value is None else value

    def check(self, dimensions: Mapping[str, str]) -> None:
        """Raises ValidationFailed for one that is not declared."""
        for name in dimensions:
            if name not in self.dimensions:
                raise ValidationFailed(f"dimensions: {name!r} is not declared for {self.slug}")


BUILT_IN: Mapping[str, MeterDefinition] = {
    "conversation": MeterDefinition("conversation", "conversations", "count", ("agent_id",)),
    "message": MeterDefinition("message", "messages", "count", ("agent_id",)),
}


@dataclass(frozen=True, kw_only=True)
class MeterDeclared(CreatedEvent):
    TOPIC: ClassVar[str] = "metering.MeterDeclared"
    slug: str
    unit: str
    aggregation: Aggregation
    dimensions: tuple[str, ...]
    overdraft: int


@dataclass(frozen=True, kw_only=True)
class MeterChanged(DomainEvent):
    """All of it as it is now; the aggregation never changes."""

    TOPIC: ClassVar[str] = "metering.MeterChanged"
    slug: str
    unit: str
    aggregation: Aggregation
    dimensions: tuple[str, ...]
    overdraft: int


def evolve(_: MeterDefinition | None, event: DomainEvent) -> MeterDefinition:
    meter = cast("MeterDeclared | MeterChanged", event)
    facts = (meter.slug, meter.unit, meter.aggregation, meter.dimensions, meter.overdraft)
    return MeterDefinition(*facts)


METER: Decider[MeterDefinition] = Decider("metering.Meter", evolve)


def declare(
    known: MeterDefinition | None, meter: MeterDefinition, at: datetime
) -> Sequence[DomainEvent]:
    """Nothing where it stands so already. Raises MeterBuiltIn, MeterInUse, ValidationFailed."""
    if meter.slug in BUILT_IN:
        raise MeterBuiltIn(slug=meter.slug)
    if not re.fullmatch(SLUG, meter.slug):
        raise ValidationFailed("A meter's slug has lower-case letters, digits, _ and -.")
    if len(set(meter.dimensions)) < len(meter.dimensions):
        raise ValidationFailed("Each dimension is declared once.")
    if known == meter:
        return []
    if known is not None and known.aggregation != meter.aggregation:
        raise MeterInUse(slug=meter.slug)
    kind = MeterDeclared if known is None else MeterChanged
    return [
        kind(
            timestamp=at,
            slug=meter.slug,
            unit=meter.unit,
            aggregation=meter.aggregation,
            dimensions=meter.dimensions,
            overdraft=meter.overdraft,
        )
    ]
