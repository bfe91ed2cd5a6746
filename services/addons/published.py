"""Stored event → contract event, one each."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from contracts import addons as contract
from contracts.envelope import Envelope, EventData
from contracts.publishing import envelope
from kernel.events import CreatedEvent
from runtime.eventstore.recorder import RecordedEvent
from runtime.eventstore.store import EventStore
from services.addons.domain.addon.events import AddonCreated, AddonEvent
from services.addons.domain.purchase import events
from services.addons.domain.purchase.purchase import Purchase
from services.addons.domain.top_up import events as top_ups

SERVICE = "addons"
CONTRACTS: dict[type[object], type[contract.PurchaseEvent]] = {
    events.AddonPurchaseStarted: contract.AddonPurchaseStarted,
    events.AddonPurchaseStartedAgain: contract.AddonPurchaseStarted,
    events.AddonConfirmationRequired: contract.AddonConfirmationRequired,
    events.AddonChargeIdentified: contract.AddonChargeIdentified,
    events.AddonPaid: contract.AddonPaid,
    events.AddonPaidTooLate: contract.AddonPaidTooLate,
    events.AddonPaymentFailed: contract.AddonPaymentFailed,
    events.AddonDelivered: contract.AddonDelivered,
    events.AddonCancelled: contract.AddonCancelled,
    events.AddonRefundStarted: contract.AddonRefundStarted,
    events.AddonRefunded: contract.AddonRefunded,
    events.AddonRefundFailed: contract.AddonRefundFailed,
    events.AddonDisputed: contract.AddonDisputed,
    events.AddonDisputeClosed: contract.AddonDisputeClosed,
    events.AddonReopened: contract.AddonReopened,
    events.DeliveryTeamPaged: contract.DeliveryTeamPaged,
}
TOP_UPS: dict[type[object], type[EventData]] = {
    top_ups.TopUpRemoved: contract.TopUpRemoved,
    top_ups.TopUpOrdered: contract.TopUpOrdered,
    top_ups.TopUpStopped: contract.TopUpStopped,
}
# What an event says beside its purchase has the same names in its contract.
SHARED = {field.name for kind in (events.PurchaseEvent, CreatedEvent) for field in fields(kind)}


def publish(store: EventStore, recorded: RecordedEvent) -> Envelope:
    """Ordered by workspace; the catalogue's own events by slug."""
    stored = store.decode(recorded)
    if isinstance(stored, AddonEvent):
        body, workspace, key = _addon_event(stored), "", stored.entry.slug
    elif isinstance(stored, events.PurchaseEvent):
        body, workspace, key = _purchase_event(stored), stored.purchase.workspace_id, ""
    elif isinstance(stored, top_ups.TopUpEvent):
        body, workspace, key = _top_up_event(stored), stored.workspace_id, ""
    else:
        raise TypeError(f"{recorded.topic} is not published")
    return envelope(
        SERVICE, recorded, stored.timestamp, stored.cause, body, workspace=workspace, key=key
    )


def _addon_event(stored: AddonEvent) -> EventData:
    created = isinstance(stored, AddonCreated)
    kind = contract.AddonCreated if created else contract.AddonChanged
    return kind.model_validate(asdict(stored.entry))


def _top_up_event(stored: top_ups.TopUpEvent) -> EventData:
    told: dict[str, Any] = {"workspace_id": stored.workspace_id, "meter": stored.meter}
    if isinstance(stored, top_ups.TopUpSet | top_ups.TopUpSetAgain):
        rule = asdict(stored.rule)
        return contract.TopUpSet(**told, set_by=rule.pop("buyer")["subject"], **rule)
    kind = TOP_UPS[type(stored)]
    names = set(kind.model_fields) - set(told)
    return kind.model_validate({**told, **{name: getattr(stored, name) for name in names}})


def _purchase_event(stored: events.PurchaseEvent) -> EventData:
    own = {each.name: getattr(stored, each.name) for each in fields(stored)}
    return CONTRACTS[type(stored)](
        workspace_id=stored.purchase.workspace_id,
        purchase=_purchase(stored.purchase),
        **{name: value for name, value in own.items() if name not in SHARED},
    )


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
        refunding_cents=purchase.refunding_cents,
        grants=tuple(contract.CreditGrant(**asdict(grant)) for grant in purchase.grants),
        dispute=contract.Dispute(**asdict(purchase.dispute)) if purchase.dispute else None,
    )
