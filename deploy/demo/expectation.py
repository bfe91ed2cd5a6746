"""What must be true afterwards, computed from the input alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from deploy.demo.traffic import Usage
from kernel.month import Month


@dataclass
class Expectation:
    """`plans` and `statuses` by workspace; `purchases`: statuses by workspace, oldest first."""

    plans: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str | None] = field(default_factory=dict)
    purchases: dict[str, list[str]] = field(default_factory=dict)
    months: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    days: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _seen: set[tuple[str, str, str]] = field(default_factory=set)

    def use(self, events: Iterable[Usage]) -> None:
        """An id of a metric in a workspace counts once, in the month of its first sight; the
        playground never."""
        for event in events:
            identity = (event.workspace, event.metric, event.id)
            if event.is_playground or identity in self._seen:
                continue
            self._seen.add(identity)
            month = str(Month.of(event.occurred_at))
            self.months[event.workspace, event.metric, month] += 1
            day = event.occurred_at.date().isoformat()
            self.days[event.workspace, event.metric, day] += 1
