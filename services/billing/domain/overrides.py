"""Quotas, limits and features of one workspace that hold instead of its plan's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from services.billing.domain.terms import BUILT_IN_METERS, Flag, Quota, require


@dataclass(frozen=True, slots=True)
class Overrides:
    """`quotas` by meter, the built-in ones among them: None is unlimited. `limits` and `features`
    by name. All of them end at `until`."""

    quotas: dict[str, Quota] = field(default_factory=dict)
    limits: dict[str, int | None] = field(default_factory=dict)
    features: dict[str, Flag] = field(default_factory=dict)
    until: datetime | None = None

    def check(self) -> None:
        built_in = [self.quotas[meter] for meter in BUILT_IN_METERS & self.quotas.keys()]
        require(
            all(quota.limit != 0 and quota.mode == "hard" for quota in built_in),
            "quotas",
            "The quota of a built-in meter is null (unlimited) or at least 1, and hard.",
        )
        numbers = [*self.limits.values(), *(quota.limit for quota in self.quotas.values())]
        require(
            all(number is None or number >= 0 for number in numbers),
            "quotas",
            "Quotas and limits are null (unlimited) or at least 0.",
        )
