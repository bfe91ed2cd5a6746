"""What happened to a workspace's account: stream `account:<workspace>`. Topics never change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from kernel.events import CreatedEvent, DomainEvent, added
from services.billing.domain.account.change_events import (
    ChangeConfirmed,
    ChangeKind,
    ChangeRefused,
    ChangeRequested,
    GatewayReferenceForgotten,
    OrphanSubscriptionCancelled,
    SubscriptionAdopted,
    SubscriptionSuperseded,
)
from services.billing.domain.account.checkout_events import (
    CheckoutAbandoned,
    CheckoutClosed,
    CheckoutOpened,
    CheckoutStarted,
)
from services.billing.domain.account.migration_events import (
    PlanMigrationAnnounced,
    PlanMigrationApprovalAsked,
    PlanMigrationWithdrawn,
)
from services.billing.domain.account.refund_events import (
    InvoiceRefundConfirmed,
    InvoiceRefundRefused,
    InvoiceRefundRequested,
    OverlapRefundDue,
    OverlapRefunded,
    OverlapRefundRefused,
    RefundDue,
    RefundEvent,
    RefundMade,
    RefundRefused,
)
from services.billing.domain.account.subscription_events import (
    CancellationScheduled,
    DiscountApplied,
    DiscountRemoved,
    PaymentFailed,
    PaymentRecovered,
    PlanAssigned,
    PlanSubscribed,
    PlanSwapped,
    PlanSwapScheduled,
    PriceMismatchNoticed,
    QuantityChanged,
    SubscriptionAmended,
    SubscriptionCancelled,
    SubscriptionEvent,
    SubscriptionPaused,
    SubscriptionRenewed,
    SubscriptionResumed,
    SubscriptionSuspended,
    SubscriptionUnpaused,
    TrialConverted,
    TrialEnded,
    TrialEnding,
    TrialStarted,
)
from services.billing.domain.account.timing import PlanChange
from services.billing.domain.overrides import Overrides

__all__ = [
    "AccountOpened",
    "BillingProfileChanged",
    "CancellationScheduled",
    "ChangeConfirmed",
    "ChangeKind",
    "ChangeRefused",
    "ChangeRequested",
    "CheckoutAbandoned",
    "CheckoutClosed",
    "CheckoutOpened",
    "CheckoutStarted",
    "DiscountApplied",
    "DiscountRemoved",
    "GatewayReferenceForgotten",
    "InvoiceRefundConfirmed",
    "InvoiceRefundRefused",
    "InvoiceRefundRequested",
    "OrphanSubscriptionCancelled",
    "OverlapRefundDue",
    "OverlapRefundRefused",
    "OverlapRefunded",
    "PaymentFailed",
    "PaymentMethodSaved",
    "PaymentRecovered",
    "PlanAssigned",
    "PlanMigrationAnnounced",
    "PlanMigrationApprovalAsked",
    "PlanMigrationWithdrawn",
    "PlanSubscribed",
    "PlanSwapScheduled",
    "PlanSwapped",
    "PriceMismatchNoticed",
    "QuantityChanged",
    "RefundDue",
    "RefundEvent",
    "RefundMade",
    "RefundRefused",
    "SubscriptionAdopted",
    "SubscriptionAmended",
    "SubscriptionCancelled",
    "SubscriptionEvent",
    "SubscriptionPaused",
    "SubscriptionRenewed",
    "SubscriptionResumed",
    "SubscriptionSuperseded",
    "SubscriptionSuspended",
    "SubscriptionUnpaused",
    "TrialConverted",
    "TrialEnded",
    "TrialEnding",
    "TrialStarted",
    "WorkspaceOverridesChanged",
    "WorkspaceSettingsChanged",
]


@dataclass(frozen=True, kw_only=True)
class AccountOpened(CreatedEvent):
    TOPIC: ClassVar[str] = "billing.AccountOpened"
    workspace_id: str


@dataclass(frozen=True, kw_only=True)
class PaymentMethodSaved(DomainEvent):
    """`expires` is a card's last month, where that is known."""

    TOPIC: ClassVar[str] = "billing.PaymentMethodSaved"
    gateway: str
    customer_ref: str
    payment_method_ref: str
    brand: str
    last4: str
    expires: str | None = added(None)


@dataclass(frozen=True, kw_only=True)
class WorkspaceSettingsChanged(DomainEvent):
    """`billing_email` is sealed."""

    TOPIC: ClassVar[str] = "billing.WorkspaceSettingsChanged"
    plan_change: PlanChange
    billing_email: str | None


@dataclass(frozen=True, kw_only=True)
class BillingProfileChanged(DomainEvent):
    """Who pays: name, address, tax ids and e-mail address, sealed together."""

    TOPIC: ClassVar[str] = "billing.BillingProfileChanged"
    profile: str | None


@dataclass(frozen=True, kw_only=True)
class WorkspaceOverridesChanged(DomainEvent):
    """All overrides as they are now, and why."""

    TOPIC: ClassVar[str] = "billing.WorkspaceOverridesChanged"
    overrides: Overrides = field(default_factory=Overrides)
    reason: str = added("")
