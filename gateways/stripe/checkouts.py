"""Hosted pages: checkout of a plan or of a one-time sum."""

from __future__ import annotations

from itertools import islice

import stripe

from gateways.port import (
    Checkout,
    CheckoutRequest,
    CheckoutSnapshot,
    CheckoutStatus,
    PaymentRequest,
)
from gateways.return_url import with_placeholder
from gateways.stripe.catalogue import Catalogue
from gateways.stripe.client import StripeClient, once, translates_errors
from gateways.stripe.coupons import Coupons
from gateways.stripe.customers import Customers
from gateways.stripe.metadata import facts
from gateways.stripe.money import to_stripe
from gateways.stripe.payers import Payers
from gateways.stripe.references import reference
from gateways.stripe.timestamps import to_datetime

_RECENT = 300  # sessions of one customer that are looked through

# Where the payer is decides about the tax: the page asks, and nobody pays without an answer.
TAXED: stripe.params.checkout.SessionCreateParams = {
    "automatic_tax": {"enabled": True},
    "billing_address_collection": "required",
    "customer_update": {"address": "auto", "name": "auto"},
    "tax_id_collection": {"enabled": True},
}


class Checkouts:
    def __init__(self, client: StripeClient, *, taxes: bool = False) -> None:
        self.client = client
        self._api = client.api
        self._customers = Customers(client)
        self._catalogue = Catalogue(client)
        self._coupons = Coupons(client)
        self._payers = Payers(client)
        self._taxes = taxes

    @translates_errors
    def start(self, request: CheckoutRequest) -> Checkout:
        """The same page for the same command, for ever: the customer's sessions are listed and
        compared by the command id in their metadata. A price that was archived in the dashboard is
        offered again."""

        def session(customer: str) -> stripe.checkout.Session:
            if request.payer is not None:
                self._payers.describe(customer, request.payer)
            made = self._session_of(request.command_id, customer)
            return made or self._subscription_session(request, customer)

        return _checkout(self._customers.with_one(request, session))

    @translates_errors
    def start_payment(self, request: PaymentRequest) -> Checkout:

        def session(customer: str) -> stripe.checkout.Session:
            made = self._session_of(request.command_id, customer)
            return made or self._payment_session(request, customer)

        return _checkout(self._customers.with_one(request, session))

    @translates_errors
    def fetch(self, ref: str) -> CheckoutSnapshot:
        session = self._api.checkout.sessions.retrieve(ref)
        return CheckoutSnapshot(
            ref=session.id,
            status=_status(session),
            subscription=reference(session.subscription) or None,
            charge=reference(session.payment_intent) or None,
            workspace_id=self.client.installation.workspace_named(
                facts(session.metadata), session.client_reference_id
            ),
        )

    @translates_errors
    def abandon(self, ref: str) -> None:
        try:
            self._api.checkout.sessions.expire(ref)
        except stripe.InvalidRequestError:
            return  # complete, expired or gone

    def _session_of(self, command_id: str, customer: str) -> stripe.checkout.Session | None:
        sessions = self._api.checkout.sessions.list({"customer": customer, "limit": 100})
        for session in islice(sessions.auto_paging_iter(), _RECENT):
            if facts(session.metadata).get("command_id") == command_id:
                return session
        return None

    def _subscription_session(
        self, request: CheckoutRequest, customer: str
    ) -> stripe.checkout.Session:
        step = f"checkout-{customer}-{request.price_ref}"
        try:
            return self._new_session(request, customer, step)
        except stripe.InvalidRequestError as error:
            if "price" not in (error.param or "") or not self._catalogue.offer(request.price_ref):
                raise
            return self._new_session(request, customer, f"{step}-offered")

    def _new_session(
        self, request: CheckoutRequest, customer: str, step: str
    ) -> stripe.checkout.Session:
        metadata = {
            "command_id": request.command_id,
            "workspace_id": request.workspace_id,
            "plan": request.plan.slug,
        }
        if request.replaces:
            metadata["replaces"] = request.replaces
        metadata = self.client.installation.written(metadata)
        begun: stripe.params.checkout.SessionCreateParamsSubscriptionData = {"metadata": metadata}
        if request.trial_days:
            begun["trial_period_days"] = request.trial_days
        session: stripe.params.checkout.SessionCreateParams = {
            "mode": "subscription",
            "customer": customer,
            "client_reference_id": request.workspace_id,
            "line_items": [{"price": request.price_ref, "quantity": request.quantity}],
            "success_url": with_placeholder(request.success_url),
            "cancel_url": request.cancel_url,
            "metadata": metadata,
            "subscription_data": begun,
        }
        if self._taxes:
            session |= TAXED
        if request.coupon is not None:
            session["discounts"] = [{"coupon": self._coupons.made(request.coupon)}]
        return self._api.checkout.sessions.create(session, once(request.command_id, step))

    def _payment_session(self, request: PaymentRequest, customer: str) -> stripe.checkout.Session:
        """Named by its payment intent afterwards; the invoice is for the customer's list only."""
        metadata = self.client.installation.written(
            {"command_id": request.command_id, "workspace_id": request.workspace_id}
        )
        amount, currency = to_stripe(request.amount)
        return self._api.checkout.sessions.create(
            {
                "mode": "payment",
                "customer": customer,
                "client_reference_id": request.workspace_id,
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": currency,
                            "unit_amount": amount,
                            "product_data": {"name": request.description},
                        },
                    }
                ],
                "success_url": with_placeholder(request.success_url),
                "cancel_url": request.cancel_url,
                "metadata": metadata,
                "payment_intent_data": {"metadata": metadata, "description": request.description},
                "invoice_creation": {
                    "enabled": True,
                    "invoice_data": {
                        "metadata": self.client.installation.written(
                            {"workspace_id": request.workspace_id}
                        )
                    },
                },
            },
            once(request.command_id, f"checkout-{customer}"),
        )


def _checkout(session: stripe.checkout.Session) -> Checkout:
    """A closed session has no URL of its own any more: then it is where it led."""
    closed = session.success_url if session.status == "complete" else session.cancel_url
    return Checkout(session.id, session.url or closed or "", to_datetime(session.expires_at))


def _status(session: stripe.checkout.Session) -> CheckoutStatus:
    """Complete says that the customer is done; the money may still be on its way (bank debit),
    which the subscription or the charge tells."""
    if session.status == "complete":
        return "complete"
    return "expired" if session.status == "expired" else "open"
