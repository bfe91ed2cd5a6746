"""One-time sums and what is given back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from gateways.port.invoices import DisputeSnapshot, InvoiceSnapshot, RefundSnapshot, RefundStatus
from kernel.money import Money

ChargeStatus = Literal["pending", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """A one-time sum. `command_id` is the purchase id."""

    command_id: str
    workspace_id: str
    amount: Money
    description: str
    customer: str
    payment_method: str


@dataclass(frozen=True, slots=True)
class Succeeded:
    ref: str


@dataclass(frozen=True, slots=True)
class ActionRequired:
    """The bank wants the card holder (3-D Secure): they confirm at `url`."""

    ref: str
    url: str


@dataclass(frozen=True, slots=True)
class Declined:
    """`code` is the gateway's decline code, such as `insufficient_funds`."""

    ref: str
    code: str


ChargeOutcome = Succeeded | ActionRequired | Declined


@dataclass(frozen=True, slots=True)
class ChargeSnapshot:
    """`ref` is what `charge` or a payment checkout named. `approved`: the payer has agreed on the
    gateway's page, and nothing moves before `capture`. `refunded` in minor units, the sum of
    `refunds` that did not fail; where a gateway lists none, `refunds` is empty. `payment`: what
    webhooks of refunds and disputes may name in place of `ref`, once it was paid."""

    ref: str
    status: ChargeStatus
    amount: Money
    command_id: str = ""
    workspace_id: str = ""
    confirmation_url: str | None = None
    decline_code: str = ""
    refunded: int = 0
    refunds: tuple[RefundSnapshot, ...] = ()
    disputes: tuple[DisputeSnapshot, ...] = ()
    approved: bool = False
    payment: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    ref: str
    amount: Money
    status: RefundStatus


class Payments(Protocol):
    def charge(self, request: ChargeRequest) -> ChargeOutcome: ...

    def capture(self, command_id: str, ref: str) -> ChargeSnapshot:
        """Takes what the payer approved, once; what the gateway has taken by itself, or still waits
        for, is shown as `fetch` shows it. A refusal is an answer: `decline_code` with the status
        failed where it is final, and pending where the payer or time may help."""
        ...

    def abandon(self, ref: str) -> None:
        """Closes a charge of a saved method that waits for its payer: nobody can confirm it
        afterwards. Quietly nothing where it is closed or can't be."""
        ...

    def fetch(self, ref: str) -> ChargeSnapshot:
        """Moves no money."""
        ...

    def find(self, command_id: str) -> ChargeSnapshot | None:
        """The charge that a command made, when its reference was lost in a crash."""
        ...

    def fetch_invoice(self, ref: str) -> InvoiceSnapshot:
        """`ref`: an invoice, or a payment that a webhook names in its place. ReferenceNotFound
        where the payment pays no invoice."""
        ...

    def refund(self, command_id: str, charge: str, amount: Money, reason: str) -> Refund: ...
