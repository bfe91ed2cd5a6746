"""What an invoice is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

DisputeStatus = Literal["open", "won", "lost"]


@dataclass(frozen=True, kw_only=True)
class Line:
    """`amount` is what the line adds after its discounts and before tax; a credit is negative.
    The period is the time that it pays for, where it pays for one."""

    description: str
    amount: int
    price_ref: str = ""
    quantity: int | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    proration: bool = False


@dataclass(frozen=True, kw_only=True)
class Refund:
    """`failed`: the money did not reach the payer."""

    amount: int
    at: datetime
    failed: bool = False


@dataclass(frozen=True, kw_only=True)
class Dispute:
    amount: int
    status: DisputeStatus
    reason: str
