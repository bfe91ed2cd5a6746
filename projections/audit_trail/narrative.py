"""Events told in sentences that a person reads. Names of people stay sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kernel.money import Money
from projections.audit_trail.account_sentences import ACCOUNTS, TOP_UPS
from projections.audit_trail.invoice_sentences import INVOICES
from projections.audit_trail.offer_sentences import OFFERS
from projections.audit_trail.webhook_sentences import WEBHOOKS

Facts = Mapping[str, Any]


def tell(event_type: str, facts: Facts) -> str:
    """One sentence; a type that has none here is named in words."""
    name = event_type.split(".")[1]
    telling = SENTENCES.get(event_type.rpartition(".")[0])
    return telling(facts) if telling is not None else _words(name)


def _words(name: str) -> str:
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return f"{spaced.strip().capitalize()}."


def _money(cents: int, currency: str) -> str:
    return str(Money(cents, currency))


def _price(facts: Facts) -> str:
    every = f" a {facts['interval']}" if "interval" in facts else ""
    return f"{_money(facts['price_cents'], facts['currency'])}{every}"


def _day(instant: str | None) -> str:
    return instant[:10] if instant else "an unknown day"


def _subscription(sentence: Callable[[Facts, Facts], str]) -> Callable[[Facts], str]:
    return lambda facts: sentence(facts["subscription"], facts)


def _purchase(sentence: Callable[[Facts, Facts], str]) -> Callable[[Facts], str]:
    return lambda facts: sentence(facts["purchase"], facts)


def _settings(facts: Facts) -> str:
    when = "at once, prorated" if facts["plan_change"] == "prorate" else "at the next cycle"
    if facts.get("by_price"):
        when = "at once, or at the next cycle where it costs less"
    return f"Settings changed: a new plan takes effect {when}."


def _threshold(facts: Facts) -> str:
    return (
        f"{facts['percent']} % of the {facts['metric']} quota of {facts['month']} was reached: "
        f"{facts['used']} of {facts['limit']}."
    )


def _checkout(facts: Facts) -> str:
    return (
        f"A checkout of plan {facts['plan']} for {_price(facts)} was started at {facts['gateway']}."
    )


def _mismatch(facts: Facts) -> str:
    agreed = _money(facts["agreed_cents"], facts["agreed_currency"])
    charged = _money(facts["charged_cents"], facts["charged_currency"])
    return f"{facts['gateway']} charges {charged} where {agreed} was agreed."


def _change(facts: Facts) -> str:
    target = f" to plan {facts['plan']}" if facts["plan"] else ""
    return f"{facts['gateway']} was asked to {facts['kind']} the subscription{target}."


def _refund(facts: Facts) -> str:
    return (
        f"{_money(facts['amount_cents'], facts['currency'])} of a doubly paid time "
        f"were given back at {facts['gateway']}."
    )


def _amount(sentence: str) -> Callable[[Facts], str]:
    return lambda f: sentence.format_map({**f, "amount": _money(f["amount_cents"], f["currency"])})


BILLING: Mapping[str, Callable[[Facts], str]] = {
    "AccountOpened": lambda _: "The workspace became known to billing.",
    "CheckoutStarted": _checkout,
    "CheckoutOpened": lambda f: f"{f['gateway']} opened its payment page.",
    "CheckoutClosed": lambda f: f"The checkout at {f['gateway']} came to nothing: {f['reason']}.",
    "CheckoutAbandoned": lambda _: "A superseded checkout can't be paid any more.",
    "PlanSubscribed": _subscription(
        lambda s, _: f"Subscribed to plan {s['plan']} for {_price(s)} through {s['gateway']}."
    ),
    "PlanAssigned": _subscription(lambda s, _: f"Plan {s['plan']} was assigned by hand."),
    "SubscriptionRenewed": _subscription(
        lambda s, _: f"Plan {s['plan']} was renewed until {_day(s['period_end'])} for {_price(s)}."
    ),
    "PlanSwapped": _subscription(
        lambda s, f: f"Changed from plan {f['previous_plan']} to {s['plan']} for {_price(s)}."
    ),
    "PlanSwapScheduled": _subscription(
        lambda s, f: f"Plan {s['next_plan']} will start on {_day(f['effective_at'])}."
    ),
    "CancellationScheduled": _subscription(
        lambda s, f: f"Plan {s['plan']} was cancelled and ends on {_day(f['cancel_at'])}."
    ),
    "SubscriptionResumed": _subscription(
        lambda s, _: f"The cancellation of plan {s['plan']} was taken back."
    ),
    "SubscriptionCancelled": _subscription(
        lambda s, _: f"Plan {s['plan']} ended ({s['status']}); the default plan holds."
    ),
    "SubscriptionSuspended": _subscription(
        lambda s, _: f"Plan {s['plan']} is {s['status']}: its benefits are withdrawn."
    ),
    "SubscriptionAmended": _subscription(
        lambda s, _: f"Details of the subscription to {s['plan']} changed ({s['status']})."
    ),
    "PaymentFailed": _subscription(lambda s, _: f"A payment of {_price(s)} failed."),
    "PaymentRecovered": _subscription(lambda s, _: f"Plan {s['plan']} is paid again."),
    "SubscriptionSuperseded": lambda f: (
        f"The subscription to {f['superseded']['plan']} at {f['superseded']['gateway']} counts no "
        f"more and is being ended ({f['reason']})."
    ),
    "OrphanSubscriptionCancelled": lambda f: (
        f"{f['gateway']} ended the surplus subscription {f['subscription_ref']}."
    ),
    "SubscriptionAdopted": lambda f: (
        f"Subscription {f['subscription_ref']}, made by hand at {f['gateway']}, was adopted."
    ),
    "GatewayReferenceForgotten": lambda f: (
        f"{f['gateway']} answers for {f['ref']} no more; it was given up: {f['reason']}."
    ),
    "OverlapRefundDue": _amount("{amount} are to be given back at {gateway}."),
    "OverlapRefunded": _refund,
    "OverlapRefundRefused": _amount("{amount} were not given back: {reason}."),
    "InvoiceRefundRequested": _amount("{amount} are to be given back at {gateway}: {reason}."),
    "InvoiceRefundConfirmed": _amount("{gateway} gives {amount} of {invoice_ref} back."),
    "InvoiceRefundRefused": _amount("{amount} were not given back: {reason}."),
    "PriceMismatchNoticed": _mismatch,
    "SubscriptionChangeRequested": _change,
    "SubscriptionChangeConfirmed": lambda _: "The gateway confirmed the change.",
    "SubscriptionChangeRefused": lambda f: f"The gateway refused the change: {f['reason']}.",
    "PaymentMethodSaved": lambda f: (
        f"{f['gateway']} keeps a {f['brand']} ending in {f['last4']} for later payments."
    ),
    "WorkspaceSettingsChanged": _settings,
    "WorkspaceErased": lambda _: "The personal data of this workspace was erased for good.",
    **WEBHOOKS,
    **INVOICES,
    **OFFERS,
}

METERING: Mapping[str, Callable[[Facts], str]] = {
    "MessageMetered": lambda _: "A message was counted.",
    "ConversationStarted": lambda f: f"Conversation {f['usage_id']} started and holds a unit.",
    "PlaygroundConversationStarted": lambda f: f"Conversation {f['usage_id']} is only a try-out.",
    "ConversationMetered": lambda f: f"Conversation {f['usage_id']} was counted.",
    "ConversationReleased": lambda f: f"Conversation {f['usage_id']} was {f['reason']}, uncounted.",
    "QuotaThresholdReached": _threshold,
    **ACCOUNTS,
}

ADDONS: Mapping[str, Callable[[Facts], str]] = {
    "AddonPurchaseStarted": _purchase(
        lambda p, _: f"{p['buyer']} began to buy {p['addon_name']} for {_price(p)}."
    ),
    "AddonConfirmationRequired": _purchase(
        lambda p, _: f"The payment of {p['addon_name']} needs the buyer's confirmation."
    ),
    "AddonPaid": _purchase(lambda p, _: f"{p['addon_name']} was paid: {_price(p)}."),
    "AddonPaidTooLate": _purchase(
        lambda p, _: f"{_price(p)} arrived too late for {p['addon_name']} and go back."
    ),
    "AddonPaymentFailed": _purchase(
        lambda p, _: f"The payment of {p['addon_name']} failed ({p['decline_code'] or 'unknown'})."
    ),
    "AddonDelivered": _purchase(lambda p, _: f"{p['addon_name']} was delivered."),
    "AddonCancelled": _purchase(lambda p, _: f"The purchase of {p['addon_name']} was cancelled."),
    "AddonRefundStarted": _purchase(
        lambda p, f: (
            f"A refund of {_money(f['amount_cents'], p['currency'])} for {p['addon_name']} began."
        )
    ),
    "AddonRefundFailed": _purchase(
        lambda p, f: (
            f"The gateway refused to refund {_money(f['amount_cents'], p['currency'])} "
            f"for {p['addon_name']}."
        )
    ),
    "AddonRefunded": _purchase(
        lambda p, f: (
            f"{_money(f['amount_cents'], p['currency'])} for {p['addon_name']} were refunded."
        )
    ),
    "AddonDisputed": _purchase(
        lambda p, _: (
            f"The payer's bank disputes {_money(p['dispute']['amount_cents'], p['currency'])} "
            f"for {p['addon_name']} ({p['dispute']['reason']})."
        )
    ),
    "AddonDisputeClosed": _purchase(
        lambda p, _: f"The dispute about {p['addon_name']} was {p['dispute']['status']}."
    ),
    "AddonReopened": _purchase(lambda p, _: f"{p['addon_name']} may be bought again."),
    "DeliveryTeamPaged": _purchase(
        lambda p, _: f"The delivery team was told of the order of {p['addon_name']}."
    ),
    "AddonChargeIdentified": _purchase(
        lambda p, _: f"{p['gateway']} named the charge for {p['addon_name']}."
    ),
    **TOP_UPS,
}

SENTENCES: Mapping[str, Callable[[Facts], str]] = {
    f"{service}.{name}": telling
    for service, tellings in (("billing", BILLING), ("metering", METERING), ("addons", ADDONS))
    for name, telling in tellings.items()
}

USAGE = {
    "metering.MessageMetered.v1": ("message was", "messages were"),
    "metering.ConversationMetered.v1": ("conversation was", "conversations were"),
    "metering.ConversationStarted.v1": ("conversation was started", "conversations were started"),
    "metering.ConversationReleased.v1": ("held unit was", "held units were"),
}


def tell_usage(counts: Mapping[str, int]) -> str:
    """How much was counted, by event type."""
    parts = [
        f"{counts[name]:,} {words[counts[name] != 1]} {_done(name)}".strip()
        for name, words in USAGE.items()
        if counts.get(name)
    ]
    return f"{', '.join(parts)}."


def _done(name: str) -> str:
    if name.endswith("Started.v1"):
        return ""
    return "released" if name.endswith("Released.v1") else "counted"
