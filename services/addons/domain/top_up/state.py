"""What the events of a rule make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kernel.decider import Decider
from kernel.events import DomainEvent
from services.addons.domain.top_up import events
from services.addons.domain.top_up.events import Rule, StopReason


@dataclass(frozen=True, slots=True)
class Ordered:
    rule_id: str
    low_id: str
    purchase_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TopUp:
    """`rule` None: it was removed. Stopped while there is a reason. `orders` are all that were ever
    made, by any rule of this meter."""

    workspace: str
    meter: str
    rule: Rule | None = None
    stopped: StopReason | None = None
    orders: Sequence[Ordered] = ()

    @property
    def active(self) -> bool:
        return self.rule is not None and self.stopped is None

    def ordered_for(self, low_id: str) -> Ordered | None:
        return next((each for each in self.orders if each.low_id == low_id), None)

    @property
    def last(self) -> Ordered | None:
        return self.orders[-1] if self.orders else None


def evolve(state: TopUp | None, event: DomainEvent) -> TopUp:
    if not isinstance(event, events.TopUpEvent):
        raise TypeError(f"{type(event).__name__} is no event of a top-up")
    known = state or TopUp(event.workspace_id, event.meter)
    match event:
        case events.TopUpSet() | events.TopUpSetAgain():
            return replace(known, rule=event.rule, stopped=None)
        case events.TopUpOrdered():
            ordered = Ordered(event.rule_id, event.low_id, event.purchase_id, event.timestamp)
            return replace(known, orders=(*known.orders, ordered))
        case events.TopUpStopped():
            return replace(known, stopped=event.reason)
        case _:
            return replace(known, rule=None, stopped=None)


TOP_UPS = Decider("addons.TopUp", evolve)


def stream_of(workspace: str, meter: str) -> str:
    return f"top_up:{workspace}:{meter}"
