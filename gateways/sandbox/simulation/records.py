"""What the sandbox keeps. Records are replaced, never changed; times are the sandbox's, in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from gateways.port import ChargeStatus, CheckoutStatus, Interval
from kernel.money import Money

Phase = Literal["active", "past_due", "suspended", "cancelled"]
InvoiceStatus = Literal["paid", "open", "uncollectible"]


class Record(Struct, frozen=True, kw_only=True):
    """`command_id` is the command that made it: the key of idempotency within a kind."""

    id: str
    command_id: str = ""


class Product(Record, frozen=True, kw_only=True):
    slug: str
    name: str


class Price(Record, frozen=True, kw_only=True):
    """Immutable but for `active`."""

    product: str
    amount: Money
    interval: Interval
    active: bool = True


class Customer(Record, frozen=True, kw_only=True):
    workspace_id: str
    email: str = ""
    method: str | None = None


class Method(Record, frozen=True, kw_only=True):
    """A saved card. `number` is one of the published test numbers, never a real card's."""

    customer: str
    number: str


class CheckoutPage(Record, frozen=True, kw_only=True):
    """A hosted page: of a subscription when it has a `price`, of a one-time sum otherwise.

    `authenticating` is the card number that waits for its bank's question.
    """

    workspace_id: str
    amount: Money
    description: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    customer: str
    price: str | None = None
    replaces: str | None = None
    status: CheckoutStatus = "open"
    authenticating: str = ""
    subscription: str | None = None
    charge: str | None = None


class Subscription(Record, frozen=True, kw_only=True):
    """`next_price` replaces `price` when the next period begins; `balance` is what a proration
    adds to the next invoice (negative: gives back), in minor units. Periods end on the day of the
    month of `anchor`."""

    workspace_id: str
    customer: str
    method: str | None
    price: str
    amount: Money
    interval: Interval
    started_at: datetime
    anchor: datetime
    period_start: datetime
    period_end: datetime
    replaces: str | None = None
    phase: Phase = "active"
    cancel_at: datetime | None = None
    ended_at: datetime | None = None
    next_price: str | None = None
    balance: int = 0


class Charge(Record, frozen=True, kw_only=True):
    workspace_id: str
    customer: str
    amount: Money
    description: str
    status: ChargeStatus
    decline_code: str = ""
    refunded: int = 0


class RefundRecord(Record, frozen=True, kw_only=True):
    charge: str
    amount: Money
    reason: str


class InvoiceRecord(Record, frozen=True, kw_only=True):
    """`charge` is what paid it."""

    customer: str
    date: datetime
    amount: Money
    status: InvoiceStatus
    subscription: str | None = None
    charge: str | None = None


class PortalSession(Record, frozen=True, kw_only=True):
    customer: str
    return_url: str
    expires_at: datetime


class Done(Record, frozen=True, kw_only=True):
    """A command on an existing object that has been carried out. `answer` is what it said."""

    answer: str = ""
