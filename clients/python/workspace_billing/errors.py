"""An error class for each code of the API: generated from its table, not to be edited."""

from __future__ import annotations

from workspace_billing.failures import (
    ApiError,
    BadRequest,
    Conflict,
    Forbidden,
    LimitReached,
    NotFound,
    PaymentRequired,
    ServerError,
    Unauthenticated,
)


class AccountNotFound(NotFound):
    """No workspace is known for this object of the payment gateway."""

    code = "account_not_found"


class AddonAlreadyPurchased(Conflict):
    """This workspace has this add-on already, or a purchase of it is pending."""

    code = "addon_already_purchased"


class AddonNotFound(NotFound):
    """There is no such add-on."""

    code = "addon_not_found"


class AlreadySubscribed(Conflict):
    """This workspace has this plan already."""

    code = "already_subscribed"


class AmbiguousReservation(Conflict):
    """Units of several meters were reserved under this id. Name the meter."""

    code = "ambiguous_reservation"


class CancellationScheduled(Conflict):
    """This subscription is about to end. Resume it first."""

    code = "cancellation_scheduled"


class CannotCancel(Conflict):
    """Only a pending or paid purchase can be cancelled."""

    code = "cannot_cancel"


class CannotDeliver(Conflict):
    """Only a paid purchase can be delivered."""

    code = "cannot_deliver"


class CannotRefund(Conflict):
    """There is nothing left to refund, or the payer's bank has taken it back."""

    code = "cannot_refund"


class CannotReopen(Conflict):
    """Only a delivered purchase can be reopened, and only once."""

    code = "cannot_reopen"


class CannotResume(Conflict):
    """This subscription can't be resumed. Subscribe again."""

    code = "cannot_resume"


class CapabilityNotSupported(Conflict):
    """This gateway does not offer that."""

    code = "capability_not_supported"


class CardDeclined(PaymentRequired):
    """The card was declined."""

    code = "card_declined"


class ChangeNotApplied(ServerError):
    """The payment gateway accepted the change and did not make it. Try again."""

    code = "change_not_applied"


class ChangeOvertaken(Conflict):
    """The subscription was changed otherwise meanwhile."""

    code = "change_overtaken"


class ChangedByHand(Conflict):
    """Another change of this subscription was planned by hand. Ask support."""

    code = "changed_by_hand"


class ConcurrentChange(Conflict):
    """The resource was changed at the same time. Try again."""

    code = "conflict"


class ConversationNotFound(NotFound):
    """No conversation with this id was started in this workspace."""

    code = "conversation_not_found"


class CurrencyMismatch(Conflict):
    """A running subscription can't be changed to another currency."""

    code = "currency_mismatch"


class DecisionTooLarge(ServerError):
    """This decision rests on more history than can be read while you wait."""

    code = "decision_too_large"


class DecisionNotFound(NotFound):
    """There is no such decision."""

    code = "decision_not_found"


class DefaultPlanRequired(Conflict):
    """The default plan must be active and cost nothing. Make another plan the default."""

    code = "default_plan_required"


class DiscountAlreadyUsed(Conflict):
    """This workspace has used this discount."""

    code = "discount_already_used"


class DiscountExhausted(Conflict):
    """This discount was given as often as it can be."""

    code = "discount_exhausted"


class DiscountNotApplicable(Conflict):
    """This discount can't be given for that."""

    code = "discount_not_applicable"


class DiscountNotFound(NotFound):
    """There is no such discount."""

    code = "discount_not_found"


class NotAllowed(Forbidden):
    """You may not do this."""

    code = "forbidden"


class GatewayNotConfigured(BadRequest):
    """This gateway is not configured."""

    code = "gateway_not_configured"


class GatewayReferenceNotFound(NotFound):
    """The payment gateway does not know this object."""

    code = "gateway_reference_not_found"


class GatewayRejected(ServerError):
    """The payment gateway refused the request."""

    code = "gateway_rejected"


class GatewayUnavailable(ServerError):
    """The payment gateway did not answer. Try again."""

    code = "gateway_unavailable"


class GrantNotFound(NotFound):
    """No credits were granted under this id in this workspace."""

    code = "grant_not_found"


class HeadersTooLarge(BadRequest):
    """Address and headers are larger than 32 KiB."""

    code = "headers_too_large"


class IdempotencyKeyReused(Conflict):
    """This Idempotency-Key was used with another request."""

    code = "idempotency_key_reused"


class InternalError(ServerError):
    """Something went wrong on our side. Nothing of the inside is told."""

    code = "internal_error"


class InvalidSignature(BadRequest):
    """The webhook's signature is not valid."""

    code = "invalid_signature"


class InvoiceNotFound(NotFound):
    """This workspace has no such invoice."""

    code = "invoice_not_found"


class InvoiceNotRefundable(Conflict):
    """That much is not left of what was paid for this invoice."""

    code = "invoice_not_refundable"


class InvoiceRefundRefused(ServerError):
    """The payment gateway refused the refund."""

    code = "invoice_refund_refused"


class KeysUnavailable(ServerError):
    """The keys that tokens are verified with can't be read at the moment. Try again."""

    code = "keys_unavailable"


class MalformedEncoding(BadRequest):
    """The body is not the gzip that its Content-Encoding says."""

    code = "malformed_encoding"


class MalformedHeader(BadRequest):
    """A header has a character or a length that can't be."""

    code = "malformed_header"


class MalformedRequest(BadRequest):
    """The request could not be parsed."""

    code = "malformed_request"


class MessageQuotaExceeded(LimitReached):
    """This workspace has reached its monthly message limit. Upgrade to continue."""

    code = "message_quota_exceeded"


class MeterBuiltIn(Conflict):
    """A meter that is built in has routes of its own and can't be changed."""

    code = "meter_built_in"


class MeterInUse(Conflict):
    """The aggregation of a meter can't be changed. Declare another one."""

    code = "meter_in_use"


class MeterNotFound(NotFound):
    """No meter with this slug is declared."""

    code = "meter_not_found"


class MethodNotAllowed(BadRequest):
    """The path exists, but not for this method."""

    code = "method_not_allowed"


class NoSavedMethod(Conflict):
    """Nothing can be bought automatically without a saved payment method."""

    code = "no_saved_method"


class NotErased(Conflict):
    """Something of this workspace can still be read."""

    code = "not_erased"


class NothingThere(NotFound):
    """There is nothing here."""

    code = "not_found"


class NotInTrial(Conflict):
    """No trial of this subscription runs."""

    code = "not_in_trial"


class NotPaused(Conflict):
    """This subscription is not paused."""

    code = "not_paused"


class NotSubscribed(Conflict):
    """This workspace has no subscription that this can be done to."""

    code = "not_subscribed"


class PayloadTooLarge(BadRequest):
    """The body is larger than this route takes."""

    code = "payload_too_large"


class PlanInactive(Conflict):
    """This plan can't be chosen any more."""

    code = "plan_inactive"


class PlanLimitReached(LimitReached):
    """This workspace has reached its monthly conversation limit. Upgrade to continue."""

    code = "plan_limit_reached"


class PlanLocalOnly(Conflict):
    """This plan costs nothing and is not sold by any gateway."""

    code = "plan_local_only"


class PlanMigrationNotFound(NotFound):
    """There is no such migration of this plan."""

    code = "plan_migration_not_found"


class PlanMigrationRunning(Conflict):
    """The subscribers of this plan are being moved already. Stop that migration first."""

    code = "plan_migration_running"


class PlanNotFound(NotFound):
    """There is no such plan."""

    code = "plan_not_found"


class PlanNotLocal(Conflict):
    """Only a plan that costs nothing can be assigned."""

    code = "plan_not_local"


class PlanNotSynced(ServerError):
    """The payment gateway does not offer this plan yet. Try again."""

    code = "plan_not_synced"


class PlanOnRequest(Conflict):
    """This plan is agreed on by hand. Contact us."""

    code = "plan_on_request"


class PositionUnknown(Conflict):
    """The service's log has no such position."""

    code = "position_unknown"


class PriceChanged(Conflict):
    """The price is another one than was shown."""

    code = "price_changed"


class PriceOfAnother(Conflict):
    """This price is another plan's."""

    code = "price_of_another"


class PriceUnknown(Conflict):
    """No plan is known for the price that this subscription is charged."""

    code = "price_unknown"


class ProjectionBehind(ServerError):
    """The read model has not caught up with that position yet. Try again."""

    code = "projection_behind"


class PurchaseClosed(Conflict):
    """This purchase was cancelled meanwhile."""

    code = "purchase_closed"


class PurchaseNotFound(NotFound):
    """There is no such purchase."""

    code = "purchase_not_found"


class QuotaExceeded(LimitReached):
    """This workspace has reached its monthly limit of units. Upgrade to continue."""

    code = "quota_exceeded"


class RateLimited(LimitReached):
    """Too many requests. Try again later."""

    code = "rate_limited"


class RefundInProgress(Conflict):
    """A refund of this purchase is being made."""

    code = "refund_in_progress"


class RefundRefused(ServerError):
    """The payment gateway refused the refund."""

    code = "refund_refused"


class RefundTooLarge(Conflict):
    """More than what is left of this payment."""

    code = "refund_too_large"


class RequestInProgress(Conflict):
    """A request with this Idempotency-Key is still running. Try again."""

    code = "request_in_progress"


class RequestTimeout(BadRequest):
    """The body did not arrive in time."""

    code = "request_timeout"


class ReservationNotFound(NotFound):
    """Nothing was reserved under this id in this workspace."""

    code = "reservation_not_found"


class SessionLinkNotFound(NotFound):
    """There is no such link."""

    code = "session_link_not_found"


class SessionLinkUsed(Conflict):
    """This link was used already, or has expired."""

    code = "session_link_used"


class SessionsNotSetUp(Conflict):
    """This installation has no secret to sign sessions with."""

    code = "sessions_not_set_up"


class SlugTaken(Conflict):
    """This slug is taken."""

    code = "slug_taken"


class SubscriptionLive(Conflict):
    """This workspace pays for a subscription. Cancel it first."""

    code = "subscription_live"


class SubscriptionOfAnother(Conflict):
    """This subscription is another workspace's."""

    code = "subscription_of_another"


class SwapScheduled(Conflict):
    """Another plan is scheduled. Swap to the present one first, which takes that back."""

    code = "swap_scheduled"


class TooManyCheckouts(Conflict):
    """Too many checkouts of this workspace can still be paid. Try again later."""

    code = "too_many_checkouts"


class TooManyWebhookEndpoints(Conflict):
    """There are as many webhook endpoints as there may be."""

    code = "too_many_webhook_endpoints"


class TopUpNotFound(NotFound):
    """Nothing is bought automatically of this meter."""

    code = "top_up_not_found"


class TokenRefused(Unauthenticated):
    """A valid bearer token is required."""

    code = "unauthenticated"


class Unavailable(ServerError):
    """The service is busy, or its database away. Try again."""

    code = "unavailable"


class UnknownEventType(BadRequest):
    """There are no events of this type."""

    code = "unknown_event_type"


class UnsupportedEncoding(BadRequest):
    """A body may be sent as it is or as gzip."""

    code = "unsupported_encoding"


class WorkspaceUnknown(NotFound):
    """Billing has never heard of this workspace, so nothing is counted for it."""

    code = "workspace_unknown"


class UsageNotFound(NotFound):
    """No usage with this id was counted by this meter in this workspace."""

    code = "usage_not_found"


class ValidationFailed(BadRequest):
    """The request is not valid."""

    code = "validation_failed"


class WebhookEndpointDisabled(Conflict):
    """This webhook endpoint is disabled. Enable it first."""

    code = "webhook_endpoint_disabled"


class WebhookEndpointNotFound(NotFound):
    """There is no such webhook endpoint."""

    code = "webhook_endpoint_not_found"


class WebhookNotParked(Conflict):
    """Only a parked webhook can be read again."""

    code = "webhook_not_parked"


class WebhookUrlNotAllowed(BadRequest):
    """Webhooks can't be sent to this URL."""

    code = "webhook_url_not_allowed"


__all__ = [
    "BY_CODE",
    "AccountNotFound",
    "AddonAlreadyPurchased",
    "AddonNotFound",
    "AlreadySubscribed",
    "AmbiguousReservation",
    "ApiError",
    "BadRequest",
    "CancellationScheduled",
    "CannotCancel",
    "CannotDeliver",
    "CannotRefund",
    "CannotReopen",
    "CannotResume",
    "CapabilityNotSupported",
    "CardDeclined",
    "ChangeNotApplied",
    "ChangeOvertaken",
    "ChangedByHand",
    "ConcurrentChange",
    "Conflict",
    "ConversationNotFound",
    "CurrencyMismatch",
    "DecisionNotFound",
    "DecisionTooLarge",
    "DefaultPlanRequired",
    "DiscountAlreadyUsed",
    "DiscountExhausted",
    "DiscountNotApplicable",
    "DiscountNotFound",
    "Forbidden",
    "GatewayNotConfigured",
    "GatewayReferenceNotFound",
    "GatewayRejected",
    "GatewayUnavailable",
    "GrantNotFound",
    "HeadersTooLarge",
    "IdempotencyKeyReused",
    "InternalError",
    "InvalidSignature",
    "InvoiceNotFound",
    "InvoiceNotRefundable",
    "InvoiceRefundRefused",
    "KeysUnavailable",
    "LimitReached",
    "MalformedEncoding",
    "MalformedHeader",
    "MalformedRequest",
    "MessageQuotaExceeded",
    "MeterBuiltIn",
    "MeterInUse",
    "MeterNotFound",
    "MethodNotAllowed",
    "NoSavedMethod",
    "NotAllowed",
    "NotErased",
    "NotFound",
    "NotInTrial",
    "NotPaused",
    "NotSubscribed",
    "NothingThere",
    "PayloadTooLarge",
    "PaymentRequired",
    "PlanInactive",
    "PlanLimitReached",
    "PlanLocalOnly",
    "PlanMigrationNotFound",
    "PlanMigrationRunning",
    "PlanNotFound",
    "PlanNotLocal",
    "PlanNotSynced",
    "PlanOnRequest",
    "PositionUnknown",
    "PriceChanged",
    "PriceOfAnother",
    "PriceUnknown",
    "ProjectionBehind",
    "PurchaseClosed",
    "PurchaseNotFound",
    "QuotaExceeded",
    "RateLimited",
    "RefundInProgress",
    "RefundRefused",
    "RefundTooLarge",
    "RequestInProgress",
    "RequestTimeout",
    "ReservationNotFound",
    "ServerError",
    "SessionLinkNotFound",
    "SessionLinkUsed",
    "SessionsNotSetUp",
    "SlugTaken",
    "SubscriptionLive",
    "SubscriptionOfAnother",
    "SwapScheduled",
    "TokenRefused",
    "TooManyCheckouts",
    "TooManyWebhookEndpoints",
    "TopUpNotFound",
    "Unauthenticated",
    "Unavailable",
    "UnknownEventType",
    "UnsupportedEncoding",
    "UsageNotFound",
    "ValidationFailed",
    "WebhookEndpointDisabled",
    "WebhookEndpointNotFound",
    "WebhookNotParked",
    "WebhookUrlNotAllowed",
    "WorkspaceUnknown",
]
BY_CODE: dict[str, type[ApiError]] = {
    error.code: error
    for error in (
        AccountNotFound,
        AddonAlreadyPurchased,
        AddonNotFound,
        AlreadySubscribed,
        AmbiguousReservation,
        CancellationScheduled,
        CannotCancel,
        CannotDeliver,
        CannotRefund,
        CannotReopen,
        CannotResume,
        CapabilityNotSupported,
        CardDeclined,
        ChangeNotApplied,
        ChangeOvertaken,
        ChangedByHand,
        ConcurrentChange,
        ConversationNotFound,
        CurrencyMismatch,
        DecisionTooLarge,
        DecisionNotFound,
        DefaultPlanRequired,
        DiscountAlreadyUsed,
        DiscountExhausted,
        DiscountNotApplicable,
        DiscountNotFound,
        NotAllowed,
        GatewayNotConfigured,
        GatewayReferenceNotFound,
        GatewayRejected,
        GatewayUnavailable,
        GrantNotFound,
        HeadersTooLarge,
        IdempotencyKeyReused,
        InternalError,
        InvalidSignature,
        InvoiceNotFound,
        InvoiceNotRefundable,
        InvoiceRefundRefused,
        KeysUnavailable,
        MalformedEncoding,
        MalformedHeader,
        MalformedRequest,
        MessageQuotaExceeded,
        MeterBuiltIn,
        MeterInUse,
        MeterNotFound,
        MethodNotAllowed,
        NoSavedMethod,
        NotErased,
        NothingThere,
        NotInTrial,
        NotPaused,
        NotSubscribed,
        PayloadTooLarge,
        PlanInactive,
        PlanLimitReached,
        PlanLocalOnly,
        PlanMigrationNotFound,
        PlanMigrationRunning,
        PlanNotFound,
        PlanNotLocal,
        PlanNotSynced,
        PlanOnRequest,
        PositionUnknown,
        PriceChanged,
        PriceOfAnother,
        PriceUnknown,
        ProjectionBehind,
        PurchaseClosed,
        PurchaseNotFound,
        QuotaExceeded,
        RateLimited,
        RefundInProgress,
        RefundRefused,
        RefundTooLarge,
        RequestInProgress,
        RequestTimeout,
        ReservationNotFound,
        SessionLinkNotFound,
        SessionLinkUsed,
        SessionsNotSetUp,
        SlugTaken,
        SubscriptionLive,
        SubscriptionOfAnother,
        SwapScheduled,
        TooManyCheckouts,
        TooManyWebhookEndpoints,
        TopUpNotFound,
        TokenRefused,
        Unavailable,
        UnknownEventType,
        UnsupportedEncoding,
        WorkspaceUnknown,
        UsageNotFound,
        ValidationFailed,
        WebhookEndpointDisabled,
        WebhookEndpointNotFound,
        WebhookNotParked,
        WebhookUrlNotAllowed,
    )
}
