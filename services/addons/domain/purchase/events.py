"""What happens to a purchase. Every event carries the whole purchase after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kernel.events import CreatedEvent, DomainEvent, added
from services.addons.domain.purchase.purchase import Purchase


@dataclass(frozen=True, kw_only=True)
class PurchaseEvent(DomainEvent):
    purchase: Purchase


@dataclass(frozen=True, kw_only=True)
class AddonPurchaseStarted(PurchaseEvent, CreatedEvent):
    """The first attempt of a workspace to buy an add-on. The intent: nothing was charged yet."""

    TOPIC: ClassVar[str] = "addons.AddonPurchaseStarted"


@dataclass(frozen=True, kw_only=True)
class AddonPurchaseStartedAgain(PurchaseEvent):
    """A further attempt, in the stream of the first."""

    TOPIC: ClassVar[str] = "addons.AddonPurchaseStartedAgain"


@dataclass(frozen=True, kw_only=True)
class AddonConfirmationRequired(PurchaseEvent):
    TOPIC: ClassVar[str] = "addons.AddonConfirmationRequired"


@dataclass(frozen=True, kw_only=True)
class AddonChargeIdentified(PurchaseEvent):
    """The gateway's references became known when the purchase was closed already."""

    TOPIC: ClassVar[str] = "addons.AddonChargeIdentified"


@dataclass(frozen=True, kw_only=True)
class AddonPaid(PurchaseEvent):
    TOPIC: ClassVar[str] = "addons.AddonPaid"


@dataclass(frozen=True, kw_only=True)
class AddonPaidTooLate(PurchaseEvent):
    """Money arrived for a cancelled or failed purchase: it goes back."""

    TOPIC: ClassVar[str] = "addons.AddonPaidTooLate"


@dataclass(frozen=True, kw_only=True)
class AddonPaymentFailed(PurchaseEvent):
    TOPIC: ClassVar[str] = "addons.AddonPaymentFailed"


@dataclass(frozen=True, kw_only=True)
class AddonDelivered(PurchaseEvent):
    TOPIC: ClassVar[str] = "addons.AddonDelivered"


@dataclass(frozen=True, kw_only=True)
class AddonCancelled(PurchaseEvent):
    TOPIC: ClassVar[str] = "addons.AddonCancelled"
    reason: str = added("")


@dataclass(frozen=True, kw_only=True)
class AddonRefundStarted(PurchaseEvent):
    """The intent: recorded before the gateway is asked."""

    TOPIC: ClassVar[str] = "addons.AddonRefundStarted"
    refund_id: str
    amount_cents: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class AddonRefunded(PurchaseEvent):
    """Confirmed by the gateway, under its `refund_ref`."""

    TOPIC: ClassVar[str] = "addons.AddonRefunded"
    refund_ref: str
    amount_cents: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class AddonRefundFailed(PurchaseEvent):
    """The gateway refused, or could not deliver what it had confirmed (`refund_id` is its own
    reference then): nothing went back."""

    TOPIC: ClassVar[str] = "addons.AddonRefundFailed"
    refund_id: str
    amount_cents: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class AddonDisputed(PurchaseEvent):
    """`purchase.dispute` is open."""

    TOPIC: ClassVar[str] = "addons.AddonDisputed"


@dataclass(frozen=True, kw_only=True)
class AddonDisputeClosed(PurchaseEvent):
    """`purchase.dispute` says whether it was won or lost; after a lost one the add-on can be bought
    again."""

    TOPIC: ClassVar[str] = "addons.AddonDisputeClosed"


@dataclass(frozen=True, kw_only=True)
class AddonReopened(PurchaseEvent):
    TOPIC: ClassVar[str] = "addons.AddonReopened"


@dataclass(frozen=True, kw_only=True)
class DeliveryTeamPaged(PurchaseEvent):
    """The mail server accepted the notification of the delivery team."""

    TOPIC: ClassVar[str] = "addons.DeliveryTeamPaged"
    message_id: str
