"""Stored event → contract event, one each."""

from __future__ import annotations

from contracts import addons as contract
from contracts.envelope import Envelope, EventData
from contracts.publishing import envelope
from runtime.eventstore.recorder import RecordedEvent
from runtime.eventstore.store import EventStore
from services.addons.domain.addon.entry import Entry
from services.addons.domain.addon.events import AddonCreated, AddonEvent
from services.addons.domain.purchase import events
from services.addons.domain.purchase.purchase import Purchase

SERVICE = "addons"
PLAIN: dict[type[object], type[contract.PurchaseEvent]] = {
    events.AddonPurchaseStarted: contract.AddonPurchaseStarted,
    events.AddonPurchaseStartedAgain: contract.AddonPurchaseStarted,
    events.AddonConfirmationRequired: contract.AddonConfirmationRequired,
    events.AddonChargeIdentified: contract.AddonChargeIdentified,
    events.AddonPaid: contract.AddonPaid,
    events.AddonPaidTooLate: contract.AddonPaidTooLate,
    events.AddonPaymentFailed: contract.AddonPaymentFailed,
    events.AddonDelivered: contract.AddonDelivered,
    events.AddonCancelled: contract.AddonCancelled,
    events.AddonReopened: contract.AddonReopened,
}


def publish(store: EventStore, recorded: RecordedEvent) -> Envelope:
    """Ordered by workspace; the catalogue's own events by slug."""
    stored = store.decode(recorded)
    if isinstance(stored, AddonEvent):
        body, workspace, key = _addon_event(stored), "", stored.entry.slug
    elif isinstance(stored, events.PurchaseEvent):
        body, workspace, key = _purchase_event(stored), stored.purchase.workspace_id, ""
    else:
        raise TypeError(f"{recorded.topic} is not published")
    return envelope(
        SERVICE, recorded, stored.timestamp, stored.cause, body, workspace=workspace, key=key
    )


def _addon_event(stored: AddonEvent) -> EventData:
    created = isinstance(stored, AddonCreated)
    kind = contract.AddonCreated if created else contract.AddonChanged
    return kind.model_validate(_entry(stored.entry))


def _purchase_event(stored: events.PurchaseEvent) -> EventData:
    purchase, workspace = _purchase(stored.purchase), stored.purchase.workspace_id
    if isinstance(stored, events.AddonRefunded):
        return contract.AddonRefunded(
            workspace_id=workspace,
            purchase=purchase,
            refund_ref=stored.refund_ref,
            amount_cents=stored.amount_cents,
            reason=stored.reason,
        )
    if isinstance(stored, events.AddonRefundStarted | events.AddonRefundFailed):
        kind = (
            contract.AddonRefundStarted
            if isinstance(stored, events.AddonRefundStarted)
            else contract.AddonRefundFailed
        )
        return kind(
            workspace_id=workspace,
            purchase=purchase,
            refund_id=stored.refund_id,
            amount_cents=stored.amount_cents,
            reason=stored.reason,
        )
    if isinstance(stored, events.DeliveryTeamPaged):
        return contract.DeliveryTeamPaged(
            workspace_id=workspace, purchase=purchase, message_id=stored.message_id
        )
    return PLAIN[type(stored)](workspace_id=workspace, purchase=purchase)


def _entry(entry: Entry) -> dict[str, object]:
    return {
        "slug": entry.slug,
        "name": entry.name,
        "price_cents": entry.price_cents,
        "currency": entry.currency,
        "description": entry.description,
        "features": list(entry.features),
        "sort_order": entry.sort_order,
        "is_active": entry.is_active,
    }


def _purchase(purchase: Purchase) -> contract.Purchase:
    return contract.Purchase(
        purchase_id=purchase.purchase_id,
        workspace_id=purchase.workspace_id,
        addon=purchase.addon,
        addon_name=purchase.addon_name,
        price_cents=purchase.price_cents,
        currency=purchase.currency,
        status=purchase.status,
        blocks=purchase.blocks,
        gateway=purchase.gateway,
        charge_ref=purchase.charge_ref,
        confirmation_url=purchase.confirmation_url,
        decline_code=purchase.decline_code,
        refunded_cents=purchase.refunded_cents,
        buyer=purchase.buyer.subject,
        buyer_email=purchase.buyer.email,
        buyer_name=purchase.buyer.name,
        started_at=purchase.started_at,
        captured=purchase.captured,
        refunding_cents=sum(refund.amount_cents for refund in purchase.refunds),
    )
