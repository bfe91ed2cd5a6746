"""Words that several read models answer, each told once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from contracts.addons import ShownStatus
from contracts.billing import InvoiceStatus as BilledStatus
from contracts.billing import SubscriptionStatus as Status
from runtime.web.openapi import means

NextCursor = Annotated[
    str | None, means("Goes into `cursor` for the next page; null on the last.", None)
]
Workspace = Annotated[str, means("The workspace.", "acme")]
Plan = Annotated[str, means("The slug of a plan.", "pro-monthly")]
Gateway = Annotated[str, means("The name of a payment gateway.", "stripe")]
Currency = Annotated[str, means("ISO 4217.", "USD")]
Interval = Annotated[Literal["month", "year"], means("How often the price is charged.", "month")]
IntervalCount = Annotated[int, means("Intervals of a period.", 1)]
Quantity = Annotated[int, means("Units.", 1)]
SubscriptionStatus = Annotated[
    Status, means("Access is kept in `trialing`, `active`, `grace` and `past_due`.", "active")
]
SubscriptionRef = Annotated[str, means("The subscription's id at its gateway.", "sub_1N8Zq2")]
CustomerRef = Annotated[str, means("The payer's id at the gateway.", "cus_1N8Zq2")]
InvoiceRef = Annotated[str, means("The invoice's id at its gateway.", "in_1N8Zq2")]
InvoiceStatus = Annotated[BilledStatus, means("How it stands.", "paid")]
CheckoutId = Annotated[str, means("The checkout, in events too.", "co_5fJ2kq")]
StartedAt = Annotated[datetime, means("When it began.", "2026-11-01T00:00:00Z")]
PeriodStart = Annotated[datetime, means("What is paid for begins.", "2026-11-01T00:00:00Z")]
PeriodEnd = Annotated[datetime, means("What is paid for ends.", "2026-12-01T00:00:00Z")]
CancelAt = Annotated[datetime | None, means("When a scheduled cancellation takes effect.", None)]
EndedAt = Annotated[datetime | None, means("Null while it runs.", None)]
TrialEndsAt = Annotated[datetime | None, means("Null without a trial.", None)]
NextPlan = Annotated[str | None, means("What the next period begins with.", None)]
UpdatedAt = Annotated[datetime, means("When it last changed.", "2026-11-26T10:00:00Z")]
EventPosition = Annotated[str, means("The last event that it shows.", "billing:42")]
Month = Annotated[str, means("A UTC month.", "2026-11")]
Event = Annotated[str, means("The event that tells it.", "billing:42")]
PurchaseId = Annotated[str, means("The purchase, in events too.", "pu_8Kd2hT")]
Addon = Annotated[str, means("The slug of an add-on.", "professional-ai-setup")]
AddonName = Annotated[str, means("What people read.", "Professional AI set-up")]
AddonPrice = Annotated[int, means("Its price, in minor units.", 49900)]
AddonCurrency = Annotated[str, means("ISO 4217, of the price.", "EUR")]
PurchaseStatus = Annotated[ShownStatus, means("How it stands.", "paid")]
Color = Annotated[str, means("Of the status, for a dashboard.", "blue")]
ChargeRef = Annotated[str, means("The payment's id at the gateway.", "pi_3N8Zq2")]
DeclineCode = Annotated[str | None, means("The gateway's word for a refusal.", None)]
RefundedCents = Annotated[int, means("What has come back, in minor units.", 0)]
RefundingCents = Annotated[int, means("What is on its way back.", 0)]
Buyer = Annotated[str, means("Who ordered: the `sub` of the token.", "user-17")]
BuyerEmail = Annotated[str | None, means("Null when it was erased.", "ann@acme.test")]
BuyerName = Annotated[str | None, means("Null when it was erased.", "Ann")]
OrderedAt = Annotated[datetime, means("When it was ordered.", "2026-11-22T10:00:00Z")]
PaidAt = Annotated[datetime | None, means("When it was paid.", "2026-11-22T10:00:03Z")]
DeliveredAt = Annotated[datetime | None, means("When it was delivered.", None)]
ConfirmationUrl = Annotated[
    str | None, means("Where the buyer pays, or confirms, while it is pending.", None)
]
Url = Annotated[str | None, means("The gateway's page.", "https://invoice.stripe.com/i/1")]
