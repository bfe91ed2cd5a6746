/** An error class for each code of the API: generated, not to be edited. */

import { type ApiError, BadRequest, Conflict, Forbidden, LimitReached, NotFound, PaymentRequired, ServerError, Unauthenticated } from "./failures.ts";

export { BadRequest, Conflict, Forbidden, LimitReached, NotFound, PaymentRequired, ServerError, Unauthenticated } from "./failures.ts";

/** No workspace is known for this object of the payment gateway. */
export class AccountNotFound extends NotFound {}

/** This workspace has this add-on already, or a purchase of it is pending. */
export class AddonAlreadyPurchased extends Conflict {}

/** There is no such add-on. */
export class AddonNotFound extends NotFound {}

/** This workspace has this plan already. */
export class AlreadySubscribed extends Conflict {}

/** Units of several meters were reserved under this id. Name the meter. */
export class AmbiguousReservation extends Conflict {}

/** This subscription is about to end. Resume it first. */
export class CancellationScheduled extends Conflict {}

/** Only a pending or paid purchase can be cancelled. */
export class CannotCancel extends Conflict {}

/** Only a paid purchase can be delivered. */
export class CannotDeliver extends Conflict {}

/** There is nothing left to refund, or the payer's bank has taken it back. */
export class CannotRefund extends Conflict {}

/** Only a delivered purchase can be reopened, and only once. */
export class CannotReopen extends Conflict {}

/** This subscription can't be resumed. Subscribe again. */
export class CannotResume extends Conflict {}

/** This gateway does not offer that. */
export class CapabilityNotSupported extends Conflict {}

/** The card was declined. */
export class CardDeclined extends PaymentRequired {}

/** The payment gateway accepted the change and did not make it. Try again. */
export class ChangeNotApplied extends ServerError {}

/** The subscription was changed otherwise meanwhile. */
export class ChangeOvertaken extends Conflict {}

/** Another change of this subscription was planned by hand. Ask support. */
export class ChangedByHand extends Conflict {}

/** The resource was changed at the same time. Try again. */
export class ConcurrentChange extends Conflict {}

/** No conversation with this id was started in this workspace. */
export class ConversationNotFound extends NotFound {}

/** A running subscription can't be changed to another currency. */
export class CurrencyMismatch extends Conflict {}

/** This decision rests on more history than can be read while you wait. */
export class DecisionTooLarge extends ServerError {}

/** There is no such decision. */
export class DecisionNotFound extends NotFound {}

/** The default plan must be active and cost nothing. Make another plan the default. */
export class DefaultPlanRequired extends Conflict {}

/** This workspace has used this discount. */
export class DiscountAlreadyUsed extends Conflict {}

/** This discount was given as often as it can be. */
export class DiscountExhausted extends Conflict {}

/** This discount can't be given for that. */
export class DiscountNotApplicable extends Conflict {}

/** There is no such discount. */
export class DiscountNotFound extends NotFound {}

/** You may not do this. */
export class NotAllowed extends Forbidden {}

/** This gateway is not configured. */
export class GatewayNotConfigured extends BadRequest {}

/** The payment gateway does not know this object. */
export class GatewayReferenceNotFound extends NotFound {}

/** The payment gateway refused the request. */
export class GatewayRejected extends ServerError {}

/** The payment gateway did not answer. Try again. */
export class GatewayUnavailable extends ServerError {}

/** No credits were granted under this id in this workspace. */
export class GrantNotFound extends NotFound {}

/** Address and headers are larger than 32 KiB. */
export class HeadersTooLarge extends BadRequest {}

/** This Idempotency-Key was used with another request. */
export class IdempotencyKeyReused extends Conflict {}

/** Something went wrong on our side. Nothing of the inside is told. */
export class InternalError extends ServerError {}

/** The webhook's signature is not valid. */
export class InvalidSignature extends BadRequest {}

/** This workspace has no such invoice. */
export class InvoiceNotFound extends NotFound {}

/** That much is not left of what was paid for this invoice. */
export class InvoiceNotRefundable extends Conflict {}

/** The payment gateway refused the refund. */
export class InvoiceRefundRefused extends ServerError {}

/** The keys that tokens are verified with can't be read at the moment. Try again. */
export class KeysUnavailable extends ServerError {}

/** The body is not the gzip that its Content-Encoding says. */
export class MalformedEncoding extends BadRequest {}

/** A header has a character or a length that can't be. */
export class MalformedHeader extends BadRequest {}

/** The request could not be parsed. */
export class MalformedRequest extends BadRequest {}

/** This workspace has reached its monthly message limit. Upgrade to continue. */
export class MessageQuotaExceeded extends LimitReached {}

/** A meter that is built in has routes of its own and can't be changed. */
export class MeterBuiltIn extends Conflict {}

/** The aggregation of a meter can't be changed. Declare another one. */
export class MeterInUse extends Conflict {}

/** No meter with this slug is declared. */
export class MeterNotFound extends NotFound {}

/** The path exists, but not for this method. */
export class MethodNotAllowed extends BadRequest {}

/** Nothing can be bought automatically without a saved payment method. */
export class NoSavedMethod extends Conflict {}

/** Something of this workspace can still be read. */
export class NotErased extends Conflict {}

/** There is nothing here. */
export class NothingThere extends NotFound {}

/** No trial of this subscription runs. */
export class NotInTrial extends Conflict {}

/** This subscription is not paused. */
export class NotPaused extends Conflict {}

/** This workspace has no subscription that this can be done to. */
export class NotSubscribed extends Conflict {}

/** The body is larger than this route takes. */
export class PayloadTooLarge extends BadRequest {}

/** This plan can't be chosen any more. */
export class PlanInactive extends Conflict {}

/** This workspace has reached its monthly conversation limit. Upgrade to continue. */
export class PlanLimitReached extends LimitReached {}

/** This plan costs nothing and is not sold by any gateway. */
export class PlanLocalOnly extends Conflict {}

/** There is no such migration of this plan. */
export class PlanMigrationNotFound extends NotFound {}

/** The subscribers of this plan are being moved already. Stop that migration first. */
export class PlanMigrationRunning extends Conflict {}

/** There is no such plan. */
export class PlanNotFound extends NotFound {}

/** Only a plan that costs nothing can be assigned. */
export class PlanNotLocal extends Conflict {}

/** The payment gateway does not offer this plan yet. Try again. */
export class PlanNotSynced extends ServerError {}

/** This plan is agreed on by hand. Contact us. */
export class PlanOnRequest extends Conflict {}

/** The service's log has no such position. */
export class PositionUnknown extends Conflict {}

/** The price is another one than was shown. */
export class PriceChanged extends Conflict {}

/** This price is another plan's. */
export class PriceOfAnother extends Conflict {}

/** No plan is known for the price that this subscription is charged. */
export class PriceUnknown extends Conflict {}

/** The read model has not caught up with that position yet. Try again. */
export class ProjectionBehind extends ServerError {}

/** This purchase was cancelled meanwhile. */
export class PurchaseClosed extends Conflict {}

/** There is no such purchase. */
export class PurchaseNotFound extends NotFound {}

/** This workspace has reached its monthly limit of units. Upgrade to continue. */
export class QuotaExceeded extends LimitReached {}

/** Too many requests. Try again later. */
export class RateLimited extends LimitReached {}

/** A refund of this purchase is being made. */
export class RefundInProgress extends Conflict {}

/** The payment gateway refused the refund. */
export class RefundRefused extends ServerError {}

/** More than what is left of this payment. */
export class RefundTooLarge extends Conflict {}

/** A request with this Idempotency-Key is still running. Try again. */
export class RequestInProgress extends Conflict {}

/** The body did not arrive in time. */
export class RequestTimeout extends BadRequest {}

/** Nothing was reserved under this id in this workspace. */
export class ReservationNotFound extends NotFound {}

/** There is no such link. */
export class SessionLinkNotFound extends NotFound {}

/** This link was used already, or has expired. */
export class SessionLinkUsed extends Conflict {}

/** This installation has no secret to sign sessions with. */
export class SessionsNotSetUp extends Conflict {}

/** This slug is taken. */
export class SlugTaken extends Conflict {}

/** This workspace pays for a subscription. Cancel it first. */
export class SubscriptionLive extends Conflict {}

/** This subscription is another workspace's. */
export class SubscriptionOfAnother extends Conflict {}

/** Another plan is scheduled. Swap to the present one first, which takes that back. */
export class SwapScheduled extends Conflict {}

/** Too many checkouts of this workspace can still be paid. Try again later. */
export class TooManyCheckouts extends Conflict {}

/** There are as many webhook endpoints as there may be. */
export class TooManyWebhookEndpoints extends Conflict {}

/** Nothing is bought automatically of this meter. */
export class TopUpNotFound extends NotFound {}

/** A valid bearer token is required. */
export class TokenRefused extends Unauthenticated {}

/** The service is busy, or its database away. Try again. */
export class Unavailable extends ServerError {}

/** There are no events of this type. */
export class UnknownEventType extends BadRequest {}

/** A body may be sent as it is or as gzip. */
export class UnsupportedEncoding extends BadRequest {}

/** Billing has never heard of this workspace, so nothing is counted for it. */
export class WorkspaceUnknown extends NotFound {}

/** No usage with this id was counted by this meter in this workspace. */
export class UsageNotFound extends NotFound {}

/** The request is not valid. */
export class ValidationFailed extends BadRequest {}

/** This webhook endpoint is disabled. Enable it first. */
export class WebhookEndpointDisabled extends Conflict {}

/** There is no such webhook endpoint. */
export class WebhookEndpointNotFound extends NotFound {}

/** Only a parked webhook can be read again. */
export class WebhookNotParked extends Conflict {}

/** Webhooks can't be sent to this URL. */
export class WebhookUrlNotAllowed extends BadRequest {}

export const BY_CODE: Readonly<Record<string, typeof ApiError>> = {
  account_not_found: AccountNotFound,
  addon_already_purchased: AddonAlreadyPurchased,
  addon_not_found: AddonNotFound,
  already_subscribed: AlreadySubscribed,
  ambiguous_reservation: AmbiguousReservation,
  cancellation_scheduled: CancellationScheduled,
  cannot_cancel: CannotCancel,
  cannot_deliver: CannotDeliver,
  cannot_refund: CannotRefund,
  cannot_reopen: CannotReopen,
  cannot_resume: CannotResume,
  capability_not_supported: CapabilityNotSupported,
  card_declined: CardDeclined,
  change_not_applied: ChangeNotApplied,
  change_overtaken: ChangeOvertaken,
  changed_by_hand: ChangedByHand,
  conflict: ConcurrentChange,
  conversation_not_found: ConversationNotFound,
  currency_mismatch: CurrencyMismatch,
  decision_too_large: DecisionTooLarge,
  decision_not_found: DecisionNotFound,
  default_plan_required: DefaultPlanRequired,
  discount_already_used: DiscountAlreadyUsed,
  discount_exhausted: DiscountExhausted,
  discount_not_applicable: DiscountNotApplicable,
  discount_not_found: DiscountNotFound,
  forbidden: NotAllowed,
  gateway_not_configured: GatewayNotConfigured,
  gateway_reference_not_found: GatewayReferenceNotFound,
  gateway_rejected: GatewayRejected,
  gateway_unavailable: GatewayUnavailable,
  grant_not_found: GrantNotFound,
  headers_too_large: HeadersTooLarge,
  idempotency_key_reused: IdempotencyKeyReused,
  internal_error: InternalError,
  invalid_signature: InvalidSignature,
  invoice_not_found: InvoiceNotFound,
  invoice_not_refundable: InvoiceNotRefundable,
  invoice_refund_refused: InvoiceRefundRefused,
  keys_unavailable: KeysUnavailable,
  malformed_encoding: MalformedEncoding,
  malformed_header: MalformedHeader,
  malformed_request: MalformedRequest,
  message_quota_exceeded: MessageQuotaExceeded,
  meter_built_in: MeterBuiltIn,
  meter_in_use: MeterInUse,
  meter_not_found: MeterNotFound,
  method_not_allowed: MethodNotAllowed,
  no_saved_method: NoSavedMethod,
  not_erased: NotErased,
  not_found: NothingThere,
  not_in_trial: NotInTrial,
  not_paused: NotPaused,
  not_subscribed: NotSubscribed,
  payload_too_large: PayloadTooLarge,
  plan_inactive: PlanInactive,
  plan_limit_reached: PlanLimitReached,
  plan_local_only: PlanLocalOnly,
  plan_migration_not_found: PlanMigrationNotFound,
  plan_migration_running: PlanMigrationRunning,
  plan_not_found: PlanNotFound,
  plan_not_local: PlanNotLocal,
  plan_not_synced: PlanNotSynced,
  plan_on_request: PlanOnRequest,
  position_unknown: PositionUnknown,
  price_changed: PriceChanged,
  price_of_another: PriceOfAnother,
  price_unknown: PriceUnknown,
  projection_behind: ProjectionBehind,
  purchase_closed: PurchaseClosed,
  purchase_not_found: PurchaseNotFound,
  quota_exceeded: QuotaExceeded,
  rate_limited: RateLimited,
  refund_in_progress: RefundInProgress,
  refund_refused: RefundRefused,
  refund_too_large: RefundTooLarge,
  request_in_progress: RequestInProgress,
  request_timeout: RequestTimeout,
  reservation_not_found: ReservationNotFound,
  session_link_not_found: SessionLinkNotFound,
  session_link_used: SessionLinkUsed,
  sessions_not_set_up: SessionsNotSetUp,
  slug_taken: SlugTaken,
  subscription_live: SubscriptionLive,
  subscription_of_another: SubscriptionOfAnother,
  swap_scheduled: SwapScheduled,
  too_many_checkouts: TooManyCheckouts,
  too_many_webhook_endpoints: TooManyWebhookEndpoints,
  top_up_not_found: TopUpNotFound,
  unauthenticated: TokenRefused,
  unavailable: Unavailable,
  unknown_event_type: UnknownEventType,
  unsupported_encoding: UnsupportedEncoding,
  workspace_unknown: WorkspaceUnknown,
  usage_not_found: UsageNotFound,
  validation_failed: ValidationFailed,
  webhook_endpoint_disabled: WebhookEndpointDisabled,
  webhook_endpoint_not_found: WebhookEndpointNotFound,
  webhook_not_parked: WebhookNotParked,
  webhook_url_not_allowed: WebhookUrlNotAllowed,
};
