"""Models of the API's answers: generated from its OpenAPI document, not to be edited.

Digest of the schemas: de483255b6d99af8d5fd8095709507a93818ab3702b56b7192da3d1dc9833a76
"""

from __future__ import annotations

from datetime import date as date_aliased
from typing import Any, Literal

from pydantic import AwareDatetime

from workspace_billing.model import Model


class Agent(Model):
    agent_id: str
    conversations: int
    messages: int


class Allowance(Model):
    """
    `limit` and `remaining` are null when unlimited.
    """

    allowed: bool
    used: int
    limit: int | None = None
    remaining: int | None = None
    resets_at: AwareDatetime


class BlockingPurchase(Model):
    purchase_id: str
    status: (
        Literal["pending", "paid", "delivered", "failed", "cancelled", "refunded", "disputed"] | str
    )
    color: str
    confirmation_url: str | None = None
    started_at: AwareDatetime


class Capabilities(Model):
    """
    `cancels` says when a cancellation takes effect; the rest, whether it is offered at all.
    """

    cancels: Literal["period_end", "immediately"] | str
    resume: bool
    swap_in_place: bool
    saved_method_charge: bool
    portal: bool
    archive_price: bool
    proration_preview: bool


class CausedEvent(Model):
    """
    `depth`: how many events lie between the cause and this one.
    """

    id: str
    service: str
    sequence: int
    stream: str
    version: int
    type: str
    workspace: str
    key: str
    actor: str
    correlation_id: str
    causation_id: str
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    data: dict[str, Any]
    digest: str
    hash: str
    depth: int


class CausedEvents(Model):
    data: list[CausedEvent]
    next: str | None = None


class Checkout(Model):
    checkout_id: str
    url: str
    gateway: str


class Confirmation(Model):
    confirmation_url: str


class Counted(Model):
    id: str
    status: Literal["duplicate", "ignored", "inserted"] | str


class Day(Model):
    date: date_aliased
    conversations: int
    messages: int


class Discount(Model):
    """
    Either `percent` (0 to 100) or `amount_cents`; for ever without `ends_at`.
    """

    name: str
    percent: float | None = None
    amount_cents: int | None = None
    ends_at: AwareDatetime | None = None


class Drift(Model):
    """
    Rows of which a replay makes others: `missing` here, `surplus` here.
    """

    table: str
    missing: int
    surplus: int


class Event(Model):
    """
    `digest` is the SHA-256 of the stored event, `hash` the chain up to and with it.
    """

    id: str
    service: str
    sequence: int
    stream: str
    version: int
    type: str
    workspace: str
    key: str
    actor: str
    correlation_id: str
    causation_id: str
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    data: dict[str, Any]
    digest: str
    hash: str


class EventResult(Model):
    """
    `id` is None where the event had none that can be read.
    """

    id: str | None = None
    status: Literal["duplicate", "ignored", "inserted", "rejected"] | str
    reason: str | None = None


class Events(Model):
    data: list[Event]
    next: str | None = None


class FirstTurnCounted(Model):
    """
    `after_expiry`: the hold had run out before; the conversation counts all the same.
    """

    id: str
    status: Literal["duplicate", "ignored", "inserted"] | str
    after_expiry: bool
    month: str


class Forecast(Model):
    """
    `changed`: whether anything would come of the command.
    """

    dry_run: Literal[True] | None = None
    action: str
    changed: bool
    in_place: bool
    needs_checkout: bool
    effective_at: AwareDatetime | None = None
    proration: dict[str, int | str] | None = None
    """
    What the next invoice would add, or, negative, what another checkout would give back of what was paid; null where nobody can tell.
    """


class Found(Model):
    event: str
    kind: str
    detail: str


class GatewayInvoice(Model):
    gateway: str
    invoice_ref: str
    number: str
    date: AwareDatetime
    amount_cents: int
    currency: str
    status: str
    url: str | None = None


class GatewaysAnswer(Model):
    gateways: dict[str, Capabilities]


class GivenDiscount(Model):
    """
    Either `percent` (0 to 100) or `amount_cents`; for ever without `ends_at`.
    """

    name: str
    percent: float | None = None
    amount_cents: int | None = None
    ends_at: AwareDatetime | None = None


class InvoiceStep(Model):
    """
    What happened to it, at the gateway's own time, and the `event` that tells. The other
    fields are those of the step's kind.
    """

    step: (
        Literal[
            "issued",
            "amended",
            "paid",
            "payment_failed",
            "voided",
            "refunded",
            "refund_failed",
            "dispute_opened",
            "dispute_closed",
        ]
        | str
    )
    at: AwareDatetime
    event: str
    amount_cents: int | None = None
    reason: str | None = None
    next_attempt_at: AwareDatetime | None = None
    refund_ref: str | None = None
    dispute_ref: str | None = None
    outcome: Literal["won", "lost"] | str | None = None


class Invoices(Model):
    data: list[GatewayInvoice]


class Line(Model):
    """
    `amount_cents` is what the line adds after its discounts and before tax; a credit is
    negative. `period_start` and `period_end` bound the time that it pays for.
    """

    description: str
    amount_cents: int
    price_ref: str | None = None
    quantity: int | None = None
    period_start: AwareDatetime | None = None
    period_end: AwareDatetime | None = None
    proration: bool


class ListedSubscription(Model):
    """
    `amount_cents` is what is really charged every `interval_count` intervals, discounts and
    quantity in it; 0 for a plan that was assigned by hand. `past_due_since`: when the oldest
    open invoice was to be paid, null unless past due or suspended; `owed_cents`: what is open
    of its invoices. `renews_at`: when its gateway charges next, null where it does not.
    `event` is the last one that it shows.
    """

    workspace_id: str
    plan: str
    status: (
        Literal[
            "pending",
            "trialing",
            "active",
            "grace",
            "past_due",
            "suspended",
            "paused",
            "cancelled",
            "expired",
        ]
        | str
    )
    past_due_since: AwareDatetime | None = None
    owed_cents: int
    renews_at: AwareDatetime | None = None
    amount_cents: int
    currency: str
    interval: Literal["month", "year"] | str
    interval_count: int
    quantity: int
    discounts: list[GivenDiscount]
    gateway: str | None = None
    subscription_ref: str | None = None
    customer_ref: str | None = None
    started_at: AwareDatetime
    period_end: AwareDatetime | None = None
    trial_ends_at: AwareDatetime | None = None
    cancel_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    next_plan: str | None = None
    updated_at: AwareDatetime
    event: str


class MonthOfRevenue(Model):
    """
    One currency in one UTC month, in minor units. `mrr_cents` is what subscriptions were
    worth a month at its end: `mrr_start_cents` and the five movements, of which contraction
    and churn are negative, add up to it. `subscribers` then paid.  `net_cents` is what was
    paid, less what was refunded and disputed, with the refunds that failed and the disputes
    that were won.
    """

    month: str
    currency: str
    mrr_start_cents: int
    new_cents: int
    expansion_cents: int
    contraction_cents: int
    churn_cents: int
    reactivation_cents: int
    mrr_cents: int
    subscribers: int
    paid_cents: int
    failed_payments: int
    failed_cents: int
    refunded_cents: int
    refund_failed_cents: int
    disputes: int
    disputed_cents: int
    dispute_won_cents: int
    dispute_lost_cents: int
    net_cents: int


class MovedMoney(Model):
    """
    `event` tells it, at the gateway's own time. A failed payment is over what was still to be
    paid.
    """

    event: str
    workspace_id: str
    kind: (
        Literal[
            "payment",
            "payment_failed",
            "refund",
            "refund_failed",
            "dispute_opened",
            "dispute_won",
            "dispute_lost",
        ]
        | str
    )
    currency: str
    amount_cents: int
    gateway: str
    invoice_ref: str
    at: AwareDatetime
    month: str


class NarratedEvent(Model):
    id: str
    service: str
    sequence: int
    stream: str
    version: int
    type: str
    workspace: str
    key: str
    actor: str
    correlation_id: str
    causation_id: str
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    data: dict[str, Any]
    digest: str
    hash: str
    told: str


class OfferedAddon(Model):
    """
    `blocked_by` says why not when `can_buy` is false.
    """

    slug: str
    name: str
    price_cents: int
    currency: str
    description: str
    features: list[str]
    sort_order: int
    can_buy: bool
    blocked_by: BlockingPurchase | None = None


class OpenCheckout(Model):
    checkout_id: str
    url: str
    gateway: str
    plan: str
    expires_at: AwareDatetime | None = None


class OpenInvoice(Model):
    invoice_ref: str
    amount_cents: int
    currency: str
    due_at: AwareDatetime | None = None
    url: str | None = None


class Order(Model):
    """
    `paged_at`: the delivery team was told. `captured`: the gateway took the money, whatever
    the status.
    """

    purchase_id: str
    workspace_id: str
    addon: str
    addon_name: str
    price_cents: int
    currency: str
    status: (
        Literal["pending", "paid", "delivered", "failed", "cancelled", "refunded", "disputed"] | str
    )
    color: str
    gateway: str
    charge_ref: str | None = None
    decline_code: str | None = None
    refunded_cents: int
    refunding_cents: int
    captured: bool
    buyer: str
    buyer_email: str | None = None
    buyer_name: str | None = None
    started_at: AwareDatetime
    paid_at: AwareDatetime | None = None
    delivered_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    paged_at: AwareDatetime | None = None


class Pause(Model):
    kind: Literal["collection", "subscription"] | str
    resumes_at: AwareDatetime | None = None


class PendingCheckout(Model):
    """
    `url` is null until the gateway has answered.
    """

    checkout_id: str
    gateway: str
    plan: str
    url: str | None = None
    expires_at: AwareDatetime | None = None
    started_at: AwareDatetime


class Portal(Model):
    url: str


class PricedPlan(Model):
    slug: str
    name: str
    family: str | None = None
    price_cents: int
    currency: str
    interval: Literal["month", "year"] | str
    monthly_conversations: int
    monthly_messages: int | None = None
    max_tokens_per_response: int | None = None
    features: dict[str, bool | int | str | None]
    limits: dict[str, int | None]
    is_default: bool


class Quota(Model):
    """
    A limit of null is none.
    """

    limit: int | None = None
    used: int
    held: int
    remaining: int | None = None


class Receipt(Model):
    status: Literal["accepted", "duplicate"] | str


class RefundedInvoice(Model):
    """
    `refundable_cents` is what is left of the payment.
    """

    gateway: str
    invoice_ref: str
    currency: str
    paid_cents: int
    refunded_cents: int
    refundable_cents: int


class Released(Model):
    """
    How the conversation stands now; only a hold can be released.
    """

    id: str
    status: str
    """
    released, expired, metered or playground
    """


class RemainingUnits(Model):
    conversations: int | None = None
    messages: int | None = None


class Replay(Model):
    """
    `parked` events were set aside and are not in the rows: then it is not equal.
    """

    model: str
    events: int
    rows: int
    equal: bool
    parked: int
    drift: list[Drift]


class Reseal(Model):
    """
    History up to `sequence` counts as it was at this time, whatever had been signed before.
    """

    service: str
    sequence: int
    at: AwareDatetime
    reason: str


class Results(Model):
    results: list[EventResult]


class Retry(Model):
    status: Literal["received"] | None = None


class RevenuePage(Model):
    """
    The present month first, by currency within one.
    """

    data: list[MonthOfRevenue]
    next: str | None = None


class Settings(Model):
    plan_change: str
    billing_email: str | None = None


class ShownMovement(Model):
    """
    `event` made it, `follows` had made what was before. `change_cents` counts in `month`.
    """

    event: str
    follows: str | None = None
    workspace_id: str
    kind: Literal["new", "expansion", "contraction", "churn", "reactivation"] | str
    currency: str
    before_cents: int
    after_cents: int
    change_cents: int
    plan: str
    gateway: str | None = None
    at: AwareDatetime
    month: str


class SignedHead(Model):
    """
    What a service's history was at a time, as docs/audit/format.md describes.
    """

    format: Literal["billing-audit-head/1"]
    service: Literal["billing", "metering", "addons"] | str
    events: int
    sequence: int
    chain: str
    at: AwareDatetime
    key_id: str
    signature: str
    reason: str | None = None


class Started(Model):
    """
    `hold_expires_at` is null where nothing is held: counted already, or a playground.
    """

    id: str
    status: Literal["duplicate", "ignored", "started"] | str
    hold_expires_at: AwareDatetime | None = None


class Step(Model):
    """
    Refunds say their amount, their reference at the gateway and the reason; disputes their
    amount, reason, and whether they are open, won or lost.
    """

    step: str
    at: AwareDatetime
    amount_cents: int | None = None
    refund_ref: str | None = None
    reason: str | None = None
    status: Literal["open", "won", "lost"] | str | None = None


class StreamEvent(Model):
    """
    The aggregate before and after the event; null where the event is no aggregate's.
    """

    id: str
    service: str
    sequence: int
    stream: str
    version: int
    type: str
    workspace: str
    key: str
    actor: str
    correlation_id: str
    causation_id: str
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    data: dict[str, Any]
    digest: str
    hash: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class Subscription(Model):
    """
    `plan` is what the workspace lives on now; null only before the catalogue is seeded. The
    other fields are the subscription's, null for a workspace that never had one.
    `price_cents` and `amount_cents` are what this subscriber really pays every
    `interval_count` intervals, `unit_price_cents` what a unit was bought for,
    `current_price_cents` what a new subscriber would pay for one; `grandfathered` tells that
    these two differ.
    """

    workspace_id: str
    plan: str | None = None
    plan_name: str | None = None
    status: str | None = None
    has_access: bool
    """
    Whether the subscription's plan is the one lived on.
    """
    gateway: str | None = None
    subscribed_plan: str | None = None
    subscription_ref: str | None = None
    customer_ref: str | None = None
    checkout_id: str | None = None
    price_cents: int | None = None
    currency: str | None = None
    interval: str | None = None
    current_price_cents: int | None = None
    current_currency: str | None = None
    current_interval: str | None = None
    grandfathered: bool
    started_at: AwareDatetime | None = None
    period_start: AwareDatetime | None = None
    period_end: AwareDatetime | None = None
    cancel_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    next_plan: str | None = None
    amount_cents: int | None = None
    unit_price_cents: int | None = None
    quantity: int | None = None
    interval_count: int | None = None
    discount: Discount | None = None
    discounts: list[Discount] | None = None
    trial_ends_at: AwareDatetime | None = None
    paused: Pause | None = None
    open_invoice: OpenInvoice | None = None
    updated_at: AwareDatetime | None = None
    checkout: PendingCheckout | None = None


class SubscriptionPage(Model):
    """
    By workspace: the last known subscription of each that ever had one.
    """

    data: list[ListedSubscription]
    next: str | None = None


class Sync(Model):
    state: Literal["synced", "pending", "failed", "local_only"] | str
    reason: str | None = None


class SyncAnswer(Model):
    sync: dict[str, Sync]


class SyncState(Model):
    state: Literal["synced", "pending", "failed", "local_only"] | str
    reason: str | None = None
    price_ref: str | None = None


class Threshold(Model):
    """
    `quota` is the limit when `percent` of it was reached.
    """

    metric: Literal["message", "conversation"] | str
    percent: int
    used: int
    quota: int
    reached_at: AwareDatetime


class TimelineEntry(Model):
    """
    `at` is when it happened, `recorded_at` when we knew. A run of usage is one entry of many
    `events`, from `at` to `recorded_at`.
    """

    at: AwareDatetime
    recorded_at: AwareDatetime
    told: str
    type: str
    event: str | None = None
    events: int
    actor: str | None = None
    correlation_id: str | None = None
    cause: str | None = None


class Total(Model):
    """
    Of all that is paid or delivered, whatever was searched for. `partly_refunded_cents` went
    back of it.
    """

    currency: str
    paid_this_month_cents: int
    paid_all_time_cents: int
    partly_refunded_cents: int
    orders: int


class UnitFigures(Model):
    conversations: int
    messages: int


class UsageAsOf(Model):
    month: str
    message: int
    conversation: int


class UsageOfMonth(Model):
    """
    `daily` has every day of the month, in order.
    """

    period: str
    conversations: int
    messages: int
    daily: list[Day]


class UsageOfWorkspace(Model):
    period: str
    conversations: int
    messages: int
    daily: list[Day]
    workspace_id: str
    agents: list[Agent]
    thresholds: list[Threshold]
    previous: UsageOfMonth


class AccountSubscription(Model):
    """
    `price_cents` and `amount_cents` are what is really charged every `interval_count`
    intervals, `unit_price_cents` what a unit was bought for.
    """

    plan: str
    status: str
    gateway: str | None = None
    subscription_ref: str | None = None
    customer_ref: str | None = None
    checkout_id: str | None = None
    price_cents: int
    currency: str
    interval: str
    started_at: AwareDatetime
    period_start: AwareDatetime | None = None
    period_end: AwareDatetime | None = None
    cancel_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    next_plan: str | None = None
    amount_cents: int
    unit_price_cents: int
    quantity: int
    interval_count: int
    discount: Discount | None = None
    discounts: list[Discount]
    trial_ends_at: AwareDatetime | None = None
    paused: Pause | None = None
    open_invoice: OpenInvoice | None = None


class AddonPage(Model):
    data: list[OfferedAddon]
    next: str | None = None


class CataloguedPlan(Model):
    slug: str
    name: str
    family: str | None = None
    price_cents: int
    currency: str
    interval: Literal["month", "year"] | str
    monthly_conversations: int
    monthly_messages: int | None = None
    max_tokens_per_response: int | None = None
    features: dict[str, bool | int | str | None]
    limits: dict[str, int | None]
    is_default: bool
    is_active: bool
    created_at: AwareDatetime
    subscribers: int
    grandfathered: int
    sync: dict[str, SyncState]


class Chain(Model):
    """
    Events behind sequence `since` up to `upto` were compared; of `found` differences the
    first hundred are listed.
    """

    service: str
    since: int
    upto: int
    events: int
    checkpoints: int
    found: int
    findings: list[Found]


class DecisionExplanation(Model):
    """
    `set_by`: the events that set the plan and its limit; `data`: the usage that filled it.
    """

    figure: dict[str, Any] | None = None
    data: list[NarratedEvent]
    next: str | None = None
    set_by: list[NarratedEvent]


class Entitlements(Model):
    """
    All that a host needs to know for a turn. In `limits` stand `conversations` and `messages`
    a month and the plan's named limits: null is unlimited, 0 of a named one blocks. `held`
    counts     conversations whose first turn is not complete; they take from `remaining`.
    """

    workspace_id: str
    plan: str | None = None
    limits: dict[str, int | None]
    used: UnitFigures
    held: UnitFigures
    remaining: RemainingUnits
    can_start_conversation: bool
    can_send_message: bool
    max_tokens: int
    removes_branding: bool
    period: str
    resets_at: AwareDatetime


class EntitlementsAsOf(Model):
    """
    `limits_set_by` is the event that set the plan's limits.
    """

    plan: str | None = None
    limits_set_by: str | None = None
    period: str
    max_tokens: int
    removes_branding: bool
    limits: dict[str, int | None]
    conversations: Quota
    messages: Quota


class Explanation(Model):
    """
    `data`: the events that made the figure, in the order of recording.
    """

    figure: dict[str, Any] | None = None
    data: list[NarratedEvent]
    next: str | None = None


class Family(Model):
    """
    Two variants of one offer. `yearly_saving_*` is against paying twelve months.
    """

    family: str
    currency: str
    monthly: PricedPlan | None = None
    yearly: PricedPlan | None = None
    yearly_saving_cents: int | None = None
    yearly_saving_percent: float | None = None


class HeadsAnswer(Model):
    """
    The longest head of each service; `public_keys` (Ed25519, hex), newest first, are what
    heads are signed with.
    """

    data: list[SignedHead]
    public_keys: list[str]


class Invoice(Model):
    """
    Amounts are minor units of `currency`. `paid_cents` was ever collected, `refunded_cents`
    of that given back, `disputed_cents` is held or taken by disputes, `owed_cents` still to
    be paid. `url` and `pdf_url` are the gateway's pages. `event` is the last one that it
    shows.
    """

    workspace_id: str
    gateway: str
    invoice_ref: str
    number: str
    status: Literal["open", "paid", "void", "uncollectible"] | str
    subscription_ref: str | None = None
    customer_ref: str | None = None
    currency: str
    subtotal_cents: int
    discount_cents: int
    tax_cents: int
    total_cents: int
    paid_cents: int
    refunded_cents: int
    disputed_cents: int
    owed_cents: int
    issued_at: AwareDatetime
    due_at: AwareDatetime | None = None
    paid_at: AwareDatetime | None = None
    url: str | None = None
    pdf_url: str | None = None
    lines: list[Line]
    steps: list[InvoiceStep]
    event: str


class InvoicePage(Model):
    """
    The latest issued first.
    """

    data: list[Invoice]
    next: str | None = None


class MoneyPage(Model):
    """
    The latest recorded first.
    """

    data: list[MovedMoney]
    next: str | None = None


class MovementPage(Model):
    """
    The latest recorded first.
    """

    data: list[ShownMovement]
    next: str | None = None


class OrderLedger(Model):
    data: list[Order]
    next: str | None = None
    totals: list[Total]


class Plan(Model):
    slug: str
    name: str
    family: str | None = None
    price_cents: int
    currency: str
    interval: Literal["month", "year"] | str
    monthly_conversations: int
    monthly_messages: int | None = None
    max_tokens_per_response: int | None = None
    features: dict[str, bool | int | str | None]
    limits: dict[str, int | None]
    past_due_days: int | None = None
    is_active: bool
    is_default: bool
    sync: dict[str, Sync]


class Pricing(Model):
    """
    `families` are those of all active plans, whatever page is shown.
    """

    data: list[PricedPlan]
    next: str | None = None
    families: list[Family]


class PurchaseRecord(Model):
    """
    `blocks`: the add-on can't be bought again because of this purchase. `refunding_cents` are
    on their way back, `refunded_cents` have arrived.
    """

    purchase_id: str
    workspace_id: str
    addon: str
    addon_name: str
    price_cents: int
    currency: str
    status: (
        Literal["pending", "paid", "delivered", "failed", "cancelled", "refunded", "disputed"] | str
    )
    color: str
    blocks: bool
    gateway: str
    charge_ref: str | None = None
    confirmation_url: str | None = None
    decline_code: str | None = None
    refunded_cents: int
    refunding_cents: int
    buyer: str
    buyer_email: str | None = None
    buyer_name: str | None = None
    started_at: AwareDatetime
    paid_at: AwareDatetime | None = None
    delivered_at: AwareDatetime | None = None
    steps: list[Step]


class Stream(Model):
    stream: str
    data: list[StreamEvent]
    next: str | None = None


class Timeline(Model):
    data: list[TimelineEntry]
    next: str | None = None


class VerificationAnswer(Model):
    """
    `public_key` (Ed25519, hex) is what the checkpoints are signed with.
    """

    intact: bool
    public_key: str
    chains: list[Chain]
    read_models: list[Replay]
    unreplayed: dict[str, str]
    reseals: list[Reseal]


class Account(Model):
    """
    `plan` is what the workspace lives on: the subscription's while that gives access, else
    the default. `status`, `gateway` and `cancel_at` are the subscription's, null without one.
    `changed`: whether this command recorded anything.
    """

    workspace_id: str
    plan: str | None = None
    status: str | None = None
    gateway: str | None = None
    cancel_at: AwareDatetime | None = None
    subscription: AccountSubscription | None = None
    checkout: OpenCheckout | None = None
    changed: bool


class AsOfAnswer(Model):
    """
    `subscription` and each of `purchases` are whole, with the `event` that made them so.
    Names and e-mail addresses stay sealed.
    """

    workspace_id: str
    at: AwareDatetime
    known_at: AwareDatetime
    subscription: dict[str, Any] | None = None
    entitlements: EntitlementsAsOf
    usage: list[UsageAsOf]
    purchases: list[dict[str, Any]]


class Catalogue(Model):
    data: list[CataloguedPlan]
    next: str | None = None


class PurchaseHistory(Model):
    data: list[PurchaseRecord]
    next: str | None = None
