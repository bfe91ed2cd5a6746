"""Hosted pages: checkout of a plan or of a one-time sum, and the customer portal."""

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
from gateways.return_url import asking
from gateways.stripe.connection import Connection, asks, moment, once, words
from gateways.stripe.currencies import to_stripe
from gateways.stripe.shapes import quoted, reference

_RECENT = 300  # sessions of one customer that are looked through


class Checkouts(Connection):
    @asks
    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        """The same page for the same command, for ever: the customer's sessions are listed and
        compared by the command id in their metadata."""
        customer = request.customer or self._customer(request)
        made = self._session_of(request.command_id, customer)
        return _page(made or self._subscription_session(request, customer))

    @asks
    def start_payment(self, request: PaymentRequest) -> Checkout:
        customer = request.customer or self._customer(request)
        made = self._session_of(request.command_id, customer)
        return _page(made or self._payment_session(request, customer))

    @asks
    def fetch_checkout(self, ref: str) -> CheckoutSnapshot:
        session = self._api.checkout.sessions.retrieve(ref)
        return CheckoutSnapshot(
            ref=session.id,
            status=_status(session),
            subscription=reference(session.subscription) or None,
            charge=reference(session.payment_intent) or None,
        )

    @asks
    def abandon_checkout(self, ref: str) -> None:
        try:
            self._api.checkout.sessions.expire(ref)
        except stripe.InvalidRequestError:
            return  # complete, expired or gone

    @asks
    def portal_url(self, customer: str, return_url: str) -> str:
        return self._api.billing_portal.sessions.create(
            {"customer": customer, "return_url": return_url}
        ).url

    def _session_of(self, command_id: str, customer: str) -> stripe.checkout.Session | None:
        sessions = self._api.checkout.sessions.list({"customer": customer, "limit": 100})
        for session in islice(sessions.auto_paging_iter(), _RECENT):
            if words(session.metadata).get("command_id") == command_id:
                return session
        return None

    def _customer(self, request: CheckoutRequest | PaymentRequest) -> str:
        """One per workspace. Search is minutes late at worst, the idempotency key of creation
        (always the same parameters) covers a day: together they never make a second one."""
        workspace = request.workspace_id
        found = self._api.customers.search(
            {"query": f"metadata['workspace_id']:'{quoted(workspace)}'", "limit": 1}
        ).data
        if found:
            return found[0].id
        customer = self._api.customers.create(
            {"metadata": {"workspace_id": workspace}}, once(f"workspace:{workspace}", "customer")
        )
        if request.customer_email and customer.email != request.customer_email:
            self._api.customers.update(customer.id, {"email": request.customer_email})
        return customer.id

    def _subscription_session(
        self, request: CheckoutRequest, customer: str
    ) -> stripe.checkout.Session:
        metadata = {
            "command_id": request.command_id,
            "workspace_id": request.workspace_id,
            "plan": request.plan.slug,
        }
        if request.replaces:
            metadata["replaces"] = request.replaces
        return self._api.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": customer,
                "client_reference_id": request.workspace_id,
                "line_items": [{"price": request.price_ref, "quantity": 1}],
                "success_url": asking(request.success_url),
                "cancel_url": request.cancel_url,
                "metadata": metadata,
                "subscription_data": {"metadata": metadata},
            },
            once(request.command_id, "checkout"),
        )

    def _payment_session(self, request: PaymentRequest, customer: str) -> stripe.checkout.Session:
        """Named by its payment intent afterwards; the invoice is for the customer's list only."""
        metadata = {"command_id": request.command_id, "workspace_id": request.workspace_id}
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
                "success_url": asking(request.success_url),
                "cancel_url": request.cancel_url,
                "metadata": metadata,
                "payment_intent_data": {"metadata": metadata, "description": request.description},
                "invoice_creation": {
                    "enabled": True,
                    "invoice_data": {"metadata": {"workspace_id": request.workspace_id}},
                },
            },
            once(request.command_id, "checkout"),
        )


def _page(session: stripe.checkout.Session) -> Checkout:
    """A closed session has no URL of its own any more: then it is where it led."""
    closed = session.success_url if session.status == "complete" else session.cancel_url
    return Checkout(session.id, session.url or closed or "", moment(session.expires_at))


def _status(session: stripe.checkout.Session) -> CheckoutStatus:
    """Complete says that the customer is done; the money may still be on its way (bank debit),
    which the subscription or the charge tells."""
    if session.status == "complete":
        return "complete"
    return "expired" if session.status == "expired" else "open"
