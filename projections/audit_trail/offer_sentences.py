"""Sentences of what changes of a subscription beside its plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kernel.money import Money

Facts = Mapping[str, Any]


def _quantity(facts: Facts) -> str:
    now = facts["subscription"].get("quantity", 1)
    return f"{now} units instead of {facts['previous_quantity']} are paid for."


def _paused(facts: Facts) -> str:
    until = facts["subscription"]["paused"]["resumes_at"]
    return f"The subscription is paused{f' until {until[:10]}' if until else ''}."


def _trial(facts: Facts) -> str:
    return f"A trial of plan {facts['subscription']['plan']} began."


def _trial_ending(facts: Facts) -> str:
    subscription = facts["subscription"]
    day = (subscription.get("trial_ends_at") or "")[:10]
    return f"The trial of plan {subscription['plan']} ends on {day}."


def _trial_ended(facts: Facts) -> str:
    return f"The trial of plan {facts['subscription']['plan']} is over."


def _discount(facts: Facts) -> str:
    names = [each["name"] or "a discount" for each in facts["subscription"].get("discounts", ())]
    return f"Taken off the price: {', '.join(names) or 'nothing'}."


def _requested(facts: Facts) -> str:
    number = f" to {facts['quantity']}" if facts["quantity"] is not None else ""
    until = f" until {facts['until'][:10]}" if facts["until"] else ""
    code = f" {facts['discount']}" if facts.get("discount") else ""
    kind = facts["kind"].replace("_", " ")
    return f"{facts['gateway']} was asked for a change: {kind}{number}{until}{code}."


def _code(sentence: str) -> Callable[[Facts], str]:
    return lambda facts: sentence.format(facts["code"])


def _announced(facts: Facts) -> str:
    price = Money(facts["price_cents"], facts["currency"])
    when = (facts["effective_at"] or facts["not_before"])[:10]
    agreed = ", once the payer agrees" if facts["approval"] else ""
    return f"Announced: plan {facts['target']} for {price} from {when} on{agreed}."


def _overridden(facts: Facts) -> str:
    why = f": {facts['reason']}" if facts.get("reason") else ""
    return f"What this workspace may do beside its plan was set{why}."


OFFERS: Mapping[str, Callable[[Facts], str]] = {
    "QuantityChanged": _quantity,
    "SubscriptionPaused": _paused,
    "SubscriptionUnpaused": lambda _: "The subscription is not paused any more.",
    "TrialStarted": _trial,
    "TrialEnding": _trial_ending,
    "TrialConverted": lambda f: f"Plan {f['subscription']['plan']} is paid for since its trial.",
    "TrialEnded": _trial_ended,
    "DiscountApplied": _discount,
    "DiscountRemoved": lambda _: "A discount was taken away.",
    "DiscountCreated": _code("Discount {} was added to the catalogue."),
    "DiscountChanged": _code("Discount {} was changed for whoever is given it from now on."),
    "DiscountRedeemed": _code("Discount {} was redeemed."),
    "DiscountReleased": _code("Discount {} was given back: nothing came of it."),
    "SubscriptionAdjustmentRequested": _requested,
    "PlanPriceAdopted": lambda f: (
        f"Who pays price {f['price_ref']} at {f['gateway']} lives on plan {f['slug']}."
    ),
    "PlanMigrationStarted": lambda f: (
        f"Moving the subscribers of plan {f['slug']} to {f['target']} began."
    ),
    "PlanMigrationStopped": lambda f: (
        f"Moving the subscribers of plan {f['slug']} to {f['target']} was stopped."
    ),
    "PlanMigrationAnnounced": _announced,
    "PlanMigrationApprovalAsked": lambda _: "The payer was asked to agree to another plan.",
    "PlanMigrationWithdrawn": lambda f: (
        f"The announced change of plan will not happen: {f['reason']}."
    ),
    "BillingProfileChanged": lambda _: "Who pays, as invoices name them, was said anew.",
    "WorkspaceOverridesChanged": _overridden,
}
