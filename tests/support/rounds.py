"""How often a test tries what chance decides: a race, a kill, an example."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
SHARE = float(os.environ.get("BILLING_TEST_ROUNDS", "0.25"))


def rounds(full: int) -> int:
    """So many with `BILLING_TEST_ROUNDS=1`; a quarter where it is not set."""
    return max(1, round(full * SHARE))


def part(every: Sequence[T], number: int) -> Sequence[T]:
    """The share that falls to that one of many users, who together take all."""
    step = round(1 / SHARE)
    return every[number % step :: step]
