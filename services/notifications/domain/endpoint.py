"""A webhook endpoint: where a host receives events, and how it fares."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["enabled", "disabled"]
EVERYTHING = "*"
OF_A_SERVICE = ".*"
VERSIONED = re.compile(r"\.v[0-9]+$")


@dataclass(frozen=True, slots=True)
class Health:
    """`failing_since` is the first failure after the last success, `failures` the rounds of nothing
    but failures since, `again_at` when to try again while the circuit is open. `warned`: people
    were told that it will be disabled."""

    failing_since: datetime | None = None
    failures: int = 0
    again_at: datetime | None = None
    warned: bool = False


HEALTHY = Health()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`secrets`: the one that counts, and the one before while it is still signed with."""

    id: str
    url: str
    description: str
    event_types: Sequence[str]
    secrets: Sequence[str]
    state: State
    disabled_reason: str | None
    health: Health
    created_at: datetime
    changed_at: datetime

    @property
    def consumer(self) -> str:
        """Whose positions say how far it has come."""
        return consumer_of(self.id)

    def wants(self, event_type: str) -> bool:
        return any(matches(wanted, event_type) for wanted in self.event_types)

    def services(self, offered: Collection[str]) -> list[str]:
        return services_of(self.event_types, offered)


def consumer_of(endpoint_id: str) -> str:
    return f"webhooks:{endpoint_id}"


def matches(wanted: str, event_type: str) -> bool:
    """`*`, all of a service (`billing.*`), or one type (`billing.PlanSubscribed.v1`)."""
    if wanted.endswith(OF_A_SERVICE):
        return event_type.startswith(wanted[:-1])
    return wanted in (EVERYTHING, event_type)


def services_of(wanted: Sequence[str], offered: Collection[str]) -> list[str]:
    """Whose logs have such events. What has no version is in no log."""
    found = (name for name in offered if any(matches(each, name) for each in wanted))
    return sorted({name.partition(".")[0] for name in found if VERSIONED.search(name)})


def unknown_types(wanted: Sequence[str], offered: Collection[str]) -> list[str]:
    """Those that no event will ever match."""
    return [each for each in wanted if not any(matches(each, name) for name in offered)]
