"""What a plan gives a workspace of each meter, from what billing published of both.

Metering decides by the same rules; a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

BUILT_IN = {"conversation": "monthly_conversations", "message": "monthly_messages"}


@dataclass(frozen=True, slots=True)
class Quota:
    """Units a month; None is unlimited."""

    limit: int | None
    mode: Literal["hard", "soft"] = "hard"

    def left(self, taken: int) -> int | None:
        return None if self.limit is None else max(0, self.limit - taken)


@dataclass(frozen=True, slots=True)
class Given:
    """Facts as they are published: a plan's limits (None: it is not known), what its sale `scales`
    with the `quantity` of units, and what holds for the workspace instead. `blocked`: what it
    names, and none of it."""

    limits: Mapping[str, Any] | None = None
    scales: Collection[str] = ()
    quantity: int = 1
    overrides: Mapping[str, Any] = field(default_factory=dict)
    blocked: bool = False

    def quotas(self, at: datetime) -> dict[str, Quota]:
        """By meter: always of the two that are built in, of others where they are named."""
        limits = self.limits or {}
        given = {meter: Quota(limits.get(name)) for meter, name in BUILT_IN.items()}
        named = {**given, **_declared(limits)}
        if self.blocked:
            return dict.fromkeys(named, Quota(0))
        scaled = {meter: self._scaled(meter, quota) for meter, quota in named.items()}
        if self.holds(at):
            scaled |= _declared(self.overrides)
        # 0 of a built-in meter is unlimited, of another none.
        return {
            meter: replace(quota, limit=quota.limit or None) if meter in BUILT_IN else quota
            for meter, quota in scaled.items()
        }

    def named_limits(self, at: datetime) -> dict[str, int | None]:
        """Caps of the workspace; null is unlimited, 0 a hard block."""
        given: Mapping[str, int | None] = (self.limits or {}).get("limits", {})
        if self.blocked:
            return dict.fromkeys(given, 0)
        scaled = {
            name: limit and (limit * self.quantity if name in self.scales else limit)
            for name, limit in given.items()
        }
        return {**scaled, **self._instead(at, "limits")}

    def features(self, at: datetime) -> dict[str, Any]:
        given: Mapping[str, Any] = (self.limits or {}).get("features", {})
        if self.blocked:
            return {name: False if flag is True else flag for name, flag in given.items()}
        return {**given, **self._instead(at, "features")}

    def _instead(self, at: datetime, name: str) -> Mapping[str, Any]:
        return self.overrides.get(name, {}) if self.holds(at) else {}

    def credited(self) -> set[str]:
        """Meters of which the plan grants credits."""
        return set() if self.blocked else set((self.limits or {}).get("monthly_credits", {}))

    def holds(self, at: datetime) -> bool:
        """Whether the overrides do."""
        until = self.overrides.get("until")
        return bool(self.overrides) and (until is None or at < datetime.fromisoformat(until))

    def _scaled(self, meter: str, quota: Quota) -> Quota:
        if BUILT_IN.get(meter, meter) not in self.scales or not quota.limit:
            return quota
        return replace(quota, limit=quota.limit * self.quantity)


def _declared(facts: Mapping[str, Any]) -> dict[str, Quota]:
    quotas = facts.get("quotas", {})
    return {meter: Quota(each["limit"], each["mode"]) for meter, each in quotas.items()}
