"""A subscription as PayPal answers it, and the terms that it was made at."""

from __future__ import annotations

from gateways.paypal.catalogue import Catalogue
from gateways.paypal.client import Json, PayPalClient, text
from gateways.paypal.terms import Terms, terms_of

# Without them PayPal leaves out why a payment failed, and the plan with what was overridden in it.
_FIELDS = {"fields": "last_failed_payment,plan"}


def read_subscription(client: PayPalClient, ref: str) -> Json:
    return client.get(f"/v1/billing/subscriptions/{ref}", _FIELDS)


def agreed_terms(catalogue: Catalogue, subscription: Json) -> Terms | None:
    """Its own where PayPal shows them, or else the plan's."""
    plan = subscription.get("plan", {})
    if plan.get("billing_cycles"):
        return terms_of(plan)
    return catalogue.terms(text(subscription, "plan_id"))
