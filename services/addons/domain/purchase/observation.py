"""What a gateway says of a purchase, however it was learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Observation:
    """`refunded_cents` counts all refunds of the charge, also those that were not made by us."""

    status: Literal["pending", "succeeded", "failed", "cancelled"]
    charge_ref: str | None = None
    checkout_ref: str | None = None
    confirmation_url: str | None = None
    decline_code: str | None = None
    refunded_cents: int = 0
