"""What the add-ons' operations refuse, by kind of operation."""

from __future__ import annotations

from gateways.port import (
    CapabilityNotSupported,
    GatewayNotConfigured,
    GatewayRejected,
    GatewayUnavailable,
)
from gateways.port.errors import ReferenceNotFound
from kernel.errors import CardDeclined, PriceChanged
from runtime.web.openapi import refuses
from services.addons.domain import errors

ASKED = (GatewayUnavailable, GatewayRejected, GatewayNotConfigured, ReferenceNotFound)
OF_NEW_ADDONS = refuses(errors.AddonSlugTaken)
OF_CHANGES = refuses(errors.AddonNotFound)
OF_BUYING = refuses(
    *ASKED,
    errors.AddonNotFound,
    errors.AddonAlreadyPurchased,
    errors.PurchaseClosed,
    CapabilityNotSupported,
    CardDeclined,
    PriceChanged,
)
OF_DELIVERING = refuses(errors.PurchaseNotFound, errors.CannotDeliver, errors.RefundInProgress)
OF_REOPENING = refuses(errors.PurchaseNotFound, errors.CannotReopen)
OF_REFUNDING = refuses(
    *ASKED,
    errors.PurchaseNotFound,
    errors.CannotRefund,
    errors.RefundInProgress,
    errors.RefundTooLarge,
    errors.RefundRefused,
)
OF_CANCELLING = refuses(
    *ASKED,
    errors.PurchaseNotFound,
    errors.CannotCancel,
    errors.RefundInProgress,
    errors.RefundRefused,
)
OF_RECONCILING = refuses(*ASKED, errors.PurchaseNotFound)
OF_TOP_UPS = refuses(errors.AddonNotFound, errors.NoSavedMethod, PriceChanged)
OF_NO_TOP_UPS = refuses(errors.TopUpNotFound)
