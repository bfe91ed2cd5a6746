"""What the sandbox keeps. Records are replaced, never changed; times are the sandbox's, in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from gateways.port import (
    ChargeStatus,
    CheckoutStatus,
    Discount,
    DisputeStatus,
    FailedPayment,
    Interval,
    InvoiceLine,
    Item,
    Pause,
    RefundStatus,
)
from gateways.port.payers import PayerDetails
from kernel.money import Money

Phase = Literal["active", "past_due", "suspended", "cancelled"]
InvoiceStatus = Literal["paid", "open", "void", "uncollectible"]


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
    deleted: bool = False
    payer: PayerDetails | None = None


class Method(Record, frozen=True, kw_only=True):
    """A saved card. `number` is one of the published test numbers, never a real card's. `expires`
    is its last month, empty of one that was saved before it was kept."""

    customer: str
    number: str
    expires: str = ""


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
    quantity: int = 1
    discount: Discount | None = None
    trial_days: int | None = None
    status: CheckoutStatus = "open"
    authenticating: str = ""
    subscription: str | None = None
    charge: str | None = None


class Subscription(Record, frozen=True, kw_only=True):
    """`amount` is that of the whole quantity, before discounts; `extras` are charged beside it.
    `next_price` and `next_quantity` replace the present ones when the next period begins; `balance`
    is what a proration adds to the next invoice (negative: gives back), in minor units. Periods end
    on the day of the month of `anchor`."""

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
    next_quantity: int | None = None
    planned_by_hand: bool = False
    balance: int = 0
    quantity: int = 1
    extras: tuple[Item, ...] = ()
    discounts: tuple[Discount, ...] = ()
    trial_end: datetime | None = None
    paused: Pause | None = None


class PendingSwap(Record, frozen=True, kw_only=True):
    """A change that waits for its card holder; named as its open invoice is."""

    subscription: str
    price: str
    at: datetime
    open: bool = True
    quantity: int | None = None


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
    status: RefundStatus = "succeeded"
    made_at: datetime | None = None


class DisputeRecord(Record, frozen=True, kw_only=True):
    charge: str
    amount: Money
    opened_at: datetime
    status: DisputeStatus = "open"
    closed_at: datetime | None = None


class InvoiceRecord(Record, frozen=True, kw_only=True):
    """`charge` is what paid it, `amount` what it asks."""

    customer: str
    date: datetime
    amount: Money
    status: InvoiceStatus
    subscription: str | None = None
    charge: str | None = None
    workspace_id: str = ""
    discount: int = 0
    lines: tuple[InvoiceLine, ...] = ()
    paid_at: datetime | None = None
    given_up_at: datetime | None = None
    failure: FailedPayment | None = None


class PortalSession(Record, frozen=True, kw_only=True):
    customer: str
    return_url: str
    expires_at: datetime


class Done(Record, frozen=True, kw_only=True):
    """A command on an existing object that has been carried out. `answer` is what it said."""

    answer: str = ""
