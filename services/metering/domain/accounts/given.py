"""What a plan gives of a declared meter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MonthlyCredits:
    """Granted as each month starts; what is left may be used for so many months longer."""

    amount: int
    rollover_months: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    """Units a month; None is unlimited, 0 none. A soft one records what lies beyond."""

    limit: int | None
    soft: bool = False


@dataclass(frozen=True, slots=True)
class TopUpRule:
    """Who has it wants to know when fewer than `below` units are left."""

    id: str
    below: int
