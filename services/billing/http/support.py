"""What support does for a workspace whose state leads nowhere."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import SentKey, command_router
from runtime.web.idempotency import IdempotencyKeys
from services.billing.application.billing import Billing
from services.billing.application.refund_invoice import RefundOrder
from services.billing.http import refusals
from services.billing.http.account_bodies import (
    RefundedInvoiceBody,
    SubscriptionBody,
    refunded_invoice_body,
    subscription_answer,
)
from services.billing.http.account_requests import Adoption, Forgetting, InvoiceRefund

Ref = Annotated[
    str,
    Path(pattern=r"^[!-~]{1,255}$", description="The invoice's id there.", examples=["in_1N8Zq2"]),
]


def support_routes(
    billing: Billing, store: EventStore, keys: IdempotencyKeys, access: Access
) -> APIRouter:
    router = command_router(store, keys, prefix="/v1/billing/workspaces/{ws}", tags=["support"])
    support: Any = access.support

    @router.post("/forget", openapi_extra=refusals.OF_FORGETTING)
    def forget_reference(
        ws: str, body: Forgetting, principal: Principal = support
    ) -> SubscriptionBody:
        """Forget what its gateway does not answer for any more. A subscription, a customer or a
        checkout."""
        account = billing.forget_reference(
            ws, body.gateway, body.ref, body.reason, principal.cause()
        )
        return subscription_answer(billing, account)

    @router.post("/adopt", openapi_extra=refusals.OF_ADOPTING)
    def adopt_subscription(
        ws: str, body: Adoption, principal: Principal = support
    ) -> SubscriptionBody:
        """Adopt a subscription that a person made in the gateway's dashboard."""
        account = billing.adopt_subscription(
            ws, body.gateway, body.subscription_ref, principal.cause()
        )
        return subscription_answer(billing, account)

    @router.post("/invoices/{ref}/refund", openapi_extra=refusals.OF_REFUNDS)
    def refund_invoice(
        ws: str, ref: Ref, body: InvoiceRefund, key: SentKey = "", principal: Principal = support
    ) -> RefundedInvoiceBody:
        """Give back what was paid for an invoice, or a part of it."""
        named = f"{principal.subject}\n{key}" if key else ""
        order = RefundOrder(ref, body.amount_cents, body.reason, named)
        return refunded_invoice_body(billing.refund_invoice(ws, order, principal.cause()))

    return router
