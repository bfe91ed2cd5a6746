"""What follows from billing's events and from our own. Everything is written through the
consumer's cursor, so it commits with its position; nothing is sent or charged here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from contracts.addons import AddonPaid
from contracts.billing import PaymentMethodSaved
from contracts.envelope import Envelope
from runtime.postgres.database import Cursor
from services.addons.application import Paging, PaymentMethods, SavedMethod


@dataclass(frozen=True, slots=True)
class Provenance:
    """What policies may write to."""

    methods: PaymentMethods
    paging: Paging


def when_payment_method_saved(learned: Provenance, cursor: Cursor, event: Envelope) -> None:
    saved = event.data
    if isinstance(saved, PaymentMethodSaved):
        method = SavedMethod(saved.gateway, saved.customer_ref, saved.payment_method_ref)
        learned.methods.remember(cursor, saved.workspace_id, method, event.sequence)


def when_addon_paid(learned: Provenance, cursor: Cursor, event: Envelope) -> None:
    """The delivery team will be told, once however often this is replayed."""
    if isinstance(event.data, AddonPaid):
        learned.paging.enqueue_page(cursor, event.data.purchase.purchase_id)


POLICIES: Mapping[str, Callable[[Provenance, Cursor, Envelope], None]] = {
    PaymentMethodSaved.TYPE: when_payment_method_saved,
    AddonPaid.TYPE: when_addon_paid,
}


def follow(learned: Provenance, cursor: Cursor, events: Sequence[Envelope]) -> None:
    for event in events:
        policy = POLICIES.get(event.type)
        if policy is not None:
            policy(learned, cursor, event)
