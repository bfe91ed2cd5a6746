"""What sales sell at Stripe, past our checkout."""

from __future__ import annotations

from typing import Any

from tests.support import stripe_periods
from tests.support.stripe_catalogue import create_customer, create_price
from tests.support.stripe_driver import StripeDriver
from tests.support.stripe_shapes import Record


class StripeSales:
    def __init__(self, driver: StripeDriver) -> None:
        self._driver = driver
        self._store = driver.store

    def price_of(self, price_ref: str) -> Record:
        return self._store.get(price_ref)

    def negotiate(self, price_ref: str, amount: int, interval: str = "month") -> str:
        """Another price of the same product, made in the dashboard."""
        product = self._store.get(price_ref)["product"]
        made = create_price(
            self._store,
            {
                "product": product,
                "currency": "usd",
                "unit_amount": amount,
                "recurring": {"interval": interval},
            },
        )
        return str(made["id"])

    def subscribe(self, price_ref: str, customer: str = "", **facts: Any) -> str:
        """In the dashboard, without a word of ours; a new customer unless one is named."""
        customer = customer or str(create_customer(self._store, {"email": "x@acme.example"})["id"])
        _, method = self._driver.card(customer, "ok")
        order = {"customer": customer, "price": price_ref, "subscription_data": {"metadata": {}}}
        made = stripe_periods.begin(self._store, order, method)
        made.update(facts)
        return str(made["id"])

    def sell_by_link(self, price_ref: str, reference: str) -> tuple[str, str]:
        """A payment link, whose address names the workspace. Session and subscription."""
        subscription = self._store.get(self.subscribe(price_ref))
        session = self._store.add("checkout.session", url=None)
        session.update(
            mode="subscription",
            client_reference_id=reference,
            customer=subscription["customer"],
            subscription=subscription["id"],
            invoice=subscription["latest_invoice"],
            status="complete",
            payment_status="paid",
            payment_method_types=["card"],
            metadata={},
        )
        self._store.emit("checkout.session.completed", session)
        return str(session["id"]), str(subscription["id"])

    def release(self, subscription: str) -> None:
        """What was planned is given up."""
        schedule = self._store.get(self._store.get(subscription)["schedule"])
        schedule.update(status="released", released_subscription=subscription, subscription=None)
        found = self._store.get(subscription)
        found["schedule"] = None
        self._store.emit("customer.subscription.updated", found)
