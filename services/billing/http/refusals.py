"""What billing's operations refuse, by kind of operation."""

from __future__ import annotations

from gateways.port import (
    CapabilityNotSupported,
    GatewayNotConfigured,
    GatewayRejected,
    GatewayUnavailable,
)
from gateways.port.errors import ChangedByHand, CurrencyMismatch, ReferenceNotFound
from kernel.errors import CardDeclined, PriceChanged, SlugTaken
from runtime.web.openapi import refuses
from services.billing.domain import errors

ASKED = (GatewayUnavailable, GatewayRejected, GatewayNotConfigured, ReferenceNotFound)
OBSERVED = (*ASKED, errors.PriceUnknown)
CHANGED = (
    *OBSERVED,
    CapabilityNotSupported,
    ChangedByHand,
    errors.NotSubscribed,
    errors.ChangeNotApplied,
    errors.ChangeOvertaken,
)
BOUGHT = (
    PriceChanged,
    errors.PlanNotFound,
    errors.PlanInactive,
    errors.PlanLocalOnly,
    errors.PlanOnRequest,
    errors.PlanNotSynced,
    errors.AlreadySubscribed,
    errors.TooManyCheckouts,
)
OF_A_PLAN = refuses(errors.PlanNotFound)
OF_NEW_PLANS = refuses(SlugTaken, errors.DefaultPlanRequired)
OF_CHANGED_PLANS = refuses(errors.PlanNotFound, errors.DefaultPlanRequired)
TARGETED = (errors.PlanNotFound, errors.PlanInactive, errors.PlanLocalOnly, errors.PlanOnRequest)
OF_MIGRATING = refuses(*TARGETED, errors.PlanMigrationRunning)
OF_MIGRATIONS = refuses(errors.PlanNotFound)
OF_A_MIGRATION = refuses(errors.PlanNotFound, errors.PlanMigrationNotFound)
GIVEN = (
    errors.DiscountNotFound,
    errors.DiscountNotApplicable,
    errors.DiscountExhausted,
    errors.DiscountAlreadyUsed,
)
OF_A_DISCOUNT = refuses(errors.DiscountNotFound)
OF_NEW_DISCOUNTS = refuses(SlugTaken, errors.PlanNotFound)
OF_CHANGED_DISCOUNTS = refuses(errors.DiscountNotFound, errors.PlanNotFound)
OF_CHECKOUTS = refuses(*OBSERVED, *BOUGHT, *GIVEN, CapabilityNotSupported, CurrencyMismatch)
OF_OBSERVING = refuses(*OBSERVED)
OF_CANCELLING = refuses(*CHANGED)
OF_RESUMING = refuses(*CHANGED, errors.CannotResume)
OF_SWAPPING = refuses(*CHANGED, *BOUGHT, CardDeclined, CurrencyMismatch, errors.CancellationPending)
OF_QUANTITIES = refuses(*CHANGED, CardDeclined, errors.CancellationPending, errors.SwapPending)
OF_DISCOUNTS = refuses(*CHANGED, *GIVEN, errors.CancellationPending, errors.SwapPending)
OF_ENDED_DISCOUNTS = refuses(*CHANGED, errors.SwapPending)
OF_PAUSES = refuses(*CHANGED, errors.CancellationPending, errors.NotPaused)
OF_TRIALS = refuses(*CHANGED, CardDeclined, errors.NotInTrial, errors.SwapPending)
OF_ASSIGNING = refuses(
    *ASKED,
    errors.PlanNotFound,
    errors.PlanInactive,
    errors.PlanNotLocal,
    errors.SubscriptionLive,
)
OF_THE_PORTAL = refuses(*ASKED, errors.NotSubscribed, CapabilityNotSupported)
OF_ASKING = refuses(*ASKED)
OF_FORGETTING = refuses(*OBSERVED, errors.AccountUnknown, errors.SubscriptionLive)
OF_ADOPTING = refuses(*OBSERVED, errors.SubscriptionOfAnother, errors.SubscriptionLive)
OF_ERASURES = refuses(errors.SubscriptionLive)
OF_REFUNDS = refuses(
    *ASKED, errors.InvoiceNotFound, errors.InvoiceNotRefundable, errors.InvoiceRefundNotMade
)
OF_RETRIES = refuses(errors.WebhookNotParked)
