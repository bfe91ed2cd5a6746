"""What a gateway says of a purchase, however it was learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.addons.domain.purchase.purchase import Dispute


@dataclass(frozen=True, kw_only=True)
class FailedRefund:
    """One that the gateway had begun, or even confirmed."""

    ref: str
    amount_cents: int


@dataclass(frozen=True, kw_only=True)
class Observation:
    """`refunded_cents` counts all refunds of the charge that did not fail, also those that were
    not made by us. `approved`: the payer has agreed, and the money moves when it is captured.
    `payment_ref`: what webhooks may name in place of the charge."""

    status: Literal["pending", "succeeded", "failed", "cancelled"]
    charge_ref: str | None = None
    checkout_ref: str | None = None
    confirmation_url: str | None = None
    decline_code: str | None = None
    refunded_cents: int = 0
    failed_refunds: Sequence[FailedRefund] = ()
    disputes: Sequence[Dispute] = ()
    approved: bool = False
    payment_ref: str = ""
