"""What a test does at the double of Stripe as the customer, the bank, time and the network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Literal

import stripe

from gateways.port import Checkout, Gateway
from gateways.stripe import StripeClient, build
from gateways.stripe.metadata import facts
from tests.support import stripe_periods
from tests.support.gateway_driver import Books, Dashboard, Delivery, Fault, Signer
from tests.support.stripe_card_outcomes import decline, new_intent, settle, succeed
from tests.support.stripe_changes import apply_pending
from tests.support.stripe_collections import (
    books_of,
    close_dispute,
    create_refund,
    fail_refund,
    open_dispute,
)
from tests.support.stripe_dashboard import StripeDashboard
from tests.support.stripe_double import API_KEY, StripeDouble, stripe_double
from tests.support.stripe_payments import subscription_of
from tests.support.stripe_shapes import Record
from tests.support.stripe_store import Card
from tests.support.stripe_subscriptions import end_subscription

SECRET = "whsec_current"
PREVIOUS_SECRET = "whsec_previous"
_SECRETS = {"current": SECRET, "previous": PREVIOUS_SECRET, "foreign": "whsec_stranger"}


class StripeDriver:
    """No retries by the SDK: a fault has to reach the caller, who repeats the command."""

    def __init__(self, double: StripeDouble) -> None:
        self.double = double
        self.store = double.store
        self.gateway = build(stripe_client(double), [SECRET, PREVIOUS_SECRET])
        self.by_hand: Dashboard = StripeDashboard(double.store)
        self._delivered = 0

    def now(self) -> datetime:
        return self.store.now()

    def approve(self, checkout: Checkout) -> None:
        session = self.store.get(checkout.ref)
        order = self.store.orders[checkout.ref]
        _, method = self.card(session["customer"], "ok")
        session.update(status="complete", payment_status="paid", url=None)
        if session["mode"] == "subscription":
            subscription = stripe_periods.begin(self.store, order, method)
            session.update(subscription=subscription["id"], invoice=subscription["latest_invoice"])
        else:
            intent = self._payment(session)
            succeed(self.store, intent, method)
        self.store.emit("checkout.session.completed", session)

    def decline(self, checkout: Checkout) -> None:
        """The page stays open for another card; a payment's intent exists from then on."""
        session = self.store.get(checkout.ref)
        intent = self._payment(session) if session["mode"] == "payment" else None
        if intent is not None:
            error = {"type": "card_error", "code": "card_declined", "message": "Declined."}
            intent["last_payment_error"] = error
            self.store.emit("payment_intent.payment_failed", intent)

    def renew(self, subscription: str) -> None:
        found = self.store.get(subscription)
        if stripe_periods.next_period(self.store, found):
            stripe_periods.renew(self.store, found)
        else:
            end_subscription(self.store, found)

    def fail_payment(self, subscription: str) -> None:
        found = self.store.get(subscription)
        stripe_periods.next_period(self.store, found)
        stripe_periods.fail(self.store, found)

    def recover_payment(self, subscription: str) -> None:
        found = self.store.get(subscription)
        for invoice in self._open_invoices(found):
            settle(self.store, invoice, found["default_payment_method"])
        found["status"] = "active"
        self.store.emit("customer.subscription.updated", found)

    def suspend(self, subscription: str) -> None:
        found = self.store.get(subscription)
        found["status"] = "unpaid"
        self.store.emit("customer.subscription.updated", found)

    def end_in_portal(self, subscription: str) -> None:
        """Under flexible billing the portal sets a date, not the flag."""
        found = self.store.get(subscription)
        found["cancel_at"] = found["items"]["data"][0]["current_period_end"]
        self.store.emit("customer.subscription.updated", found)

    def saved_method(self, customer_of: str, *, card: Card) -> tuple[str, str]:
        metadata = {"billing_workspace_id": customer_of}
        known = self.store.every("customer", lambda each: bool(each["metadata"] == metadata))
        customer = known[0] if known else self.store.add("customer", metadata=metadata)
        return self.card(customer["id"], card)

    def confirm(self, charge: str, *, succeed: bool) -> None:
        invoice = self.store.get(charge)
        if succeed:
            settle(self.store, invoice, invoice["default_payment_method"])
            apply_pending(self.store, invoice)
        else:
            decline(self.store, invoice, code="payment_intent_authentication_failure")

    def books(self, subscription: str) -> Books:
        invoices = self.store.every("invoice", lambda each: subscription_of(each) == subscription)
        return books_of(self.store, [self._intent_of(each["id"]) for each in invoices])

    def refund_by_hand(self, invoice: str, amount: int) -> str:
        intent = self._intent_of(invoice)
        refund = create_refund(
            self.store, {"payment_intent": intent, "amount": amount, "metadata": {}}
        )
        return str(refund["id"])

    def fail_refund(self, refund: str) -> None:
        fail_refund(self.store, self.store.get(refund))

    def open_dispute(self, invoice: str) -> str:
        intent = self.store.get(self._intent_of(invoice))
        return str(open_dispute(self.store, self.store.get(intent["latest_charge"]))["id"])

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        close_dispute(self.store, self.store.get(dispute), won=won)

    def _intent_of(self, invoice: str) -> str:
        """Empty where there was nothing to pay."""
        payments = self.store.every("invoice_payment", lambda each: each["invoice"] == invoice)
        return str(payments[0]["payment"]["payment_intent"]) if payments else ""

    def advance(self, by: timedelta) -> None:
        self.store.offset += by

    def break_next(self, fault: Fault, calls: int = 1) -> None:
        self.double.plan(*[fault] * calls)

    def deliveries(self) -> list[Delivery]:
        events = self.store.every("event")[::-1]
        new, self._delivered = events[self._delivered :], len(events)
        return [self._signed(json.dumps(event), SECRET, self.now()) for event in new]

    def resign(
        self, delivery: Delivery, *, by: Signer = "current", age: timedelta = timedelta()
    ) -> Delivery | None:
        return self._signed(delivery[0].decode(), _SECRETS[by], self.now() - age)

    def effects(self, kind: Literal["product", "price", "checkout", "charge", "refund"]) -> int:
        if kind == "charge":
            return sum("command_id" in facts(each["metadata"]) for each in self._intents())
        return len(self.store.every("checkout.session" if kind == "checkout" else kind))

    def _intents(self) -> list[Record]:
        return self.store.every("payment_intent")

    def _signed(self, body: str, secret: str, at: datetime) -> Delivery:
        header = stripe.WebhookSignature.generate_signature_header(
            body, secret, int(at.timestamp())
        )
        return body.encode(), {"stripe-signature": header, "content-type": "application/json"}

    def card(self, customer: str, card: Card) -> tuple[str, str]:
        details = {
            "brand": "visa",
            "last4": "4242",
            "exp_month": 12,
            "exp_year": 2040,
            "funding": "credit",
        }
        method = self.store.add("payment_method", type="card", customer=customer)
        method["card"] = {**_NO_CARD, "fingerprint": f"card-{details['last4']}", **details}
        self.store.cards[method["id"]] = card
        return customer, method["id"]

    def _payment(self, session: Record) -> Record:
        if session["payment_intent"] is None:
            order = self.store.orders[session["id"]]
            intent = new_intent(
                self.store,
                amount=session["amount_total"],
                currency=session["currency"],
                customer=session["customer"],
                metadata=order["payment_intent_data"]["metadata"],
            )
            session["payment_intent"] = intent["id"]
        return self.store.get(session["payment_intent"])

    def _open_invoices(self, subscription: Record) -> list[Record]:
        ref = subscription["id"]
        invoices = self.store.every("invoice", lambda each: subscription_of(each) == ref)
        return [each for each in invoices if each["status"] == "open"]


_NO_CARD: Record = dict.fromkeys(
    (
        "checks",
        "country",
        "display_brand",
        "fingerprint",
        "generated_from",
        "networks",
        "regulated_status",
        "three_d_secure_usage",
        "wallet",
    )
)


def stripe_client(double: StripeDouble, *, timeout: float = 20.0, retries: int = 0) -> StripeClient:
    return StripeClient(
        API_KEY,
        clock=double.store.now,
        api_base=double.api_base,
        timeout=timeout,
        network_retries=retries,
    )


def another_gateway(double: StripeDouble, *, timeout: float = 20.0, retries: int = 0) -> Gateway:
    """Another client of the same Stripe."""
    return build(stripe_client(double, timeout=timeout, retries=retries), [SECRET])


@contextmanager
def driver() -> Iterator[StripeDriver]:
    with stripe_double() as double:
        yield StripeDriver(double)
