"""What a workspace's events add up to: the same figures as the read models show.

Events of a subscription or a purchase carry the whole of it, so the last one counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from contracts import addons, billing, metering
from contracts.envelope import EventData

METRICS: Mapping[str, str] = {
    metering.MessageMetered.TYPE: "message",
    metering.ConversationMetered.TYPE: "conversation",
}
CORRECTIONS: Mapping[str, str] = {
    metering.MessageCorrected.TYPE: "message",
    metering.ConversationCorrected.TYPE: "conversation",
}

# What moves units of declared meters.
ACCOUNT_TYPES = [
    kind.TYPE
    for kind in (
        metering.UsageRecorded,
        metering.UsageCorrected,
        metering.UsageReserved,
        metering.ReservationSettled,
        metering.ReservationReleased,
        metering.CreditsGranted,
        metering.CreditsRevoked,
        metering.CreditsExpired,
    )
]


def _types(base: type[EventData]) -> list[str]:
    return [kind.TYPE for kind in base.__subclasses__()]


SUBSCRIPTION_TYPES = _types(billing.SubscriptionEvent)
PURCHASE_TYPES = _types(addons.PurchaseEvent)


class Fact(NamedTuple):
    """A published event, as JSON."""

    type: str
    data: Mapping[str, Any]


def units(fact: Fact) -> int:
    """That a usage event, or a correction, adds to its month."""
    corrects = fact.type in CORRECTIONS
    return fact.data["value"] - fact.data["before"] if corrects else 1


def used(fact: Fact) -> int:
    """Units of a declared meter that this adds to its month."""
    if fact.type == metering.UsageCorrected.TYPE:
        return int(fact.data["value"] - fact.data["before"])
    counts = fact.type in (metering.UsageRecorded.TYPE, metering.ReservationSettled.TYPE)
    return int(fact.data["value"]) if counts else 0


def credited(fact: Fact) -> int:
    """Units that this adds to what is free of grants."""
    data = fact.data
    if fact.type == metering.CreditsGranted.TYPE:
        return int(data["amount"] - data["repaid"])
    if fact.type in (metering.CreditsRevoked.TYPE, metering.CreditsExpired.TYPE):
        return -int(data["amount"])
    taken = data["taken"] if "taken" in data else data.get("sources", ())
    return _of_grants(data.get("returned", ())) - _of_grants(taken)


def _of_grants(parts: Iterable[Mapping[str, Any]]) -> int:
    return sum(part["amount"] for part in parts if part["source"] not in ("quota", "overdrawn"))


@dataclass(slots=True)
class MeterFigures:
    """`used` by month; `credits` are free."""

    used: Counter[str] = field(default_factory=Counter)
    credits: int = 0

    def as_json(self) -> dict[str, Any]:
        return {"used": dict(sorted(self.used.items())), "credits": self.credits}


@dataclass(slots=True)
class Figures:
    """`usage` counts by month and metric; `purchases` by their id, each as it is now; `meters` are
    the declared ones."""

    subscription: Mapping[str, Any] | None = None
    usage: dict[str, dict[str, int]] = field(default_factory=dict)
    purchases: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    meters: dict[str, MeterFigures] = field(default_factory=dict)

    def add(self, fact: Fact) -> None:
        metric = METRICS.get(fact.type) or CORRECTIONS.get(fact.type)
        if metric is not None:
            month = self.usage.setdefault(fact.data["month"], dict.fromkeys(METRICS.values(), 0))
            month[metric] += units(fact)
        elif fact.type in ACCOUNT_TYPES:
            meter = self.meters.setdefault(fact.data["meter"], MeterFigures())
            meter.used[fact.data["month"]] += used(fact)
            meter.credits += credited(fact)
        elif fact.type in SUBSCRIPTION_TYPES:
            self.subscription = fact.data["subscription"]
        elif fact.type in PURCHASE_TYPES:
            purchase = fact.data["purchase"]
            self.purchases[purchase["purchase_id"]] = purchase

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> Figures:
        """Facts of one workspace; those of a service in the order of its log."""
        figures = cls()
        for fact in facts:
            figures.add(fact)
        return figures

    def as_json(self, *, meters: bool = True) -> dict[str, Any]:
        """With declared meters where there are any."""
        told = {name: self.meters[name].as_json() for name in sorted(self.meters)}
        return {
            "subscription": self.subscription,
            "usage": {month: self.usage[month] for month in sorted(self.usage)},
            "purchases": [self.purchases[name] for name in sorted(self.purchases)],
            **({"meters": told} if told and meters else {}),
        }
