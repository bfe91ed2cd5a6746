"""Models of answers: generated from the API's OpenAPI document, not to be edited."""

from __future__ import annotations

from datetime import date as date_aliased
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from workspace_billing.model import Model


class Ability(Model):
    """Whether a command would be taken now; else the error that it would meet."""

    possible: bool
    """Whether it would be taken."""

    code: str | None = None
    """The error's code, null where possible."""

    reason: str | None = None
    """For people."""


class AccountThen(Model):
    """A workspace's account of a declared meter, in the month of the moment."""

    meter: str
    """The meter."""

    used: int
    """Counted."""

    reserved: int
    """Held by reservations."""

    credits: int
    """What was left of grants that had not ended."""

    overdrawn: int
    """Used beyond everything that there was."""

    limit: int | None = None
    """The quota then; null is unlimited."""

    mode: Literal["hard", "soft"] | str
    """A soft one refuses nothing."""

    remaining: int | None = None
    """What was left of quota and credits; null is unlimited."""

    event: str
    """The last event that it shows."""


class Agent(Model):
    """Usage of an agent."""

    agent_id: str
    """One of the workspace's agents."""

    conversations: int
    """Conversations."""

    messages: int
    """Messages."""


class Alive(Model):
    """It is alive."""

    status: Literal["ok"]
    """Always this."""


class Allowance(Model):
    """There is room; `limit` and `remaining` are null when unlimited."""

    allowed: bool
    """Always true: a refusal is a 429."""

    used: int
    """Counted this month."""

    limit: int | None = None
    """A month; null is unlimited."""

    remaining: int | None = None
    """What is left, holds taken off; null is unlimited."""

    resets_at: AwareDatetime
    """When the next month starts."""


class BlockingPurchase(Model):
    """Why an add-on can't be bought now."""

    purchase_id: str
    """The purchase, in events too."""

    status: (
        Literal["pending", "paid", "delivered", "failed", "cancelled", "refunded", "disputed"] | str
    )
    """How it stands."""

    color: str
    """Of the status, for a dashboard."""

    confirmation_url: str | None = None
    """Where the buyer pays, or confirms, while it is pending."""

    started_at: AwareDatetime
    """When it was ordered."""


class CausedEvent(Model):
    """An event, and how far it is from its cause."""

    id: str
    """The event's id, published too."""

    service: str
    """Whose log it stands in."""

    sequence: int
    """Its position there."""

    stream: str
    """The aggregate's id."""

    version: int
    """Its place in the stream."""

    type: str
    """What happened."""

    workspace: str
    """Whose it is; empty for a catalogue's."""

    key: str
    """What it is ordered by: the workspace, or the slug."""

    actor: str
    """Who did it."""

    correlation_id: str
    """What began it all."""

    causation_id: str
    """What led to it at once."""

    occurred_at: AwareDatetime
    """When it happened."""

    recorded_at: AwareDatetime
    """When it was recorded."""

    data: dict[str, Any]
    """The published event."""

    digest: str
    """The SHA-256 of the stored event."""

    hash: str
    """The chain up to and with it."""

    depth: int
    """How many events lie between the cause and this one."""


class CausedEvents(Model):
    """What a cause led to."""

    data: list[CausedEvent]
    """In the order of recording."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class ChangedGrant(Model):
    """A grant, and the account in the present month."""

    used: int
    """Counted."""

    limit: int | None = None
    """By the plan; null is unlimited."""

    remaining: int | None = None
    """Of quota and credits what is left; null is unlimited."""

    id: str
    """The caller's own id."""

    meter: str
    """The meter."""

    status: Literal["open", "revoked", "expired"] | str
    """How it stands."""

    amount: int
    """What was granted."""

    free: int
    """What may be used: neither spent nor held."""

    priority: int
    """Of lower priority burns first."""

    expires_at: AwareDatetime | None = None
    """Null is never."""

    source: str
    """Why it was granted."""


class Checkout(Model):
    """A checkout that waits to be paid."""

    checkout_id: str
    """The checkout, in events too."""

    url: str
    """Where the customer pays."""

    gateway: str
    """The name of a payment gateway."""


class Confirmation(Model):
    """The bank asks the card's owner. Nothing changes until then."""

    confirmation_url: str
    """Where the owner confirms."""


class Counted(Model):
    """The message is stored; the quota of this month stands so."""

    id: str
    """The caller's own id."""

    status: Literal["duplicate", "ignored", "inserted"] | str
    """`duplicate`: this id was counted before; `ignored`: a playground's."""

    used: int
    """Counted this month."""

    limit: int | None = None
    """A month; null is unlimited."""

    remaining: int | None = None
    """What is left, holds taken off; null is unlimited."""


class CountedEvent(Model):
    """One unit that was counted."""

    id: str
    """The caller's own id."""

    position: str
    """Its position."""

    occurred_at: AwareDatetime
    """When it happened."""

    recorded_at: AwareDatetime
    """When it was stored."""


class CreditsOfAddon(Model):
    """Credits that each paid purchase grants, under its id."""

    meter: str
    """The meter."""

    amount: int
    """Units."""

    expires_in_days: int | None = None
    """Null is never."""


class Day(Model):
    """Usage of a day."""

    date: date_aliased
    """A UTC day."""

    conversations: int
    """Conversations."""

    messages: int
    """Messages."""


class DayOfMeter(Model):
    """Usage of a meter on a day."""

    date: date_aliased
    """A UTC day with usage."""

    value: int
    """In the meter's smallest unit."""


class Discount(Model):
    """Either `percent` or `amount_cents` is given off."""

    name: str
    """What the gateway calls it."""

    percent: float | None = None
    """0 to 100."""

    amount_cents: int | None = None
    """Minor units."""

    ends_at: AwareDatetime | None = None
    """Null is for ever."""


class DiscountCode(Model):
    """A discount of the catalogue."""

    code: str
    """What customers type."""

    name: str
    """What invoices show."""

    percent: float | None = None
    """Above 0, to 100."""

    amount_cents: int | None = None
    """Minor units."""

    currency: str | None = None
    """ISO 4217, of the amount."""

    duration: Literal["once", "repeating", "forever"] | str
    """The next invoice alone, some months, or for ever."""

    months: int | None = None
    """Of a repeating one."""

    plans: list[str]
    """For these alone; none is for all."""

    max_redemptions: int | None = None
    """Null is no limit."""

    redemptions: int
    """How many workspaces have it, or a checkout with it."""

    expires_at: AwareDatetime | None = None
    """Nobody is given it after."""

    is_active: bool
    """Whether anybody is given it."""

    gateway_offers: dict[str, str]
    """As made in a gateway's dashboard."""


class Dispute(Model):
    """A payer's bank asks for the money back."""

    ref: str
    """The dispute's id at the gateway."""

    amount_cents: int
    """Minor units."""

    reason: str
    """The gateway's word."""

    status: Literal["open", "won", "lost"] | str
    """How it stands."""


class Drift(Model):
    """Rows of which a replay makes others."""

    table: str
    """Which."""

    missing: int
    """Rows that a replay makes and that are not here."""

    surplus: int
    """Rows that are here and that no replay makes."""


class Erased(Model):
    """Personal data that nobody can read any more."""

    workspace_id: str
    """Whose."""

    erased_before: bool
    """Whether there was nothing left to do."""


class ErasureCertificate(Model):
    """A signed statement that nobody can read a workspace's personal data (GDPR, article 17)."""

    format: Literal["billing-erasure-certificate/1"]
    """Of it."""

    workspace: str
    """Whose."""

    event: str
    """The erasure."""

    erased_at: AwareDatetime
    """When."""

    unreadable_texts: int
    """How many texts of events no key opens."""

    unreadable_webhooks: int
    """And how many webhooks."""

    at: AwareDatetime
    """When."""

    public_key: str
    """Ed25519, hex: of the key that signed this."""

    signature: str
    """Ed25519, hex: over the JSON without it, sorted names, no spaces."""


class Event(Model):
    """An event of a service."""

    id: str
    """The event's id, published too."""

    service: str
    """Whose log it stands in."""

    sequence: int
    """Its position there."""

    stream: str
    """The aggregate's id."""

    version: int
    """Its place in the stream."""

    type: str
    """What happened."""

    workspace: str
    """Whose it is; empty for a catalogue's."""

    key: str
    """What it is ordered by: the workspace, or the slug."""

    actor: str
    """Who did it."""

    correlation_id: str
    """What began it all."""

    causation_id: str
    """What led to it at once."""

    occurred_at: AwareDatetime
    """When it happened."""

    recorded_at: AwareDatetime
    """When it was recorded."""

    data: dict[str, Any]
    """The published event."""

    digest: str
    """The SHA-256 of the stored event."""

    hash: str
    """The chain up to and with it."""


class EventProof(Model):
    """That an event is in a log (RFC 6962, 2.1.1)."""

    event: str
    """Which."""

    index: int
    """Its place in the log, from 0."""

    leaf: str
    """Its leaf, hex."""

    size: int
    """How many events the log has."""

    root: str
    """The root over them, hex."""

    proof: list[str]
    """Hashes of subtrees, hex, in the order of RFC 6962."""


class EventResult(Model):
    """What became of an event."""

    id: str | None = None
    """Null where none can be read."""

    status: Literal["duplicate", "ignored", "inserted", "rejected"] | str
    """Only a `rejected` one is not stored."""

    reason: str | None = None
    """Why it was rejected."""


class Events(Model):
    """Events of all services."""

    data: list[Event]
    """In the order of recording."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class FirstTurnCounted(Model):
    """The conversation is counted; the quota of this month stands so."""

    id: str
    """The caller's own id."""

    status: Literal["duplicate", "ignored", "inserted"] | str
    """`duplicate`: this id was counted before; `ignored`: a playground's."""

    after_expiry: bool
    """Whether the hold had run out before."""

    month: str
    """The UTC month it counts in."""

    used: int
    """Counted this month."""

    limit: int | None = None
    """A month; null is unlimited."""

    remaining: int | None = None
    """What is left, holds taken off; null is unlimited."""


class ForeseenMove(Model):
    """What is foreseen for one workspace."""

    workspace_id: str
    """Whose subscription it is."""

    gateway: str
    """Where it is charged."""

    how: Literal["in_place", "approval", "refused"] | str
    """`in_place`, after `approval` by mail, or `refused`."""

    price_cents: int
    """What a unit costs now, in minor units."""

    to_price_cents: int | None = None
    """What it will cost."""

    currency: str
    """ISO 4217."""

    effective_at: AwareDatetime | None = None
    """The first period's end that may be."""

    reason: str
    """Why it is refused: a code."""


class Found(Model):
    """Something that is not as it was."""

    event: str
    """Which."""

    kind: str
    """What is wrong."""

    detail: str
    """In a sentence."""


class GatewayInvoice(Model):
    """An invoice as its gateway shows it."""

    gateway: str
    """The name of a payment gateway."""

    invoice_ref: str
    """The invoice's id at its gateway."""

    number: str
    """What people call it."""

    date: AwareDatetime
    """When it was issued."""

    amount_cents: int
    """Its total, in minor units."""

    currency: str
    """ISO 4217."""

    status: Literal["draft", "open", "paid", "void", "uncollectible"] | str
    """How it stands."""

    url: str | None = None
    """The gateway's page or PDF."""


class GatewayInvoices(Model):
    """All that the gateway knows of."""

    data: list[GatewayInvoice]
    """The newest first."""


class GivenDiscount(Model):
    """Either `percent` or `amount_cents` is given off."""

    name: str
    """What the gateway calls it."""

    percent: float | None = None
    """0 to 100."""

    amount_cents: int | None = None
    """Minor units."""

    ends_at: AwareDatetime | None = None
    """Null is for ever."""


class Grant(Model):
    """A grant."""

    id: str
    """The caller's own id."""

    meter: str
    """The meter."""

    status: Literal["open", "revoked", "expired"] | str
    """How it stands."""

    amount: int
    """What was granted."""

    free: int
    """What may be used: neither spent nor held."""

    priority: int
    """Of lower priority burns first."""

    expires_at: AwareDatetime | None = None
    """Null is never."""

    source: str
    """Why it was granted."""


class GrowthProof(Model):
    """That a log of `second` events begins with the one of `first` (RFC 6962, 2.1.2)."""

    service: str
    """Whose log."""

    first: int
    """The smaller size."""

    second: int
    """The larger size."""

    first_root: str
    """The root over the first events, hex."""

    second_root: str
    """The root over all of them, hex."""

    proof: list[str]
    """Hashes of subtrees, hex, in the order of RFC 6962."""


class InvoiceStep(Model):
    """What happened to an invoice. The other fields are those of the step's kind."""

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
    """What happened."""

    at: AwareDatetime
    """At the gateway's own time."""

    event: str
    """The event that tells it."""

    amount_cents: int | None = None
    """Minor units."""

    reason: str | None = None
    """Why."""

    next_attempt_at: AwareDatetime | None = None
    """When it is charged again."""

    refund_ref: str | None = None
    """The refund's id at the gateway."""

    dispute_ref: str | None = None
    """The dispute's id there."""

    outcome: Literal["won", "lost"] | str | None = None
    """Of a dispute."""


class KnownPositions(Model):
    """What was known when it was decided."""

    usage: str
    """The position in metering's log."""

    limits: int
    """How many changes of plans and limits had been applied."""


class LedgerPosting(Model):
    """What was moved into a balance, or below zero out of it."""

    balance: str
    """Such as `quota:2026-11`, `used:2026-11`, `grant:grant-1`."""

    amount: int
    """Units."""


class Line(Model):
    """What an invoice is for."""

    description: str
    """What it is for."""

    amount_cents: int
    """What it adds after its discounts and before tax; a credit is negative."""

    price_ref: str | None = None
    """The price's id at the gateway."""

    quantity: int | None = None
    """Units."""

    period_start: AwareDatetime | None = None
    """The time that it pays for begins."""

    period_end: AwareDatetime | None = None
    """And ends."""

    proration: bool
    """Whether it is for a part of a period."""


class Link(Model):
    """Send the person's browser to `url`. It works once."""

    url: str
    """The link."""

    expires_at: AwareDatetime
    """Until when it works."""


class ListedSubscription(Model):
    """The last known subscription of a workspace. 0 is charged for what was assigned by hand."""

    workspace_id: str
    """The workspace."""

    plan: str
    """The slug of a plan."""

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
    """Access is kept in `trialing`, `active`, `grace` and `past_due`."""

    past_due_since: AwareDatetime | None = None
    """When the oldest open invoice was to be paid; null unless past due or suspended."""

    owed_cents: int
    """What is open of its invoices."""

    renews_at: AwareDatetime | None = None
    """When its gateway charges next; null where it does not."""

    amount_cents: int
    """What is really charged every `interval_count` intervals."""

    currency: str
    """ISO 4217."""

    interval: Literal["month", "year"] | str
    """How often the price is charged."""

    interval_count: int
    """Intervals of a period."""

    quantity: int
    """Units."""

    discounts: list[GivenDiscount]
    """Those that the price has."""

    gateway: str | None = None
    """The name of a payment gateway."""

    subscription_ref: str | None = None
    """The subscription's id at its gateway."""

    customer_ref: str | None = None
    """The payer's id at the gateway."""

    started_at: AwareDatetime
    """When it began."""

    period_end: AwareDatetime | None = None
    """What is paid for ends."""

    trial_ends_at: AwareDatetime | None = None
    """Null without a trial."""

    cancel_at: AwareDatetime | None = None
    """When a scheduled cancellation takes effect."""

    ended_at: AwareDatetime | None = None
    """Null while it runs."""

    next_plan: str | None = None
    """What the next period begins with."""

    updated_at: AwareDatetime
    """When it last changed."""

    event: str
    """The last event that it shows."""


class Mail(Model):
    """A mail, and what became of it."""

    id: str
    """What it was about, and to whom of several."""

    kind: str
    """What it tells of."""

    subject: str
    """Its subject."""

    state: str
    """`due`, `claimed` (being sent), `sent`, `unknown` (nobody can say whether it was), `refused`, `undeliverable` (its address was refused before) or `erased`."""

    problem: str
    """What the mail server answered when it was refused."""

    changed_at: AwareDatetime
    """Since when, or when it is tried again."""


class MailPreferences(Model):
    """What a workspace is told by mail. It goes to its `billing_email`."""

    language: Literal["en", "de"] | str
    """Of its mails."""

    without: list[str]
    """What it does without."""


class Meter(Model):
    """A meter."""

    slug: str
    """Names it."""

    unit: str
    """What people read."""

    aggregation: Literal["count", "sum"] | str
    """How events add up."""

    dimensions: list[str]
    """What usage is shown by."""

    overdraft: int
    """Units that may be reserved beyond everything."""

    built_in: bool
    """Whether it has routes of its own."""


class MeterBalance(Model):
    """Credits of a meter."""

    meter: str
    """The meter."""

    free: int
    """What may be used."""

    overdrawn: int
    """Used this month beyond everything."""

    grants: list[Grant]
    """The youngest first."""


class MeterEntitlement(Model):
    """What a declared meter gives this month."""

    unit: str
    """What is counted."""

    used: int
    """Counted."""

    reserved: int
    """Held."""

    limit: int | None = None
    """The quota; null is unlimited."""

    mode: Literal["hard", "soft"] | str
    """A soft one refuses nothing."""

    credits: int
    """Free credits."""

    overdrawn: int
    """Used beyond everything."""

    remaining: int | None = None
    """Quota and credits that are left; null is unlimited."""


class MeterQuota(Model):
    """What a plan gives of a meter."""

    limit: int | None = None
    """Units a UTC month; null is unlimited, 0 none."""

    mode: Literal["hard", "soft"] | str | None = None
    """A `soft` one refuses nothing."""


class Meters(Model):
    """All meters."""

    data: list[Meter]
    """The built-in ones first, then by slug."""


class MigratingWorkspace(Model):
    """How far one workspace is."""

    workspace_id: str
    """Whose subscription it is."""

    state: (
        Literal[
            "waiting",
            "announced",
            "scheduled",
            "approval_asked",
            "moved",
            "left",
            "refused",
            "stopped",
        ]
        | str
    )
    """How far it is."""

    reason: str
    """What it waits for, or why it is not moved: a code."""

    scheduled_for: AwareDatetime | None = None
    """When the gateway changes it."""


class MonthOfRevenue(Model):
    """One currency in one UTC month, in minor units."""

    month: str
    """A UTC month."""

    currency: str
    """ISO 4217."""

    mrr_start_cents: int
    """MRR when it began."""

    new_cents: int
    """Of first subscriptions."""

    expansion_cents: int
    """Of those that pay more."""

    contraction_cents: int
    """Of those that pay less; negative."""

    churn_cents: int
    """Of those that left; negative."""

    reactivation_cents: int
    """Of those that came back."""

    mrr_cents: int
    """Monthly recurring revenue at its end: the start and the five movements."""

    subscribers: int
    """Who paid then."""

    paid_cents: int
    """What was paid."""

    failed_payments: int
    """How many failed."""

    failed_cents: int
    """Over what was still to be paid."""

    refunded_cents: int
    """What was given back."""

    refund_failed_cents: int
    """What came back of that."""

    disputes: int
    """How many began."""

    disputed_cents: int
    """What they held."""

    dispute_won_cents: int
    """What came back."""

    dispute_lost_cents: int
    """What did not."""

    net_cents: int
    """Paid, less refunded and disputed, with what came back."""


class MonthOfUsage(Model):
    """Usage of a month."""

    period: str
    """The UTC month."""

    conversations: int
    """Conversations."""

    messages: int
    """Messages."""

    daily: list[Day]
    """Every day of the month, in order."""


class MonthlyCounts(Model):
    """Usage of a month."""

    month: str
    """The UTC month."""

    message: int
    """Messages."""

    conversation: int
    """Conversations."""


class MonthlyCredits(Model):
    """Credits that a plan grants."""

    amount: int
    """As each month starts."""

    rollover_months: int | None = None
    """How many months longer what is left may be used."""


class MonthlyLimits(Model):
    """Of the built-in meters; null is unlimited."""

    conversations: int | None = None
    """Conversations."""

    messages: int | None = None
    """Messages."""


class MovedMoney(Model):
    """A payment, a failed one, a refund or a dispute."""

    event: str
    """The event that tells it."""

    workspace_id: str
    """The workspace."""

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
    """What it is."""

    currency: str
    """ISO 4217."""

    amount_cents: int
    """Minor units."""

    gateway: str
    """The name of a payment gateway."""

    invoice_ref: str
    """The invoice's id at its gateway."""

    at: AwareDatetime
    """At the gateway's own time."""

    month: str
    """A UTC month."""


class NarratedEvent(Model):
    """An event, in words too."""

    id: str
    """The event's id, published too."""

    service: str
    """Whose log it stands in."""

    sequence: int
    """Its position there."""

    stream: str
    """The aggregate's id."""

    version: int
    """Its place in the stream."""

    type: str
    """What happened."""

    workspace: str
    """Whose it is; empty for a catalogue's."""

    key: str
    """What it is ordered by: the workspace, or the slug."""

    actor: str
    """Who did it."""

    correlation_id: str
    """What began it all."""

    causation_id: str
    """What led to it at once."""

    occurred_at: AwareDatetime
    """When it happened."""

    recorded_at: AwareDatetime
    """When it was recorded."""

    data: dict[str, Any]
    """The published event."""

    digest: str
    """The SHA-256 of the stored event."""

    hash: str
    """The chain up to and with it."""

    told: str
    """In a sentence."""


class NearLimit(Model):
    """A part of the quota in force that was reached."""

    meter: str
    """Of what."""

    percent: int
    """How much of the quota."""

    used: int
    """What was counted then."""

    quota: int
    """The limit at that moment."""

    reached_at: AwareDatetime
    """When."""


class Offered(Model):
    """How far a gateway can do something beside plans."""

    support: Literal["native", "emulated", "per_subscription", "impossible"] | str
    """`native`: the gateway does it; `emulated`: we do, and the bill stays true; `per_subscription`: how it is paid decides; `impossible`: refused."""

    reason: str
    """Where it is not simply so, and what to do instead."""

    methods: list[str]
    """The ways of paying that allow it; none named: each does."""

    at: Literal["now", "period_end"] | str
    """When it takes effect."""


class OfferedCredits(Model):
    """Credits that each paid purchase grants."""

    meter: str
    """The meter."""

    amount: int
    """Units."""

    expires_in_days: int | None = None
    """Null is never."""


class OpenCheckout(Model):
    """The checkout that can still be paid."""

    checkout_id: str
    """The checkout, in events too."""

    url: str
    """Where the customer pays."""

    gateway: str
    """The name of a payment gateway."""

    plan: str
    """The slug of a plan."""

    expires_at: AwareDatetime | None = None
    """When the gateway closes it."""


class OpenInvoice(Model):
    """What waits to be paid."""

    invoice_ref: str
    """The invoice's id at its gateway."""

    amount_cents: int
    """Minor units."""

    currency: str
    """ISO 4217."""

    due_at: AwareDatetime | None = None
    """By when."""

    url: str | None = None
    """The gateway's page."""


class Order(Model):
    """A purchase, as the platform sees it."""

    purchase_id: str
    """The purchase, in events too."""

    workspace_id: str
    """The workspace."""

    addon: str
    """The slug of an add-on."""

    addon_name: str
    """What people read."""

    price_cents: int
    """Its price, in minor units."""

    currency: str
    """ISO 4217, of the price."""

    status: (
        Literal["pending", "paid", "delivered", "failed", "cancelled", "refunded", "disputed"] | str
    )
    """How it stands."""

    color: str
    """Of the status, for a dashboard."""

    gateway: str
    """The name of a payment gateway."""

    charge_ref: str | None = None
    """The payment's id at the gateway."""

    decline_code: str | None = None
    """The gateway's word for a refusal."""

    refunded_cents: int
    """What has come back, in minor units."""

    refunding_cents: int
    """What is on its way back."""

    captured: bool
    """Whether the gateway took the money, whatever the status."""

    owed_cents: int
    """Money of a closed order that no refund gives back yet, because the gateway refused it or could not deliver it; refund it again."""

    dispute: Dispute | None = None
    """The last one."""

    buyer: str
    """Who ordered: the `sub` of the token."""

    buyer_email: str | None = None
    """Null when it was erased."""

    buyer_name: str | None = None
    """Null when it was erased."""

    started_at: AwareDatetime
    """When it was ordered."""

    paid_at: AwareDatetime | None = None
    """When it was paid."""

    delivered_at: AwareDatetime | None = None
    """When it was delivered."""

    closed_at: AwareDatetime | None = None
    """When it was cancelled, refunded or failed."""

    paged_at: AwareDatetime | None = None
    """When the delivery team was told."""


class Override(Model):
    """What holds for this workspace instead of its plan."""

    kind: Literal["feature", "limit", "quota"] | str
    """Of what."""

    name: str
    """The meter, limit or feature."""

    value: bool | int | str | None = None
    """What holds."""

    plan: bool | int | str | None = None
    """The plan's; null is none."""

    until: str | None = None
    """When it ends."""


class Overrides(Model):
    """What holds instead of the plan's."""

    workspace_id: str
    """The workspace."""

    quotas: dict[str, MeterQuota]
    """By meter."""

    limits: dict[str, int | None]
    """Caps by name; null is none."""

    features: dict[str, bool | int | str | None]
    """Flags by name."""

    until: AwareDatetime | None = None
    """When all of them end; null is never."""


class PartOfMeter(Model):
    """Usage of a meter under a value of one of its dimensions."""

    dimension: str
    """The dimension."""

    name: str
    """Its value."""

    value: int
    """In the meter's smallest unit."""

    is_rest: bool
    """Whether it is `other`: what came behind 1,000 different values of a day."""


class Pause(Model):
    """Why nothing is charged at the moment."""

    kind: Literal["collection", "subscription"] | str
    """`collection`: it goes on and nothing is collected; `subscription`: it rests."""

    resumes_at: AwareDatetime | None = None
    """Null is not planned."""


class PendingCheckout(Model):
    """The checkout that can still be paid."""

    checkout_id: str
    """The checkout, in events too."""

    gateway: str
    """The name of a payment gateway."""

    plan: str
    """The slug of a plan."""

    url: str | None = None
    """Null until the gateway has answered."""

    expires_at: AwareDatetime | None = None
    """When the gateway closes it."""

    started_at: AwareDatetime
    """When it began."""


class PerUnit(Model):
    """The price is that of one unit."""

    unit: str
    """What is counted."""

    min: int
    """The least that are sold."""

    max: int | None = None
    """The most; null is no limit."""

    scales: list[str]
    """Limits and quotas of one unit."""


class PlanMigration(Model):
    """A migration of a plan's subscribers."""

    id: str
    """Names it."""

    plan: str
    """Whose subscribers are moved."""

    to: str
    """The plan to move to; the same for the price it has now."""

    notice_days: int
    """How many days before it is charged otherwise each is told, at least."""

    starts_at: AwareDatetime
    """Nobody is moved before."""

    started_at: AwareDatetime
    """When it began."""

    state: Literal["running", "stopping", "stopped", "finished"] | str
    """`stopping`: something planned is still to be undone."""

    counts: dict[str, int]
    """Workspaces by how far they are."""


class PlanMigrationForecast(Model):
    """A migration as it would be, or as it began."""

    id: str | None = None
    """Null of a dry run."""

    dry_run: bool
    """Whether nothing was done."""

    plan: str
    """Whose subscribers are moved."""

    to: str
    """The plan to move to; the same for the price it has now."""

    notice_days: int
    """How many days before it is charged otherwise each is told, at least."""

    starts_at: AwareDatetime
    """Nobody is moved before."""

    counts: dict[str, int]
    """Workspaces by how."""

    data: list[ForeseenMove]
    """The first 500; who is refused first."""


class PlanMigrationList(Model):
    """The latest first."""

    data: list[PlanMigration]
    """All of the plan."""


class PlanMigrationWorkspaces(Model):
    """A page of them, by name."""

    data: list[MigratingWorkspace]
    """In the order of their names."""

    next: str | None = None
    """The cursor of the next page."""


class Portal(Model):
    """The gateway's own page for its customer."""

    url: str
    """Where the customer goes."""


class PricedPlan(Model):
    """A plan with its price."""

    slug: str
    """The slug of a plan."""

    name: str
    """What people read."""

    family: str | None = None
    """What its variants have in common."""

    price_cents: int | None = None
    """Minor units, charged once per interval; null where it has to be asked for."""

    currency: str
    """ISO 4217."""

    interval: Literal["month", "year"] | str
    """How often the price is charged."""

    monthly_conversations: int
    """A UTC month; 0 is unlimited."""

    monthly_messages: int | None = None
    """A UTC month; null is no cap."""

    max_tokens_per_response: int | None = None
    """Null is the default, 800."""

    features: dict[str, bool | int | str | None]
    """Flags by name."""

    limits: dict[str, int | None]
    """Caps by name; null is unlimited."""

    contact_us: bool
    """Shown without a price, and not for sale at a checkout."""

    while_paused: Literal["default_plan", "own_plan", "nothing"] | str
    """What who pauses it lives on meanwhile."""

    is_default: bool
    """Whether it is what comes without a subscription."""

    per_unit: PerUnit | None = None
    """Null where one is sold."""

    trial_days: int | None = None
    """Free before the first charge."""

    trial_requires_card: bool
    """Whether a trial needs a card."""

    prices: dict[str, int]
    """What it costs in further currencies, minor units."""


class Proration(Model):
    """What the next invoice would add, or, negative, what another checkout would give back."""

    amount_cents: int
    """Minor units."""

    currency: str
    """ISO 4217."""


class Purchase(Model):
    """
    How a purchase stands. Personal data of the buyer is left out: read models show it to whom
    it concerns.
    """

    purchase_id: str
    """The purchase, in events too."""

    workspace_id: str
    """Who bought."""

    addon: str
    """The slug of the add-on."""

    addon_name: str
    """Its name at that moment."""

    price_cents: int
    """Its price at that moment, in minor units."""

    currency: str
    """ISO 4217, of the price."""

    status: (
        Literal["pending", "paid", "delivered", "failed", "cancelled", "refunded", "disputed"] | str
    )
    """How it stands."""

    blocks: bool
    """Whether the add-on can't be bought again meanwhile."""

    gateway: str
    """Who takes the money."""

    charge_ref: str | None = None
    """The payment's id there."""

    confirmation_url: str | None = None
    """Where the buyer pays, or confirms, while it is pending."""

    decline_code: str | None = None
    """The gateway's word for a refusal."""

    refunded_cents: int
    """What has come back, in minor units."""

    refunding_cents: int
    """What is on its way back."""

    started_at: AwareDatetime
    """When it was ordered."""

    grants: list[CreditsOfAddon]
    """Credits that it grants once it is paid."""


class Quota(Model):
    """A limit, and what was used of it."""

    limit: int | None = None
    """Null is none."""

    used: int
    """What was counted."""

    held: int
    """What was held."""

    remaining: int | None = None
    """What was left."""


class Ready(Model):
    """What it waits for, and what is wrong."""

    ready: bool
    """Whether it can serve."""

    lag: dict[str, int]
    """Events behind, by consumer."""

    parked: dict[str, int]
    """Events set aside, by consumer."""

    problems: dict[str, str]
    """What is wrong, by name."""

    degraded: dict[str, str]
    """What is wrong, and no request needs, by name."""


class Receipt(Model):
    """It is stored; what it leads to is done later."""

    status: Literal["accepted", "duplicate"] | str
    """`duplicate`: it had been stored before."""


class RefundedInvoice(Model):
    """An invoice after a refund, in minor units."""

    gateway: str
    """The name of a payment gateway."""

    invoice_ref: str
    """The invoice's id at its gateway."""

    currency: str
    """ISO 4217."""

    paid_cents: int
    """What was collected."""

    refunded_cents: int
    """What of that was given back."""

    refundable_cents: int
    """What is left of the payment."""


class RefusedAddress(Model):
    """Nothing more is sent there."""

    address: str
    """An address of the workspace."""

    reason: str
    """What its mail server answered."""

    refused_at: AwareDatetime
    """When it did."""


class Released(Model):
    """How the conversation and the quota stand now; only a hold can be released."""

    id: str
    """The caller's own id."""

    status: Literal["expired", "metered", "playground", "released"] | str
    """`metered`: it was counted, and stays so."""

    used: int
    """Counted this month."""

    limit: int | None = None
    """A month; null is unlimited."""

    remaining: int | None = None
    """What is left, holds taken off; null is unlimited."""


class ReleasedReservation(Model):
    """How the reservation stands now."""

    id: str
    """The caller's own id."""

    meter: str
    """The meter."""

    status: Literal["counted", "expired", "released", "reserved"] | str
    """`counted`: it was settled, and stays so."""

    released: int
    """What came back."""

    used: int
    """Counted in that month."""

    limit: int | None = None
    """A month by the plan; null is unlimited."""

    remaining: int | None = None
    """Of quota and credits what is left of that month; null is unlimited."""


class RemainingUnits(Model):
    """What is left of this month; null is unlimited."""

    conversations: int | None = None
    """Conversations."""

    messages: int | None = None
    """Messages."""


class Replay(Model):
    """A read model, against a replay."""

    model: str
    """Which."""

    events: int
    """How many were replayed."""

    rows: int
    """How many were compared."""

    equal: bool
    """Whether all are alike."""

    parked: int
    """Events that were set aside and are not in the rows: then it is not equal."""

    drift: list[Drift]
    """What differs."""


class Reseal(Model):
    """History up to `sequence` counts as it was at this time, whatever had been signed before."""

    service: str
    """Whose log."""

    sequence: int
    """Up to here."""

    at: AwareDatetime
    """When."""

    reason: str
    """Why."""


class Retry(Model):
    """It will be read in a moment."""

    status: Literal["received"] | None = None
    """Always this."""


class RevenuePage(Model):
    """Revenue by month."""

    data: list[MonthOfRevenue]
    """The present month first, by currency within one."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class RevokedGrants(Model):
    """What was taken back."""

    data: list[ChangedGrant]
    """One for each meter."""


class Session(Model):
    """A session of the pages. `workspace` is empty for people of the platform."""

    token: str
    """The person's bearer token."""

    user: str
    """Who it is."""

    workspace: str
    """Their workspace."""

    role: Literal["owner", "admin", "editor", "viewer", "super_admin", "support", "auditor"] | str
    """Their role, there or on the platform."""

    return_url: str
    """Where they came from; may be empty."""

    page: str
    """Where to go first; may be empty."""

    expires_at: AwareDatetime
    """Until when the token is good."""


class SettingEvent(Model):
    """An event of another service that metering has applied."""

    event: str
    """Its service and position."""

    type: str
    """Its type."""

    at: str
    """When it happened."""


class Settings(Model):
    """What a workspace has decided about its billing."""

    plan_change: Literal["prorate", "next_cycle", "auto"] | str
    """How a change of plan takes effect where the gateway leaves the choice: at once and prorated, at the next billing boundary, or `auto`: what costs less a month at the boundary, all else at once."""

    billing_email: str | None = None
    """Where invoices go instead of to the buyer."""


class ShownAddress(Model):
    """A postal address."""

    country: str
    """ISO 3166, two letters."""

    line1: str
    """Street and number."""

    line2: str
    """What comes before or after it."""

    city: str
    """Its town."""

    postal_code: str
    """Its postal code."""

    state: str
    """Its state or province."""


class ShownMovement(Model):
    """A change of the recurring revenue."""

    event: str
    """The event that made it."""

    follows: str | None = None
    """The event that had made what was before."""

    workspace_id: str
    """The workspace."""

    kind: Literal["new", "expansion", "contraction", "churn", "reactivation"] | str
    """What it is."""

    currency: str
    """ISO 4217."""

    before_cents: int
    """A month, before."""

    after_cents: int
    """A month, after."""

    change_cents: int
    """Counts in `month`."""

    plan: str
    """The slug of a plan."""

    gateway: str | None = None
    """The name of a payment gateway."""

    at: AwareDatetime
    """When."""

    month: str
    """A UTC month."""


class ShownTaxId(Model):
    """A number under which taxes are paid."""

    type: str
    """Whose number it is."""

    value: str
    """It, without spaces and points."""


class ShownWebhook(Model):
    """A notification of a gateway."""

    gateway: str
    """The name of a payment gateway."""

    webhook_id: str
    """The gateway's id of it."""

    webhook_type: str
    """The gateway's word for what happened."""

    workspace_id: str
    """Empty where the gateway names none."""

    state: Literal["received", "retry", "parked", "processed"] | str
    """`received` was read without trouble, or is being read; `retry` could not be read and will be again; `parked` was given up until somebody has it retried; `processed` was read after that."""

    reason: str | None = None
    """Of the last failure."""

    attempts: int | None = None
    """When it last failed."""

    subscription_ref: str
    """Empty where it names none."""

    checkout_ref: str
    """Empty where it names none."""

    charge_ref: str
    """Empty where it names none."""

    customer_ref: str
    """Empty where it names none."""

    occurred_at: AwareDatetime
    """The gateway's time."""

    received_at: AwareDatetime
    """When it came."""

    changed_at: AwareDatetime
    """When its state last changed."""

    changed_by: str
    """Who changed it."""

    event: str
    """The last event that it shows."""


class SignedHead(Model):
    """What a service's history was at a time, as docs/audit/format.md describes."""

    format: Literal["billing-audit-head/1", "billing-audit-head/2", "billing-audit-head/3"] | str
    """Of this head."""

    service: Literal["billing", "metering", "addons"] | str
    """Whose history."""

    events: int
    """How many there were."""

    sequence: int
    """The last one's position."""

    chain: str
    """The chain up to and with it."""

    root: str | None = None
    """Of the Merkle tree over these events; in the second format."""

    workspaces: str | None = None
    """Of the map of what there is of each workspace; in the third format."""

    at: AwareDatetime
    """When it was signed."""

    key_id: str
    """The key it is signed with."""

    signature: str
    """Ed25519, hex."""

    reason: str | None = None
    """Of a reseal; else empty."""


class Source(Model):
    """Where units come from."""

    source: str
    """`quota`, `overdrawn`, or the id of a grant."""

    amount: int
    """Units."""


class SourceOfUnits(Model):
    """Where units came from."""

    source: str
    """`quota`, `overdrawn`, or the id of a grant."""

    amount: int
    """Units."""


class StageOfCohort(Model):
    """A cohort at the end of a month; at this moment in the present one."""

    month: str
    """A UTC month."""

    age: int
    """Months since it began."""

    subscribers: int
    """Who of them paid then."""

    mrr_cents: int
    """What they paid a month, in minor units."""


class Started(Model):
    """The conversation may go on; the quota of this month stands so."""

    id: str
    """The caller's own id."""

    status: Literal["duplicate", "ignored", "started"] | str
    """`duplicate`: started before; `ignored`: a playground."""

    hold_expires_at: AwareDatetime | None = None
    """Null where nothing is held."""

    used: int
    """Counted this month."""

    limit: int | None = None
    """A month; null is unlimited."""

    remaining: int | None = None
    """What is left, holds taken off; null is unlimited."""


class Step(Model):
    """What happened to a purchase."""

    step: str
    """What happened."""

    at: AwareDatetime
    """When."""

    amount_cents: int | None = None
    """Of a refund or dispute."""

    refund_ref: str | None = None
    """The refund's id at the gateway."""

    reason: str | None = None
    """Why."""

    status: Literal["open", "won", "lost"] | str | None = None
    """Of a dispute."""


class StreamEvent(Model):
    """An event, with the aggregate before and after it."""

    id: str
    """The event's id, published too."""

    service: str
    """Whose log it stands in."""

    sequence: int
    """Its position there."""

    stream: str
    """The aggregate's id."""

    version: int
    """Its place in the stream."""

    type: str
    """What happened."""

    workspace: str
    """Whose it is; empty for a catalogue's."""

    key: str
    """What it is ordered by: the workspace, or the slug."""

    actor: str
    """Who did it."""

    correlation_id: str
    """What began it all."""

    causation_id: str
    """What led to it at once."""

    occurred_at: AwareDatetime
    """When it happened."""

    recorded_at: AwareDatetime
    """When it was recorded."""

    data: dict[str, Any]
    """The published event."""

    digest: str
    """The SHA-256 of the stored event."""

    hash: str
    """The chain up to and with it."""

    before: dict[str, Any] | None = None
    """The aggregate before; null where the event is no aggregate's."""

    after: dict[str, Any] | None = None
    """And after."""


class Subscription(Model):
    """
    How a workspace stands. All but `plan` is the subscription's, null for a workspace that
    never had one.
    """

    workspace_id: str
    """The workspace."""

    plan: str | None = None
    """What the workspace lives on now; null only before the catalogue is seeded."""

    plan_name: str | None = None
    """What people read."""

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
        | None
    ) = None
    """Access is kept in `trialing`, `active`, `grace` and `past_due`."""

    has_access: bool
    """Whether the subscription's plan is the one lived on."""

    gateway: str | None = None
    """The name of a payment gateway."""

    subscribed_plan: str | None = None
    """The subscription's plan."""

    subscription_ref: str | None = None
    """The subscription's id at its gateway."""

    customer_ref: str | None = None
    """The payer's id at the gateway."""

    checkout_id: str | None = None
    """The checkout, in events too."""

    price_cents: int | None = None
    """The same as `amount_cents`."""

    currency: str | None = None
    """ISO 4217."""

    interval: Literal["month", "year"] | str | None = None
    """How often the price is charged."""

    current_price_cents: int | None = None
    """What a new subscriber would pay for one unit."""

    current_currency: str | None = None
    """Of that price."""

    current_interval: str | None = None
    """Of that price."""

    grandfathered: bool
    """Whether a unit was bought for another price than that."""

    started_at: AwareDatetime | None = None
    """When it began."""

    period_start: AwareDatetime | None = None
    """What is paid for begins."""

    period_end: AwareDatetime | None = None
    """What is paid for ends."""

    cancel_at: AwareDatetime | None = None
    """When a scheduled cancellation takes effect."""

    ended_at: AwareDatetime | None = None
    """Null while it runs."""

    next_plan: str | None = None
    """What the next period begins with."""

    amount_cents: int | None = None
    """What is really charged every `interval_count` intervals."""

    unit_price_cents: int | None = None
    """What a unit was bought for."""

    quantity: int | None = None
    """Units."""

    interval_count: int | None = None
    """Intervals of a period."""

    discount: Discount | None = None
    """The first of `discounts`."""

    discounts: list[Discount] | None = None
    """Those that the price has."""

    trial_ends_at: AwareDatetime | None = None
    """Null without a trial."""

    paused: Pause | None = None
    """Null while it is charged."""

    open_invoice: OpenInvoice | None = None
    """Null where nothing is owed."""

    updated_at: AwareDatetime | None = None
    """When it last changed."""

    checkout: PendingCheckout | None = None
    """Null where none is open."""


class SubscriptionPage(Model):
    """The workspaces that ever had a subscription."""

    data: list[ListedSubscription]
    """By workspace."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class Sync(Model):
    """How a plan stands at one gateway."""

    state: Literal["synced", "pending", "failed", "local_only"] | str
    """`failed` is tried again with `syncPlan`."""

    reason: str | None = None
    """Of a failure."""


class SyncAnswer(Model):
    """How a plan stands at every gateway."""

    sync: dict[str, Sync]
    """By gateway."""


class SyncState(Model):
    """How a plan stands at a gateway."""

    state: Literal["synced", "pending", "failed", "local_only"] | str
    """How it stands."""

    reason: str | None = None
    """Of a failure."""

    price_ref: str | None = None
    """The price's id at the gateway."""


class Table(Model):
    """A table beside a service's events, whose rows are not those that the log makes."""

    table: str
    """Which."""

    missing: int
    """Rows that a replay makes and that are not here."""

    surplus: int
    """Rows that are here and that no replay makes."""

    name: str
    """What `billing rebuild` puts it right with."""

    missing_rows: list[str]
    """The first of them, key and facts."""

    surplus_rows: list[str]
    """The first of them, key and facts."""


class TextsOfEvent(Model):
    """Texts that an event holds sealed, readable."""

    event: str
    """Which."""

    type: str
    """Of it."""

    occurred_at: AwareDatetime
    """When."""

    texts: dict[str, str | None]
    """By field; what was erased reads `[erased]`."""


class Threshold(Model):
    """A part of a quota that was reached."""

    metric: str
    """`message`, `conversation`, or a declared meter."""

    percent: int
    """How much of the quota."""

    used: int
    """What was counted then."""

    quota: int
    """The limit at that moment."""

    reached_at: AwareDatetime
    """When."""


class TimelineEntry(Model):
    """What happened to a workspace."""

    at: AwareDatetime
    """When it happened."""

    recorded_at: AwareDatetime
    """When we knew; of a run of usage, its end."""

    told: str
    """In a sentence."""

    type: str
    """What happened."""

    event: str | None = None
    """Its service and position; null for a run."""

    events: int
    """How many; a run of usage has many."""

    actor: str | None = None
    """Null for a run."""

    correlation_id: str | None = None
    """What began it all."""

    cause: str | None = None
    """What led to it."""


class TopUp(Model):
    """A rule by which credits are bought."""

    meter: str
    """Of which meter."""

    status: Literal["active", "stopped", "removed"] | str
    """`stopped`: until it is set again."""

    stopped_because: Literal["card_declined", "no_saved_method", "offer_changed"] | str | None = (
        None
    )
    """Null while it is not."""

    addon: str | None = None
    """What is bought; null once it is removed."""

    below: int | None = None
    """When fewer are left."""

    most_a_day: int | None = None
    """Purchases in a UTC day, at most."""

    most_a_month: int | None = None
    """And in a month."""

    price_cents: int | None = None
    """What each was agreed to cost."""

    currency: str | None = None
    """ISO 4217, of the price."""

    last_purchase_id: str | None = None
    """What was bought last, by any rule of the meter."""


class TopUps(Model):
    """All rules of a workspace."""

    data: list[TopUp]
    """By meter."""


class Total(Model):
    """Of all that is paid or delivered, whatever was searched for."""

    currency: str
    """ISO 4217, of the price."""

    paid_this_month_cents: int
    """Of this UTC month."""

    paid_all_time_cents: int
    """Since the beginning."""

    partly_refunded_cents: int
    """What went back of it."""

    orders: int
    """How many."""


class UncountedUnits(Model):
    """Of the limits; null is unlimited."""

    conversations: int | None = None
    """Conversations."""

    messages: int | None = None
    """Messages."""


class UnitFigures(Model):
    """Of this month."""

    conversations: int
    """Conversations."""

    messages: int
    """Messages."""


class Units(Model):
    """The price is that of one unit."""

    unit: str
    """What is counted."""

    min: int | None = None
    """The least that are sold."""

    max: int | None = None
    """The most; null is no limit."""

    scales: list[str] | None = None
    """The limits and quotas that are those of one unit."""


class Usage(Model):
    """What is known of one id."""

    id: str
    """The caller's own id."""

    meter: str
    """The meter."""

    status: Literal["reserved", "counted", "released", "expired"] | str
    """How it stands."""

    value: int
    """What counts."""

    reserved: int
    """What is, or was, held."""

    overdrawn: int
    """Of the value, what there was not."""

    month: str
    """The UTC month it counts in."""

    occurred_at: AwareDatetime | None = None
    """Null where nothing was counted."""

    dimensions: dict[str, str]
    """By name."""

    sources: list[SourceOfUnits]
    """In the order in which they were taken."""

    corrections: dict[str, int]
    """The value that each correction set."""


class UsageAllowance(Model):
    """There is room for it."""

    allowed: bool
    """Always true: a refusal is a 429."""

    meter: str
    """The meter."""

    amount: int
    """What was asked for."""

    used: int
    """Counted this month."""

    reserved: int
    """Held this month."""

    limit: int | None = None
    """A month by the plan; null is unlimited."""

    credits: int
    """Free credits."""

    remaining: int | None = None
    """What is left; null is unlimited."""

    over: bool
    """Whether it would exceed a soft quota."""

    resets_at: AwareDatetime
    """When the next month starts."""


class UsageCounted(Model):
    """The usage is stored."""

    id: str
    """The caller's own id."""

    meter: str
    """The meter."""

    status: Literal["duplicate", "inserted"] | str
    """`duplicate`: counted before."""

    value: int
    """What counts."""

    month: str
    """The UTC month it counts in."""

    over: bool
    """Whether it lies beyond a soft quota."""

    overdrawn: int
    """Of them, units that there were not."""

    used: int
    """Counted in that month."""

    limit: int | None = None
    """A month by the plan; null is unlimited."""

    remaining: int | None = None
    """Of quota and credits what is left of that month; null is unlimited."""


class UsageOfDay(Model):
    """How much was counted on a day."""

    day: str
    """A UTC day."""

    count: int
    """Units."""


class UsageOfMeter(Model):
    """Usage of a declared meter."""

    meter: str
    """The meter."""

    value: int
    """In its smallest unit."""

    limit: int | None = None
    """The quota in force, or at the end of a past month; null is unlimited."""

    mode: Literal["hard", "soft"] | str
    """A soft one refuses nothing."""

    remaining: int | None = None
    """Of the quota neither used nor held; credits come on top of it."""

    daily: list[DayOfMeter]
    """Days with usage, in order."""

    dimensions: list[PartOfMeter]
    """The largest first."""


class UsageOfWorkspace(Model):
    """Usage of a workspace in a month."""

    period: str
    """The UTC month."""

    conversations: int
    """Conversations."""

    messages: int
    """Messages."""

    daily: list[Day]
    """Every day of the month, in order."""

    workspace_id: str
    """The workspace."""

    limits: MonthlyLimits
    """The quotas in force, or at the end of a past month."""

    remaining: UncountedUnits
    """What is not counted yet; running starts, which take of it too, are not known here."""

    agents: list[Agent]
    """Those with usage."""

    thresholds: list[Threshold]
    """Those that were reached."""

    meters: list[UsageOfMeter]
    """Declared ones with usage or a quota, by slug."""

    previous: MonthOfUsage
    """The month before."""


class UsageResults(Model):
    """What became of each event."""

    results: list[EventResult]
    """In the order given."""


class WebhookDelivery(Model):
    """An event on its way to an endpoint: its last attempt, and the next one."""

    event_id: str
    """The event, and the `webhook-id`."""

    event_type: str
    """Its type."""

    workspace_id: str
    """Whose it is; empty of a catalogue."""

    state: Literal["waiting", "delivered", "failed"] | str
    """`failed`: given up after 3 days."""

    attempts: int
    """How often it was tried."""

    response_code: int | None = None
    """What was answered, if anything."""

    latency_ms: int | None = None
    """How long the last attempt took."""

    error: str
    """Why the last attempt failed."""

    first_at: AwareDatetime | None = None
    """The first attempt."""

    last_at: AwareDatetime | None = None
    """The last attempt."""

    retry_at: AwareDatetime | None = None
    """When it is tried next."""


class WebhookEndpoint(Model):
    """A webhook endpoint and how it fares."""

    id: str
    """Names it."""

    url: str
    """Where events go."""

    description: str
    """For people."""

    event_types: list[str]
    """Which events."""

    state: Literal["enabled", "disabled"] | str
    """Whether it gets events."""

    disabled_reason: str | None = None
    """`by hand`, `gone` (it answered 410) or `failing` (for 3 days)."""

    failing_since: AwareDatetime | None = None
    """Nothing but failures since then; null: it takes events."""

    retry_at: AwareDatetime | None = None
    """When it is tried next, while it takes nothing."""

    created_at: AwareDatetime
    """When it was added."""

    changed_at: AwareDatetime
    """When it was last changed."""


class WebhookEndpointWithSecret(Model):
    """The secret is shown here and never again."""

    id: str
    """Names it."""

    url: str
    """Where events go."""

    description: str
    """For people."""

    event_types: list[str]
    """Which events."""

    state: Literal["enabled", "disabled"] | str
    """Whether it gets events."""

    disabled_reason: str | None = None
    """`by hand`, `gone` (it answered 410) or `failing` (for 3 days)."""

    failing_since: AwareDatetime | None = None
    """Nothing but failures since then; null: it takes events."""

    retry_at: AwareDatetime | None = None
    """When it is tried next, while it takes nothing."""

    created_at: AwareDatetime
    """When it was added."""

    changed_at: AwareDatetime
    """When it was last changed."""

    secret: str | None = None
    """What signatures are checked with; null where it did not change."""


class WebhookEndpoints(Model):
    """All webhook endpoints."""

    data: list[WebhookEndpoint]
    """Oldest first."""

    next: None = Field(None)
    """There is no further page."""


class WebhookOfWorkspace(Model):
    """What a gateway has posted of a workspace."""

    gateway: str
    """Which."""

    id: str
    """The webhook's id there."""

    received_at: AwareDatetime
    """When."""

    body: str
    """As it came; `[erased]` after an erasure."""


class WebhookReplay(Model):
    """What will be sent again before anything newer."""

    id: str
    """Names it."""

    workspace_id: str | None = None
    """Whose events; null: all."""

    until: dict[str, int]
    """The last event of each service."""


class WebhookTest(Model):
    """One attempt with an event of type `webhook.test`."""

    delivered: bool
    """Whether it was answered with 2xx."""

    response_code: int | None = None
    """What was answered, if anything."""

    latency_ms: int
    """How long it took."""

    error: str
    """Why it was no delivery."""


class WebhookTotal(Model):
    """How many notifications of a gateway wait."""

    gateway: str
    """The name of a payment gateway."""

    state: Literal["retry", "parked"] | str
    """Not dealt with."""

    webhooks: int
    """How many."""


class WorkspaceUsage(Model):
    """What a workspace used in the month."""

    workspace_id: str
    """The workspace."""

    is_known: bool
    """Whether billing ever heard of it."""

    conversations: int
    """Conversations."""

    messages: int
    """Messages."""

    meters: dict[str, int]
    """Of declared meters."""

    near: list[NearLimit]
    """The last threshold of each quota."""


class AccountSubscription(Model):
    """One subscription, as billing knows it."""

    plan: str
    """The slug of a plan."""

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
    """Access is kept in `trialing`, `active`, `grace` and `past_due`."""

    gateway: str | None = None
    """Null for an assigned plan."""

    subscription_ref: str | None = None
    """The subscription's id at its gateway."""

    customer_ref: str | None = None
    """The payer's id at the gateway."""

    checkout_id: str | None = None
    """The checkout, in events too."""

    price_cents: int
    """The same as `amount_cents`."""

    currency: str
    """ISO 4217."""

    interval: Literal["month", "year"] | str
    """How often the price is charged."""

    started_at: AwareDatetime
    """When it began."""

    period_start: AwareDatetime | None = None
    """The period that is paid for."""

    period_end: AwareDatetime | None = None
    """Its end."""

    cancel_at: AwareDatetime | None = None
    """When a scheduled cancellation takes effect."""

    ended_at: AwareDatetime | None = None
    """Null while it runs."""

    next_plan: str | None = None
    """What the next period begins with."""

    amount_cents: int
    """What is really charged every `interval_count` intervals."""

    unit_price_cents: int
    """What a unit was bought for."""

    quantity: int
    """Units."""

    interval_count: int
    """Intervals of a period."""

    discount: Discount | None = None
    """The first of `discounts`."""

    discounts: list[Discount]
    """Those that the price has."""

    trial_ends_at: AwareDatetime | None = None
    """Null without a trial."""

    paused: Pause | None = None
    """Null while it is charged."""

    open_invoice: OpenInvoice | None = None
    """Null where nothing is owed."""


class Addon(Model):
    """An add-on of the catalogue."""

    slug: str
    """Names it; it never changes."""

    name: str
    """What people read."""

    price_cents: int
    """In minor units."""

    currency: str
    """ISO 4217, of the price."""

    description: str
    """A paragraph or two."""

    features: list[str]
    """Bullets, in order."""

    sort_order: int
    """The lowest is shown first."""

    is_active: bool
    """Whether it can be bought."""

    kind: Literal["service", "credits"] | str
    """`credits` can be bought again and again."""

    grants: list[CreditsOfAddon]
    """Of credits: what a purchase grants."""


class AddonCatalogue(Model):
    """A page of the catalogue, by slug."""

    data: list[Addon]
    """Active or not."""

    next: str | None = None
    """The cursor of the next page."""


class BillingProfile(Model):
    """Who pays, as invoices name them."""

    name: str
    """Of the company or person."""

    address: ShownAddress | None = None
    """Where they are."""

    tax_ids: list[ShownTaxId]
    """Shown on invoices."""

    email: str | None = None
    """Where the gateway writes to."""


class Capabilities(Model):
    """What a payment gateway can do."""

    cancels: Literal["period_end", "immediately"] | str
    """When a cancellation takes effect."""

    resume: bool
    """Whether a scheduled cancellation can be taken back."""

    emulates_end: bool
    """Whether we end it with its period, and let it rest until then."""

    swap_in_place: bool
    """Whether a plan changes without a checkout."""

    saved_method_charge: bool
    """Whether add-ons are bought without one."""

    portal: bool
    """Whether it has a page for its customers."""

    archive_price: bool
    """Whether an old price is closed to new ones."""

    proration_preview: bool
    """Whether a dry run tells the amount."""

    offers: dict[str, Offered]
    """What is sold beside plans."""


class CataloguedPlan(Model):
    """A plan, as the platform sees it."""

    slug: str
    """The slug of a plan."""

    name: str
    """What people read."""

    family: str | None = None
    """What its variants have in common."""

    price_cents: int | None = None
    """Minor units, charged once per interval; null where it has to be asked for."""

    currency: str
    """ISO 4217."""

    interval: Literal["month", "year"] | str
    """How often the price is charged."""

    monthly_conversations: int
    """A UTC month; 0 is unlimited."""

    monthly_messages: int | None = None
    """A UTC month; null is no cap."""

    max_tokens_per_response: int | None = None
    """Null is the default, 800."""

    features: dict[str, bool | int | str | None]
    """Flags by name."""

    limits: dict[str, int | None]
    """Caps by name; null is unlimited."""

    contact_us: bool
    """Shown without a price, and not for sale at a checkout."""

    while_paused: Literal["default_plan", "own_plan", "nothing"] | str
    """What who pauses it lives on meanwhile."""

    is_default: bool
    """Whether it is what comes without a subscription."""

    per_unit: PerUnit | None = None
    """Null where one is sold."""

    trial_days: int | None = None
    """Free before the first charge."""

    trial_requires_card: bool
    """Whether a trial needs a card."""

    prices: dict[str, int]
    """What it costs in further currencies, minor units."""

    is_active: bool
    """Whether it can be chosen."""

    created_at: AwareDatetime
    """When it was created."""

    subscribers: int
    """Who has it now."""

    grandfathered: int
    """Who of them pays an earlier price."""

    sync: dict[str, SyncState]
    """By gateway."""


class Chain(Model):
    """The chain of a service's log."""

    service: str
    """Whose log."""

    since: int
    """What was compared lies behind it."""

    upto: int
    """And up to it."""

    events: int
    """How many were compared."""

    checkpoints: int
    """How many were verified."""

    found: int
    """How many differ."""

    findings: list[Found]
    """The first hundred."""


class Cohort(Model):
    """Workspaces that began to pay in the same month, with the same plan and currency."""

    cohort: str
    """The UTC month in which they began."""

    currency: str
    """ISO 4217."""

    plan: str
    """What they began with."""

    workspaces: int
    """How many."""

    started_cents: int
    """What they paid a month at first."""

    months: list[StageOfCohort]
    """Each month since, up to the present one."""


class CohortPage(Model):
    """Cohorts by month, currency and plan."""

    data: list[Cohort]
    """The youngest first."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class CorrectedUsage(Model):
    """The usage as it counts from now, and the account in its month."""

    used: int
    """Counted."""

    limit: int | None = None
    """By the plan; null is unlimited."""

    remaining: int | None = None
    """Of quota and credits what is left; null is unlimited."""

    id: str
    """The caller's own id."""

    meter: str
    """The meter."""

    status: Literal["reserved", "counted", "released", "expired"] | str
    """How it stands."""

    value: int
    """What counts."""

    reserved: int
    """What is, or was, held."""

    overdrawn: int
    """Of the value, what there was not."""

    month: str
    """The UTC month it counts in."""

    occurred_at: AwareDatetime | None = None
    """Null where nothing was counted."""

    dimensions: dict[str, str]
    """By name."""

    sources: list[SourceOfUnits]
    """In the order in which they were taken."""

    corrections: dict[str, int]
    """The value that each correction set."""


class DecisionExplanation(Model):
    """A refusal, and the usage that filled the quota."""

    figure: dict[str, Any] | None = None
    """What is explained."""

    data: list[NarratedEvent]
    """The events that made it, in the order of recording."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""

    set_by: list[NarratedEvent]
    """The events that set the plan and its limit."""


class DecisiveUsage(Model):
    """The usage that filled the quota."""

    days: list[UsageOfDay]
    """Those with usage, in order."""

    first: CountedEvent | None = None
    """The first that was stored."""

    last: CountedEvent | None = None
    """The last."""


class Entitlements(Model):
    """All that a host needs to know for a turn."""

    workspace_id: str
    """The workspace."""

    plan: str | None = None
    """The slug of the plan it lives on."""

    limits: dict[str, int | None]
    """`conversations` and `messages` a month, and the plan's named limits: null is unlimited, 0 of a named one blocks."""

    used: UnitFigures
    """What was counted."""

    held: UnitFigures
    """Conversations whose first turn is not complete; they take from `remaining`."""

    remaining: RemainingUnits
    """What is left."""

    can_start_conversation: bool
    """What the quota check answers."""

    can_send_message: bool
    """What the message check answers."""

    max_tokens: int
    """Of a response."""

    removes_branding: bool
    """A feature of the plan."""

    features: dict[str, bool | int | str | None]
    """All, by name."""

    meters: dict[str, MeterEntitlement]
    """Declared ones, by slug."""

    overrides: list[Override]
    """Empty where the plan holds."""

    period: str
    """The UTC month."""

    resets_at: AwareDatetime
    """When the next month starts."""


class EntitlementsThen(Model):
    """What a workspace might do at a moment."""

    plan: str | None = None
    """The slug of the plan."""

    limits_set_by: str | None = None
    """The event that set the plan's limits."""

    period: str
    """The UTC month."""

    max_tokens: int
    """Of a response."""

    removes_branding: bool
    """A feature of the plan."""

    limits: dict[str, int | None]
    """Caps by name; null is unlimited."""

    conversations: Quota
    """Of that month."""

    messages: Quota
    """Of that month."""


class ExplainedAccountDecision(Model):
    """The same of a declared meter."""

    id: str
    """The `X-Decision-Id`."""

    key_id: str
    """The key that its check value was made with."""

    workspace_id: str
    """The workspace."""

    meter: str
    """The meter."""

    month: str
    """The UTC month."""

    amount: int
    """What was asked for."""

    allowed: bool
    """Whether there was room."""

    used: int
    """What was counted."""

    reserved: int
    """What was held."""

    limit: int | None = None
    """The quota; null is unlimited."""

    credits: int
    """Free credits."""

    overdrawn: int
    """What had been used beyond everything."""

    remaining: int | None = None
    """What was left."""

    plan: str
    """The slug of the plan."""

    at: str
    """When it was decided."""

    resets_at: AwareDatetime
    """When the next month starts."""

    known: KnownPositions
    """What was known."""

    explanation: str
    """The same in a sentence."""


class ExplainedDecision(Model):
    """What was true at the positions that the decision names."""

    id: str
    """The `X-Decision-Id`."""

    key_id: str
    """The key that its check value was made with."""

    workspace_id: str
    """The workspace."""

    metric: Literal["message", "conversation"] | str
    """What was asked for."""

    month: str
    """The UTC month."""

    allowed: bool
    """Whether there was room."""

    used: int
    """What was counted."""

    held: int
    """What was held by running starts."""

    limit: int | None = None
    """The quota; null is unlimited."""

    plan: str
    """The slug of the plan."""

    resets_at: AwareDatetime
    """When the next month starts."""

    known: KnownPositions
    """What was known."""

    plan_set_by: SettingEvent | None = None
    """What put the workspace on the plan."""

    limit_set_by: SettingEvent | None = None
    """What gave the plan its limit."""

    usage: DecisiveUsage
    """What filled it."""

    explanation: str
    """The same in a sentence."""


class Explanation(Model):
    """A figure, and the events that made it."""

    figure: dict[str, Any] | None = None
    """What is explained."""

    data: list[NarratedEvent]
    """The events that made it, in the order of recording."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class Family(Model):
    """Two variants of one offer."""

    family: str
    """What the variants have in common."""

    currency: str
    """ISO 4217."""

    monthly: PricedPlan | None = None
    """Charged by month."""

    yearly: PricedPlan | None = None
    """Charged by year."""

    yearly_saving_cents: int | None = None
    """Against twelve months."""

    yearly_saving_percent: float | None = None
    """The same in percent."""


class Forecast(Model):
    """What a command would do. Nothing of it was done."""

    dry_run: Literal[True] | None = None
    """Always true."""

    action: str
    """The command."""

    changed: bool
    """Whether anything would come of the command."""

    in_place: bool
    """Whether the running subscription is changed."""

    needs_checkout: bool
    """Whether the customer has to pay anew."""

    effective_at: AwareDatetime | None = None
    """When it takes effect; null is at once."""

    proration: Proration | None = None
    """Null where nobody can tell."""

    amount_cents: int | None = None
    """What an interval costs from then on, quantity and discounts included."""

    currency: str | None = None
    """ISO 4217."""


class GatewaysAnswer(Model):
    """Those whose keys are set, in the order in which they are offered."""

    gateways: dict[str, Capabilities]
    """By name."""


class HeadsAnswer(Model):
    """What history is at this moment, signed."""

    data: list[SignedHead]
    """The longest of each service."""

    public_keys: list[str]
    """Ed25519, hex, newest first: what heads are signed with."""


class Invoice(Model):
    """An invoice, in minor units of its currency."""

    workspace_id: str
    """The workspace."""

    gateway: str
    """The name of a payment gateway."""

    invoice_ref: str
    """The invoice's id at its gateway."""

    number: str
    """What people call it."""

    status: Literal["open", "paid", "void", "uncollectible"] | str
    """How it stands."""

    subscription_ref: str | None = None
    """The subscription's id at its gateway."""

    customer_ref: str | None = None
    """The payer's id at the gateway."""

    currency: str
    """ISO 4217."""

    subtotal_cents: int
    """Before discounts and tax."""

    discount_cents: int
    """What was given off."""

    tax_cents: int
    """Tax."""

    total_cents: int
    """What it comes to."""

    paid_cents: int
    """What was ever collected."""

    refunded_cents: int
    """What of that was given back."""

    disputed_cents: int
    """What disputes hold or took."""

    owed_cents: int
    """What is still to be paid."""

    issued_at: AwareDatetime
    """When it was issued."""

    due_at: AwareDatetime | None = None
    """By when to pay."""

    paid_at: AwareDatetime | None = None
    """When it was paid."""

    url: str | None = None
    """The gateway's page."""

    pdf_url: str | None = None
    """Its PDF."""

    lines: list[Line]
    """What it is for."""

    steps: list[InvoiceStep]
    """What happened, in order."""

    event: str
    """The last event that it shows."""


class InvoicePage(Model):
    """Invoices."""

    data: list[Invoice]
    """The latest issued first."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class LedgerEntry(Model):
    """An event; what it moved sums to zero."""

    position: str
    """Its position."""

    type: str
    """Its type."""

    meter: str
    """The meter."""

    id: str
    """Of the usage, the reservation or the grant."""

    at: str
    """When it happened."""

    postings: list[LedgerPosting]
    """Double entry."""


class Mails(Model):
    """What became of a workspace's mail."""

    data: list[Mail]
    """The latest hundred, kept for 90 days."""

    refused_addresses: list[RefusedAddress]
    """Where nothing is sent to."""


class MoneyPage(Model):
    """Money beside the recurring revenue."""

    data: list[MovedMoney]
    """The latest recorded first."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class MovementPage(Model):
    """What moved the recurring revenue."""

    data: list[ShownMovement]
    """The latest recorded first."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class OfferedAddon(Model):
    """An add-on that is for sale, as this workspace sees it."""

    slug: str
    """The slug of an add-on."""

    name: str
    """What people read."""

    price_cents: int
    """Its price, in minor units."""

    currency: str
    """ISO 4217, of the price."""

    description: str
    """A paragraph or two."""

    features: list[str]
    """Bullets, in order."""

    sort_order: int
    """The lowest is shown first."""

    kind: Literal["service", "credits"] | str
    """`credits` can be bought again and again."""

    grants: list[OfferedCredits]
    """Of credits: what a purchase grants."""

    can_buy: bool
    """Whether this workspace can buy it now."""

    blocked_by: BlockingPurchase | None = None
    """The purchase that stands in the way."""


class OrderLedger(Model):
    """The orders of all workspaces."""

    data: list[Order]
    """The newest first."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""

    totals: list[Total]
    """By currency."""


class PersonalDataAnswer(Model):
    """All that is known of a workspace's people (GDPR, articles 15 and 20)."""

    workspace: str
    """Whose."""

    at: AwareDatetime
    """When."""

    events: list[TextsOfEvent]
    """In the order of the logs."""

    webhooks: list[WebhookOfWorkspace]
    """Oldest first."""


class Plan(Model):
    """A plan of the catalogue."""

    slug: str
    """The slug of a plan."""

    name: str
    """What people read."""

    family: str | None = None
    """What its variants have in common."""

    price_cents: int
    """Minor units, charged once per interval."""

    currency: str
    """ISO 4217."""

    interval: Literal["month", "year"] | str
    """How often the price is charged."""

    monthly_conversations: int
    """A UTC month; 0 is unlimited."""

    monthly_messages: int | None = None
    """A UTC month; null is no cap."""

    max_tokens_per_response: int | None = None
    """Null is the default, 800."""

    features: dict[str, bool | int | str | None]
    """Flags by name."""

    limits: dict[str, int | None]
    """Caps by name; null is none."""

    past_due_days: int | None = None
    """How long `past_due` keeps access; null is the default."""

    reminder_days: list[int] | None = None
    """Days after a failed payment; null is the default."""

    quotas: dict[str, MeterQuota]
    """By meter."""

    monthly_credits: dict[str, MonthlyCredits]
    """By meter."""

    per_unit: Units | None = None
    """Null where one is sold."""

    trial_days: int | None = None
    """Free before the first charge."""

    trial_requires_card: bool
    """Whether a trial needs a card."""

    prices: dict[str, int]
    """In further currencies, minor units."""

    contact_us: bool
    """Shown without a price, and not for sale at a checkout."""

    while_paused: Literal["default_plan", "own_plan", "nothing"] | str
    """What who pauses it lives on meanwhile: the default plan, this one as before, or nothing (each quota and limit is 0)."""

    is_active: bool
    """Whether it can be chosen."""

    is_default: bool
    """Whether it is what comes without a subscription."""

    sync: dict[str, Sync]
    """By gateway."""


class Pricing(Model):
    """What is for sale."""

    data: list[PricedPlan]
    """The cheapest first."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""

    families: list[Family]
    """Of all active plans, whatever page is shown."""


class PurchaseRecord(Model):
    """A purchase of the workspace."""

    purchase_id: str
    """The purchase, in events too."""

    workspace_id: str
    """The workspace."""

    addon: str
    """The slug of an add-on."""

    addon_name: str
    """What people read."""

    price_cents: int
    """Its price, in minor units."""

    currency: str
    """ISO 4217, of the price."""

    status: (
        Literal["pending", "paid", "delivered", "failed", "cancelled", "refunded", "disputed"] | str
    )
    """How it stands."""

    color: str
    """Of the status, for a dashboard."""

    blocks: bool
    """Whether the add-on can't be bought again because of it."""

    gateway: str
    """The name of a payment gateway."""

    charge_ref: str | None = None
    """The payment's id at the gateway."""

    confirmation_url: str | None = None
    """Where the buyer pays, or confirms, while it is pending."""

    decline_code: str | None = None
    """The gateway's word for a refusal."""

    refunded_cents: int
    """What has come back, in minor units."""

    refunding_cents: int
    """What is on its way back."""

    buyer: str
    """Who ordered: the `sub` of the token."""

    buyer_email: str | None = None
    """Null when it was erased."""

    buyer_name: str | None = None
    """Null when it was erased."""

    started_at: AwareDatetime
    """When it was ordered."""

    paid_at: AwareDatetime | None = None
    """When it was paid."""

    delivered_at: AwareDatetime | None = None
    """When it was delivered."""

    steps: list[Step]
    """What happened, in order."""


class Reserved(Model):
    """Units are held."""

    id: str
    """The caller's own id."""

    meter: str
    """The meter."""

    status: Literal["counted", "reserved"] | str
    """`counted`: it is settled already."""

    amount: int
    """Units."""

    sources: list[Source]
    """In the order in which they are used."""

    expires_at: AwareDatetime | None = None
    """When they come back by themselves."""

    used: int
    """Counted in that month."""

    limit: int | None = None
    """A month by the plan; null is unlimited."""

    remaining: int | None = None
    """Of quota and credits what is left of that month; null is unlimited."""


class Settled(Model):
    """The usage is counted, and the rest is back where it came from."""

    id: str
    """The caller's own id."""

    meter: str
    """The meter."""

    value: int
    """What counts."""

    released: int
    """What came back."""

    overdrawn: int
    """Used beyond everything that there was."""

    sources: list[Source]
    """Where the value came from."""

    used: int
    """Counted in that month."""

    limit: int | None = None
    """A month by the plan; null is unlimited."""

    remaining: int | None = None
    """Of quota and credits what is left of that month; null is unlimited."""


class Stream(Model):
    """The events of one aggregate."""

    stream: str
    """The aggregate's id."""

    data: list[StreamEvent]
    """Oldest first."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class Timeline(Model):
    """The history of a workspace, in words."""

    data: list[TimelineEntry]
    """Oldest first."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class UsagePage(Model):
    """Workspaces with usage in the month."""

    period: str
    """The UTC month."""

    data: list[WorkspaceUsage]
    """By workspace."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class VerificationAnswer(Model):
    """Whether history is unaltered."""

    intact: bool
    """Whether nothing was found."""

    public_key: str
    """Ed25519, hex: what the checkpoints are signed with."""

    chains: list[Chain]
    """By service."""

    read_models: list[Replay]
    """By name."""

    derived: list[Table]
    """What differs of tables that services keep beside their events."""

    unreplayed: dict[str, str]
    """Why some were not compared."""

    reseals: list[Reseal]
    """What was declared valid by a person."""


class WebhookDeliveries(Model):
    """A page of an endpoint's deliveries."""

    data: list[WebhookDelivery]
    """Newest first."""

    next: str | None = None
    """The cursor of the next page."""


class WebhookPage(Model):
    """What gateways notified us of."""

    data: list[ShownWebhook]
    """The latest first."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""

    totals: list[WebhookTotal]
    """All that are not dealt with, whatever was searched for."""


class Account(Model):
    """
    How the workspace stands. `status`, `gateway` and `cancel_at` are the subscription's, null
    without one.
    """

    workspace_id: str
    """The workspace."""

    plan: str | None = None
    """What the workspace lives on: the subscription's while that gives access, else the default plan."""

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
        | None
    ) = None
    """Access is kept in `trialing`, `active`, `grace` and `past_due`."""

    gateway: str | None = None
    """The name of a payment gateway."""

    cancel_at: AwareDatetime | None = None
    """When a scheduled cancellation takes effect."""

    subscription: AccountSubscription | None = None
    """The last one, ended or not."""

    checkout: OpenCheckout | None = None
    """Null where none is open."""

    changed: bool
    """Whether this command recorded anything."""

    abilities: dict[str, Ability]
    """By command whether it can be done with this subscription now."""


class AddonPage(Model):
    """What a workspace can buy."""

    data: list[OfferedAddon]
    """Active ones, in their order."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class AsOfAnswer(Model):
    """What was true of a workspace at a moment."""

    workspace_id: str
    """The workspace."""

    at: AwareDatetime
    """By when it had happened."""

    known_at: AwareDatetime
    """By when it had been recorded."""

    subscription: dict[str, Any] | None = None
    """Whole, with the `event` that made it so."""

    entitlements: EntitlementsThen
    """What the workspace might do."""

    usage: list[MonthlyCounts]
    """By month."""

    meters: list[AccountThen]
    """Those of which anything had happened."""

    purchases: list[dict[str, Any]]
    """Each whole, with the `event` that made it so. Names and addresses stay sealed."""


class Catalogue(Model):
    """All plans, active or not."""

    data: list[CataloguedPlan]
    """All, by slug."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""


class Credits(Model):
    """Balances, and a page of the ledger."""

    workspace_id: str
    """The workspace."""

    balances: list[MeterBalance]
    """Of every declared meter."""

    data: list[LedgerEntry]
    """The ledger, the youngest first."""

    next: str | None = None
    """The cursor of the next page."""


class PurchaseHistory(Model):
    """What a workspace has bought."""

    data: list[PurchaseRecord]
    """The newest first."""

    next: str | None = None
    """Goes into `cursor` for the next page; null on the last."""
