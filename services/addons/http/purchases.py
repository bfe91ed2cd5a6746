"""The commands of purchases.

Who may what: owners and admins of the workspace buy, reconcile, and cancel before delivery; the
platform's support does the same for them but for buying, and refunds; its super_admin delivers and
reopens, too.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from gateways.port import GatewayRejected
from kernel.errors import CardDeclined
from runtime.eventstore.store import EventStore
from runtime.eventstore.vault import Vault
from runtime.web.auth import Access, Principal
from runtime.web.commands import SentKey, command_router
from runtime.web.idempotency import IdempotencyKeys
from services.addons.application.admin_decisions import AdminDecisions, RefundOrder
from services.addons.application.buy_addon import Order, Purchasing
from services.addons.application.purchase_repository import PurchaseRepository
from services.addons.application.take_payment import REJECTED
from services.addons.domain.errors import PurchaseClosed
from services.addons.domain.purchase.purchase import Buyer, Purchase
from services.addons.http import refusals
from services.addons.http.answers import PurchaseBody, purchase_body
from services.addons.http.requests import BuyAddon, CancelPurchase, RefundPurchase

BOUGHT: dict[int | str, dict[str, Any]] = {
    202: {
        "model": PurchaseBody,
        "description": "Pending: the buyer goes to `confirmation_url`.",
    },
}
PurchaseId = Annotated[
    str, Path(alias="id", max_length=64, description="The purchase's id.", examples=["pu_8Kd2hT"])
]


def purchasing_router(
    store: EventStore,
    keys: IdempotencyKeys,
    access: Access,
    purchasing: Purchasing,
    vault: Vault,
    learned: Any,
) -> APIRouter:
    """`learned` waits for the position that the buyer names in `?after=`."""
    router = command_router(store, keys, prefix="/v1/addons/workspaces", tags=["add-ons"])

    @router.post(
        "/{ws}/purchases",
        status_code=201,
        responses=BOUGHT,
        dependencies=[learned],
        openapi_extra=refusals.OF_BUYING,
    )
    def buy_addon(
        ws: str,
        body: BuyAddon,
        response: Response,
        key: SentKey = "",
        principal: Principal = access.workspace_admin,
    ) -> PurchaseBody:
        """Buy an add-on. The workspace's saved payment method is charged at once; the purchase is
        pending where the buyer has to confirm, or has none: they go to `confirmation_url`."""
        access.rates.checkouts.spend(ws)
        buyer = Buyer(
            subject=principal.subject,
            email=vault.seal(ws, principal.email),
            name=vault.seal(ws, principal.name),
        )
        order = Order(workspace=ws, buyer=buyer, key=key, **body.model_dump())
        purchase = purchasing.buy_addon(order, principal.cause())
        _raise_unless_bought(purchase)
        response.status_code = 202 if purchase.status == "pending" else 201
        return purchase_body(purchase)

    return router


def decisions_router(
    store: EventStore,
    keys: IdempotencyKeys,
    access: Access,
    purchases: PurchaseRepository,
    decisions: AdminDecisions,
) -> APIRouter:
    router = command_router(store, keys, prefix="/v1/addons/purchases", tags=["add-ons"])
    _add_admins_decisions(router, access, decisions)
    _add_shared_decisions(router, access, purchases, decisions)
    return router


def _add_admins_decisions(router: APIRouter, access: Access, decisions: AdminDecisions) -> None:
    @router.post("/{id}/deliver", openapi_extra=refusals.OF_DELIVERING)
    def deliver_addon(
        purchase_id: PurchaseId, principal: Principal = access.super_admin
    ) -> PurchaseBody:
        """Say that a paid purchase was delivered."""
        return purchase_body(decisions.deliver_addon(purchase_id, principal.cause()))

    @router.post("/{id}/reopen", openapi_extra=refusals.OF_REOPENING)
    def reopen_addon(
        purchase_id: PurchaseId, principal: Principal = access.super_admin
    ) -> PurchaseBody:
        """Let a delivered service be bought again. It is recorded, and possible once."""
        return purchase_body(decisions.reopen_addon(purchase_id, principal.cause()))

    @router.post("/{id}/refund", openapi_extra=refusals.OF_REFUNDING)
    def refund_purchase(
        purchase_id: PurchaseId,
        body: RefundPurchase | None = None,
        key: SentKey = "",
        principal: Principal = access.support,
    ) -> PurchaseBody:
        """Give back what was paid, or a part of it. The same key gives back once."""
        wanted = body or RefundPurchase()
        order = RefundOrder(
            purchase_id=purchase_id,
            amount_cents=wanted.amount_cents,
            reason=wanted.reason,
            key=f"{principal.subject}\n{key}" if key else "",
        )
        return purchase_body(decisions.refund_purchase(order, principal.cause()))


def _add_shared_decisions(
    router: APIRouter, access: Access, purchases: PurchaseRepository, decisions: AdminDecisions
) -> None:
    """Open to the workspace's owners and admins, and to support."""
    concerned = access.concerned(lambda purchase: purchases.get(purchase).workspace_id)

    @router.post("/{id}/cancel", openapi_extra=refusals.OF_CANCELLING)
    def cancel_purchase(
        purchase_id: PurchaseId,
        body: CancelPurchase | None = None,
        principal: Principal = concerned,
    ) -> PurchaseBody:
        """Cancel a purchase before delivery. What was paid is given back."""
        reason = body.reason if body else ""
        return purchase_body(decisions.cancel_purchase(purchase_id, principal.cause(), reason))

    @router.post("/{id}/reconcile", openapi_extra=refusals.OF_RECONCILING)
    def reconcile_purchase(
        purchase_id: PurchaseId, principal: Principal = concerned
    ) -> PurchaseBody:
        """Ask the gateway how the payment stands, and apply it."""
        return purchase_body(decisions.reconcile_purchase(purchase_id, principal.cause()))


def _raise_unless_bought(purchase: Purchase) -> None:
    if purchase.status == "failed" and purchase.decline_code == REJECTED:
        raise GatewayRejected(purchase_id=purchase.purchase_id)
    if purchase.status == "failed":
        raise CardDeclined(purchase_id=purchase.purchase_id, decline_code=purchase.decline_code)
    if purchase.status == "cancelled":
        raise PurchaseClosed(purchase_id=purchase.purchase_id)
