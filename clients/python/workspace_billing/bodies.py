"""What commands are sent: generated from the API's OpenAPI document, not to be edited."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class AddWebhookEndpoint(TypedDict):
    """An endpoint that gets what happens from now on."""

    url: str
    """Where events are posted to."""

    event_types: NotRequired[list[str]]
    """Which events: a type, all of a service (`billing.*`), or all (`*`)."""

    description: NotRequired[str]
    """For people."""


class Address(TypedDict):
    """A postal address."""

    country: str
    """ISO 3166, two letters."""

    line1: NotRequired[str]
    """Street and number."""

    line2: NotRequired[str]
    """What comes before or after it."""

    city: NotRequired[str]
    """Its town."""

    postal_code: NotRequired[str]
    """Its postal code."""

    state: NotRequired[str]
    """Its state or province."""


class Adoption(TypedDict):
    """A subscription that was made in the gateway's dashboard."""

    gateway: str
    """One of `listGateways`."""

    subscription_ref: str
    """The gateway's id of it."""


class Assignment(TypedDict):
    """A plan that costs nothing."""

    plan: str
    """Names a plan; it never changes."""


class BuyAddon(TypedDict):
    """What to buy. At another price than the expected one nothing is begun."""

    addon: str
    """Names an add-on; it never changes."""

    gateway: NotRequired[str | None]
    """Where to pay; null is where the workspace pays its plan."""

    success_url: NotRequired[str | None]
    """Where a hosted checkout leads to."""

    cancel_url: NotRequired[str | None]
    """Where to, without paying."""

    expected_price_cents: NotRequired[int | None]
    """What the buyer was shown."""

    expected_currency: NotRequired[str | None]
    """Its currency."""


class CancelPurchase(TypedDict):
    """Why a purchase is cancelled."""

    reason: NotRequired[str]
    """Why, for who reads the history."""


class Cancellation(TypedDict):
    """The reason is needed of who does not manage the workspace."""

    reason: NotRequired[str | None]
    """Why, for who reads the history."""


class ChangeWebhookEndpoint(TypedDict):
    """Only what is given changes."""

    url: NotRequired[str]
    """Where events are posted to."""

    event_types: NotRequired[list[str]]
    """Which events: a type, all of a service (`billing.*`), or all (`*`)."""

    description: NotRequired[str]
    """For people."""

    state: NotRequired[Literal["enabled", "disabled"]]
    """`disabled` gets nothing; enabled again it goes on where it was."""

    rotate_secret: NotRequired[bool]
    """A new secret; the one before is signed with beside it for 24 hours."""


class Conversation(TypedDict):
    """A conversation that is about to start."""

    id: str
    """The caller's own; it counts once in its workspace, for ever."""

    is_playground: NotRequired[bool]
    """A playground's counts nothing."""

    agent_id: NotRequired[str | None]
    """Which of the workspace's agents; usage is shown by it."""


class CorrectUsage(TypedDict):
    """What should have been counted."""

    id: str
    """The correction's own; it is made once."""

    meter: str
    """The meter."""

    event: str
    """The id of the usage."""

    value: int
    """What counts from now; 0 is void."""

    reason: str
    """Why."""


class DeclareMeter(TypedDict):
    """A meter as it should be."""

    unit: str
    """What people read, in the plural."""

    aggregation: Literal["count", "sum"]
    """`count`: an event counts 1; it never changes."""

    dimensions: NotRequired[list[str]]
    """What usage is shown by; three at most."""

    overdraft: NotRequired[int]
    """Units that may be reserved beyond everything that there is."""


class DiscountPatch(TypedDict):
    """Only what is given changes, for whoever is given the discount from now on."""

    name: NotRequired[str]
    """What invoices show."""

    percent: NotRequired[float | str | None]
    """Off the price; or an amount."""

    amount_cents: NotRequired[int | None]
    """Minor units off the price; or a percentage."""

    currency: NotRequired[str | None]
    """ISO 4217, of the price."""

    duration: NotRequired[Literal["once", "repeating", "forever"]]
    """The next invoice alone, some months, or for ever."""

    months: NotRequired[int | None]
    """How long a repeating one lasts."""

    plans: NotRequired[list[str]]
    """For these alone; none is for all."""

    max_redemptions: NotRequired[int | None]
    """How many workspaces may have it."""

    expires_at: NotRequired[str | None]
    """Nobody is given it after."""

    is_active: NotRequired[bool]
    """Whether anybody is given it."""

    gateway_offers: NotRequired[dict[str, str]]
    """The same terms, as made in a gateway's dashboard."""


class DiscountRequest(TypedDict):
    """A discount by its code."""

    code: str
    """What customers type; capitals and small letters are the same."""


class Erasing(TypedDict):
    """Named once more, because it can't be taken back."""

    workspace: str
    """The workspace again."""


class FirstTurn(TypedDict):
    """The first turn of a conversation."""

    occurred_at: NotRequired[str | None]
    """When it happened; decides the month. At most 5 minutes ahead."""

    is_playground: NotRequired[bool]
    """A playground's counts nothing."""

    agent_id: NotRequired[str | None]
    """Which of the workspace's agents; usage is shown by it."""


class Forgetting(TypedDict):
    """What the gateway does not answer for any more."""

    gateway: str
    """One of `listGateways`."""

    ref: str
    """The gateway's id of it."""

    reason: str
    """Why, for who reads the history."""


class GrantCredits(TypedDict):
    """Credits that the workspace should have."""

    id: str
    """The caller's own; it is granted once."""

    meter: str
    """The meter."""

    amount: int
    """Units."""

    priority: NotRequired[int]
    """Of lower priority burns first."""

    expires_at: NotRequired[str | None]
    """Null is never."""

    source: NotRequired[str]
    """Why it was granted."""


class GrantedCredits(TypedDict):
    """Credits that each paid purchase grants."""

    meter: str
    """A declared meter."""

    amount: int
    """Units."""

    expires_in_days: NotRequired[int | None]
    """Counted from the payment; null is never."""


class InvoiceRefund(TypedDict):
    """Without an amount all that is left is given back."""

    amount_cents: NotRequired[int | None]
    """Minor units."""

    reason: str
    """Why, for who reads the history."""


class MailPreferences(TypedDict):
    """All of them: what is left out is as it was in the beginning."""

    language: NotRequired[Literal["en", "de"]]
    """Of its mails."""

    without: NotRequired[
        list[Literal["quota_reached", "meter_reached", "trial_ending", "payment_recovered"]]
    ]
    """What it does without; the rest concerns its money or its access."""


class Message(TypedDict):
    """A visitor's message."""

    id: str
    """The caller's own; it counts once in its workspace, for ever."""

    occurred_at: NotRequired[str | None]
    """When it happened; decides the month. At most 5 minutes ahead."""

    is_playground: NotRequired[bool]
    """A playground's counts nothing."""

    agent_id: NotRequired[str | None]
    """Which of the workspace's agents; usage is shown by it."""

    conversation_id: NotRequired[str | None]
    """The conversation that a message belongs to."""

    human_takeover: NotRequired[bool]
    """A person has taken over: the message counts and is never refused."""


class MeterQuota(TypedDict):
    """What a plan gives of a meter."""

    limit: int | None
    """Units a UTC month; null is unlimited, 0 none."""

    mode: NotRequired[Literal["hard", "soft"]]
    """A `soft` one refuses nothing."""


class MonthlyCredits(TypedDict):
    """Credits that a plan grants."""

    amount: int
    """As each month starts."""

    rollover_months: NotRequired[int]
    """How many months longer what is left may be used."""


class NewCheckout(TypedDict):
    """A plan to pay for, and where."""

    expected_price_cents: NotRequired[int | None]
    """In minor units."""

    expected_currency: NotRequired[str | None]
    """ISO 4217."""

    plan: str
    """Names a plan; it never changes."""

    gateway: str
    """One of `listGateways`."""

    success_url: str
    """Where to send who has paid."""

    cancel_url: str
    """Where to send who has not."""

    quantity: NotRequired[int]
    """Units, as the plan's `per_unit` allows."""

    discount: NotRequired[str | None]
    """What customers type; capitals and small letters are the same."""

    currency: NotRequired[str | None]
    """One that the plan has a price in; null is its own."""


class NewDiscount(TypedDict):
    """Either `percent`, or `amount_cents` of a `currency`."""

    code: str
    """What customers type; capitals and small letters are the same."""

    name: NotRequired[str | None]
    """What invoices show."""

    percent: NotRequired[float | str | None]
    """Off the price; or an amount."""

    amount_cents: NotRequired[int | None]
    """Minor units off the price; or a percentage."""

    currency: NotRequired[str | None]
    """ISO 4217, of the price."""

    duration: NotRequired[Literal["once", "repeating", "forever"]]
    """The next invoice alone, some months, or for ever."""

    months: NotRequired[int | None]
    """How long a repeating one lasts."""

    plans: NotRequired[list[str]]
    """For these alone; none is for all."""

    max_redemptions: NotRequired[int | None]
    """How many workspaces may have it."""

    expires_at: NotRequired[str | None]
    """Nobody is given it after."""

    is_active: NotRequired[bool]
    """Whether anybody is given it."""

    gateway_offers: NotRequired[dict[str, str]]
    """The same terms, as made in a gateway's dashboard."""


class NewPlanMigration(TypedDict):
    """Where the subscribers of a plan go, and when."""

    to: str
    """The plan to move to; the same for the price it has now."""

    notice_days: NotRequired[int]
    """How many days before it is charged otherwise each is told, at least."""

    starts_at: NotRequired[str | None]
    """Nobody is moved before."""

    success_url: NotRequired[str | None]
    """Where to send who has paid."""

    cancel_url: NotRequired[str | None]
    """Where to send who has not."""


class NewSession(TypedDict):
    """Who is to be let in."""

    workspace: str
    """The person's workspace."""

    user: str
    """The host's id of the person: the actor of all that is done."""

    role: Literal["owner", "admin", "editor", "viewer"]
    """Their role in the workspace."""

    return_url: str
    """Where the pages lead back to."""

    page: NotRequired[Literal["billing", "addons", "/app/billing", "/app/billing/addons"] | None]
    """Where to go first."""


class PauseRequest(TypedDict):
    """Without an end it lasts until it is taken back."""

    resumes_at: NotRequired[str | None]
    """When it ends by itself."""


class PortalRequest(TypedDict):
    """Where the portal leads back to."""

    return_url: NotRequired[str | None]
    """A page of the host's."""


class QuantityChange(TypedDict):
    """How many units there are to be."""

    quantity: int
    """Units, as the plan's `per_unit` allows."""


class Reconciliation(TypedDict):
    """May name the checkout that the customer comes back from."""

    session_id: NotRequired[str | None]
    """What Stripe put into `success_url`."""


class Redemption(TypedDict):
    """The code of a link."""

    code: str
    """What stands in the link."""


class RefundPurchase(TypedDict):
    """Without an amount all that is left is given back."""

    amount_cents: NotRequired[int | None]
    """Minor units."""

    reason: NotRequired[str]
    """Why, for who reads the history."""


class ReplayWebhooks(TypedDict):
    """What to send again: from a position, of a workspace, or both; of neither, everything."""

    position: NotRequired[str | None]
    """The first event to be sent again, by its id."""

    workspace_id: NotRequired[str | None]
    """Only the events of this workspace."""


class ReportedUsage(TypedDict):
    """One unit of usage."""

    id: str
    """The caller's own; it counts once in its workspace, for ever."""

    workspace_id: str
    """The workspace."""

    metric: NotRequired[str | None]
    """`message`, `conversation`, or a meter that is declared; either name will do."""

    meter: NotRequired[str | None]
    """`message`, `conversation`, or a meter that is declared; either name will do."""

    occurred_at: NotRequired[str | None]
    """When it happened; decides the month. At most 5 minutes ahead."""

    is_playground: NotRequired[bool]
    """A playground's counts nothing."""

    agent_id: NotRequired[str | None]
    """Which of the workspace's agents; usage is shown by it."""

    conversation_id: NotRequired[str | None]
    """The conversation that a message belongs to."""

    human_takeover: NotRequired[bool]
    """A person has taken over: the message counts and is never refused."""

    value: NotRequired[int | None]
    """In the meter's smallest unit, 1 by default."""

    dimensions: NotRequired[dict[str, str] | None]
    """By the names that the meter declares."""


class Reservation(TypedDict):
    """Units that will be used."""

    id: str
    """The caller's own; it counts once in its workspace, for ever."""

    meter: str
    """A meter."""

    amount: int
    """In the meter's smallest unit."""

    expires_in: NotRequired[int]
    """Seconds, 30 minutes by default."""


class RevokeGrant(TypedDict):
    """Why it is taken back."""

    reason: NotRequired[str]
    """Why."""


class SetOverrides(TypedDict):
    """All overrides; those that are left out are taken back."""

    quotas: NotRequired[dict[str, MeterQuota]]
    """By meter, `conversation` and `message` among them."""

    limits: NotRequired[dict[str, int | None]]
    """Caps by name; null is unlimited, 0 blocks."""

    features: NotRequired[dict[str, bool | int | str | None]]
    """Flags by name; unknown ones are kept."""

    until: NotRequired[str | None]
    """When all of them end; null is never."""

    reason: NotRequired[str | None]
    """Why, for who reads the history."""


class SetTopUp(TypedDict):
    """What to buy, and when. At another price than the expected one nothing is set."""

    addon: str
    """Names an add-on; it never changes."""

    below: int
    """Bought when fewer units of quota and credits are left."""

    most_a_day: NotRequired[int]
    """Purchases in a UTC day, at most."""

    most_a_month: NotRequired[int]
    """And in a month."""

    expected_price_cents: NotRequired[int | None]
    """What was shown."""

    expected_currency: NotRequired[str | None]
    """Its currency."""


class SettingsPatch(TypedDict):
    """Only what is given changes; an e-mail address of null forgets it."""

    plan_change: NotRequired[Literal["prorate", "next_cycle", "auto"] | None]
    """How a change of plan takes effect where the gateway leaves the choice: at once and prorated, at the next billing boundary, or `auto`: what costs less a month at the boundary, all else at once."""

    billing_email: NotRequired[str | None]
    """Where invoices go; null is to the buyer."""


class Settlement(TypedDict):
    """What was used."""

    value: int
    """In the meter's smallest unit, 1 by default."""

    dimensions: NotRequired[dict[str, str] | None]
    """By the names that the meter declares."""

    meter: NotRequired[str | None]
    """Only where several were reserved under one id."""


class SignedHead(TypedDict):
    """What a service's history was at a time, as docs/audit/format.md describes."""

    format: Literal["billing-audit-head/1", "billing-audit-head/2", "billing-audit-head/3"]
    """Of this head."""

    service: Literal["billing", "metering", "addons"]
    """Whose history."""

    events: int
    """How many there were."""

    sequence: int
    """The last one's position."""

    chain: str
    """The chain up to and with it."""

    root: NotRequired[str | None]
    """Of the Merkle tree over these events; in the second format."""

    workspaces: NotRequired[str | None]
    """Of the map of what there is of each workspace; in the third format."""

    at: str
    """When it was signed."""

    key_id: str
    """The key it is signed with."""

    signature: str
    """Ed25519, hex."""

    reason: NotRequired[str]
    """Of a reseal; else empty."""


class Swap(TypedDict):
    """
    The pages to come back to are needed where the gateway wants a new checkout; without them
    those of the last one are used.
    """

    expected_price_cents: NotRequired[int | None]
    """In minor units."""

    expected_currency: NotRequired[str | None]
    """ISO 4217."""

    plan: str
    """Names a plan; it never changes."""

    success_url: NotRequired[str | None]
    """Where to send who has paid."""

    cancel_url: NotRequired[str | None]
    """Where to send who has not."""


class TaxId(TypedDict):
    """A number under which taxes are paid."""

    type: Literal[
        "eu_vat", "gb_vat", "ch_uid", "no_vat", "in_gst", "au_abn", "br_cnpj", "ca_bn", "us_ein"
    ]
    """Whose number it is."""

    value: str
    """It."""


class TrialChange(TypedDict):
    """Another end of the trial that runs."""

    ends_at: str
    """What is past is now."""


class Units(TypedDict):
    """The price is that of one unit."""

    unit: str
    """What is counted."""

    min: NotRequired[int]
    """The least that are sold."""

    max: NotRequired[int | None]
    """The most; null is no limit."""

    scales: NotRequired[list[str]]
    """The limits and quotas that are those of one unit."""


class Usage(TypedDict):
    """Usage that is about to be recorded."""

    id: str
    """The caller's own; it counts once in its workspace, for ever."""

    meter: str
    """A meter."""

    value: NotRequired[int | None]
    """In the meter's smallest unit, 1 by default."""

    dimensions: NotRequired[dict[str, str] | None]
    """By the names that the meter declares."""

    occurred_at: NotRequired[str | None]
    """When it happened; decides the month. At most 5 minutes ahead."""


class UsageReport(TypedDict):
    """Usage that happened."""

    events: list[ReportedUsage]
    """At most 1000."""


class Verification(TypedDict):
    """What to verify."""

    full: NotRequired[bool]
    """From the first event, not from the last verified checkpoint."""

    replay: NotRequired[bool]
    """Compare the read models with a replay of all events as well."""

    against: NotRequired[list[SignedHead]]
    """Heads that were kept elsewhere."""


class ChangeAddon(TypedDict):
    """Only what is given changes. Slug and kind are not among it."""

    name: NotRequired[str]
    """What people read."""

    price_cents: NotRequired[int]
    """In minor units."""

    currency: NotRequired[str]
    """ISO 4217, of the price."""

    description: NotRequired[str]
    """A paragraph or two."""

    features: NotRequired[list[str]]
    """Bullets, in order."""

    sort_order: NotRequired[int]
    """The lowest is shown first."""

    is_active: NotRequired[bool]
    """Whether it can be bought."""

    grants: NotRequired[list[GrantedCredits]]
    """What a purchase of kind `credits` grants, a meter once."""


class CreateAddon(TypedDict):
    """A service to be sold once, or credits."""

    slug: str
    """Names an add-on; it never changes."""

    name: str
    """What people read."""

    price_cents: int
    """In minor units."""

    currency: NotRequired[str]
    """ISO 4217, of the price."""

    description: NotRequired[str]
    """A paragraph or two."""

    features: NotRequired[list[str]]
    """Bullets, in order."""

    sort_order: NotRequired[int]
    """The lowest is shown first."""

    is_active: NotRequired[bool]
    """Whether it can be bought."""

    kind: NotRequired[Literal["service", "credits"]]
    """`credits` can be bought again and again; it never changes."""

    grants: NotRequired[list[GrantedCredits]]
    """What a purchase of kind `credits` grants, a meter once."""


class NewBillingProfile(TypedDict):
    """All of it: what is left out is forgotten."""

    name: NotRequired[str]
    """Of the company or person."""

    address: NotRequired[Address | None]
    """Where they are."""

    tax_ids: NotRequired[list[TaxId]]
    """Shown on invoices."""

    email: NotRequired[str | None]
    """Where invoices go; null is to the buyer."""


class NewPlan(TypedDict):
    """A plan to be sold."""

    slug: str
    """Names a plan; it never changes."""

    name: str
    """What people read."""

    price_cents: int
    """Minor units, charged once per interval; 0 is never sold by a gateway."""

    currency: NotRequired[str]
    """ISO 4217, of the price."""

    interval: NotRequired[Literal["month", "year"]]
    """How often the price is charged."""

    monthly_conversations: int
    """New ones a UTC month; 0 is unlimited."""

    monthly_messages: NotRequired[int | None]
    """Of visitors, a UTC month; null is no cap."""

    max_tokens_per_response: NotRequired[int | None]
    """Of a response; null is the default, 800."""

    features: NotRequired[dict[str, bool | int | str | None]]
    """Flags by name; unknown ones are kept."""

    limits: NotRequired[dict[str, int | None]]
    """Caps by name; null is unlimited, 0 blocks."""

    family: NotRequired[str | None]
    """What the monthly and the yearly variant have in common."""

    past_due_days: NotRequired[int | None]
    """How long `past_due` keeps access; null is the installation's default."""

    reminder_days: NotRequired[list[int] | None]
    """Days after a failed payment, in order; null is 3, 7 and 14. It is told at once too."""

    quotas: NotRequired[dict[str, MeterQuota]]
    """By meter, the built-in two left out."""

    monthly_credits: NotRequired[dict[str, MonthlyCredits]]
    """By meter."""

    per_unit: NotRequired[Units | None]
    """Sold by the unit; null is one by one."""

    trial_days: NotRequired[int | None]
    """Free days before the first charge, once for a workspace and family; null is none."""

    trial_requires_card: NotRequired[bool]
    """Whether a trial needs a card."""

    prices: NotRequired[dict[str, int]]
    """What it costs in further currencies, in minor units."""

    contact_us: NotRequired[bool]
    """Shown without a price, and not for sale at a checkout."""

    while_paused: NotRequired[Literal["default_plan", "own_plan", "nothing"]]
    """What who pauses it lives on meanwhile: the default plan, this one as before, or nothing (each quota and limit is 0)."""

    is_active: NotRequired[bool]
    """Whether it can be chosen; subscribers keep theirs."""

    is_default: NotRequired[bool]
    """Whether workspaces without a subscription live on it."""


class PlanPatch(TypedDict):
    """Only what is given changes. The slug is not among it."""

    name: NotRequired[str]
    """What people read."""

    price_cents: NotRequired[int]
    """Minor units, charged once per interval; 0 is never sold by a gateway."""

    currency: NotRequired[str]
    """ISO 4217, of the price."""

    interval: NotRequired[Literal["month", "year"]]
    """How often the price is charged."""

    monthly_conversations: NotRequired[int]
    """New ones a UTC month; 0 is unlimited."""

    monthly_messages: NotRequired[int | None]
    """Of visitors, a UTC month; null is no cap."""

    max_tokens_per_response: NotRequired[int | None]
    """Of a response; null is the default, 800."""

    features: NotRequired[dict[str, bool | int | str | None]]
    """Flags by name; unknown ones are kept."""

    limits: NotRequired[dict[str, int | None]]
    """Caps by name; null is unlimited, 0 blocks."""

    family: NotRequired[str | None]
    """What the monthly and the yearly variant have in common."""

    past_due_days: NotRequired[int | None]
    """How long `past_due` keeps access; null is the installation's default."""

    reminder_days: NotRequired[list[int] | None]
    """Days after a failed payment, in order; null is 3, 7 and 14. It is told at once too."""

    quotas: NotRequired[dict[str, MeterQuota | None]]
    """By meter; null takes it out."""

    monthly_credits: NotRequired[dict[str, MonthlyCredits | None]]
    """By meter; null takes it out."""

    per_unit: NotRequired[Units | None]
    """Sold by the unit; null is one by one."""

    trial_days: NotRequired[int | None]
    """Free days before the first charge, once for a workspace and family; null is none."""

    trial_requires_card: NotRequired[bool]
    """Whether a trial needs a card."""

    prices: NotRequired[dict[str, int | None]]
    """Merged by currency; null ends one, for new subscribers."""

    contact_us: NotRequired[bool]
    """Shown without a price, and not for sale at a checkout."""

    while_paused: NotRequired[Literal["default_plan", "own_plan", "nothing"]]
    """What who pauses it lives on meanwhile: the default plan, this one as before, or nothing (each quota and limit is 0)."""

    is_active: NotRequired[bool]
    """Whether it can be chosen; subscribers keep theirs."""

    is_default: NotRequired[bool]
    """Whether workspaces without a subscription live on it."""

    apply_to: NotRequired[Literal["everyone", "new_subscribers"]]
    """Whose limits, quotas and features change."""
