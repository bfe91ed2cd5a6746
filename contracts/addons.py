"""What the add-on service publishes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contracts.envelope import EventData, Fact, later
from contracts.top_ups import TopUpOrdered as TopUpOrdered
from contracts.top_ups import TopUpRemoved as TopUpRemoved
from contracts.top_ups import TopUpSet as TopUpSet
from contracts.top_ups import TopUpStopped as TopUpStopped

PurchaseStatus = Literal["pending", "paid", "delivered", "failed", "cancelled", "refunded"]
# What people are shown: the version's own statuses stay what they are.
ShownStatus = Literal["pending", "paid", "delivered", "failed", "cancelled", "refunded", "disputed"]
STATUS_COLORS: dict[str, str] = {
    "pending": "yellow",
    "paid": "blue",
    "delivered": "green",
    "failed": "red",
    "cancelled": "grey",
    "refunded": "purple",
    "disputed": "orange",
}


class CreditGrant(Fact):
    """Units of a meter that a paid purchase grants, for so many days or for ever."""

    meter: str
    amount: int
    expires_in_days: int | None


class AddonCreated(EventData):
    """A service stands in the catalogue; it is for sale while it is active."""

    TYPE = "addons.AddonCreated.v1"
    slug: str
    name: str
    price_cents: int
    currency: str
    description: str
    features: list[str]
    sort_order: int
    is_active: bool
    kind: Literal["service", "credits"] = later("service")
    grants: tuple[CreditGrant, ...] = later(())


class AddonChanged(EventData):
    """The whole entry as it is now. Purchases already made keep their price."""

    TYPE = "addons.AddonChanged.v1"
    slug: str
    name: str
    price_cents: int
    currency: str
    description: str
    features: list[str]
    sort_order: int
    is_active: bool
    kind: Literal["service", "credits"] = later("service")
    grants: tuple[CreditGrant, ...] = later(())


class Dispute(Fact):
    """The payer's bank has taken `amount_cents` back, for now (open), for good (lost), or not at
    all (won). `ref` is the gateway's."""

    ref: str
    amount_cents: int
    reason: str
    status: Literal["open", "won", "lost"]


class Purchase(EventData):
    """The whole purchase as it is *after* the event that carries it.

    `buyer` is the token's subject; `buyer_email` and `buyer_name` are sealed (privacy ADR).
    `blocks` says whether the add-on can't be bought again because of this purchase. `captured`:
    the gateway has taken the money, whatever the status. `refunded_cents` were given back,
    `refunding_cents` are on their way. `decline_code` says why the payment failed; while it is
    pending, why the last attempt did. `dispute` is the one that matters of those that the gateway
    shows: while it is open or lost, the purchase is shown as disputed. `grants` are credits that it
    grants when it is paid, under its id.
    """

    purchase_id: str
    workspace_id: str
    addon: str
    addon_name: str
    price_cents: int
    currency: str
    status: PurchaseStatus
    blocks: bool
    gateway: str
    charge_ref: str | None
    confirmation_url: str | None
    decline_code: str | None
    refunded_cents: int
    buyer: str
    buyer_email: str | None
    buyer_name: str | None
    started_at: datetime
    captured: bool = False
    refunding_cents: int = 0
    dispute: Dispute | None = later(None)
    grants: tuple[CreditGrant, ...] = later(())

    @property
    def shown_status(self) -> ShownStatus:
        disputed = self.dispute is not None and self.dispute.status != "won"
        return "disputed" if disputed else self.status


class PurchaseEvent(EventData):
    workspace_id: str
    purchase: Purchase


class AddonPurchaseStarted(PurchaseEvent):
    """Recorded before the gateway is asked: the intent."""

    TYPE = "addons.AddonPurchaseStarted.v1"


class AddonConfirmationRequired(PurchaseEvent):
    """3-D Secure, or a hosted payment page: `purchase.confirmation_url`."""

    TYPE = "addons.AddonConfirmationRequired.v1"


class AddonChargeIdentified(PurchaseEvent):
    """The gateway's references became known when the purchase was closed already."""

    TYPE = "addons.AddonChargeIdentified.v1"


class AddonPaid(PurchaseEvent):
    """The gateway has the money; the delivery team is told."""

    TYPE = "addons.AddonPaid.v1"


class AddonPaidTooLate(PurchaseEvent):
    """Money arrived for a purchase that was cancelled or had failed: it goes back."""

    TYPE = "addons.AddonPaidTooLate.v1"


class AddonPaymentFailed(PurchaseEvent):
    """The charge was declined for good, or never confirmed: it can be bought again."""

    TYPE = "addons.AddonPaymentFailed.v1"


class AddonDelivered(PurchaseEvent):
    """The team has done it."""

    TYPE = "addons.AddonDelivered.v1"


class AddonCancelled(PurchaseEvent):
    """It will not be delivered. What was paid is refunded, which another event tells."""

    TYPE = "addons.AddonCancelled.v1"
    reason: str = later("")


class AddonRefundStarted(PurchaseEvent):
    """Recorded before the gateway is asked: the intent."""

    TYPE = "addons.AddonRefundStarted.v1"
    refund_id: str
    amount_cents: int
    reason: str


class AddonRefundFailed(PurchaseEvent):
    """The gateway refused, or could not deliver what it had confirmed (`refund_id` is its own
    reference then): nothing went back."""

    TYPE = "addons.AddonRefundFailed.v1"
    refund_id: str
    amount_cents: int
    reason: str


class AddonRefunded(PurchaseEvent):
    """`amount_cents` of this refund; `purchase.refunded_cents` of all so far."""

    TYPE = "addons.AddonRefunded.v1"
    refund_ref: str
    amount_cents: int
    reason: str


class AddonDisputed(PurchaseEvent):
    """The payer's bank has taken the money back for now: `purchase.dispute`."""

    TYPE = "addons.AddonDisputed.v1"


class AddonDisputeClosed(PurchaseEvent):
    """Won: the purchase is again what it was. Lost: the add-on may be bought again."""

    TYPE = "addons.AddonDisputeClosed.v1"


class AddonReopened(PurchaseEvent):
    """The add-on may be bought again although this purchase was delivered."""

    TYPE = "addons.AddonReopened.v1"


class DeliveryTeamPaged(PurchaseEvent):
    """The mail server took the message about a paid purchase."""

    TYPE = "addons.DeliveryTeamPaged.v1"
    message_id: str
