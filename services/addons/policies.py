"""What follows from billing's events and from our own. Everything is written through the
consumer's cursor, so it commits with its position; nothing is sent or charged here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from contracts.addons import AddonPaid
from contracts.billing import PaymentMethodSaved
from contracts.envelope import Envelope
from runtime.postgres.database import Cursor
from services.addons.application.payment_methods import PaymentMethods, SavedMethod
from services.addons.application.team_notifications.delivery import TeamNotifications


@dataclass(frozen=True, slots=True)
class Derived:
    """What policies write: all of it can be made again from the events."""

    methods: PaymentMethods
    notifications: TeamNotifications


def when_payment_method_saved(derived: Derived, cursor: Cursor, event: Envelope) -> None:
    saved = event.data
    if isinstance(saved, PaymentMethodSaved):
        method = SavedMethod(saved.gateway, saved.customer_ref, saved.payment_method_ref)
        derived.methods.remember(cursor, saved.workspace_id, method, event.sequence)


def when_addon_paid(derived: Derived, cursor: Cursor, event: Envelope) -> None:
    """The delivery team will be notified, once however often this is replayed."""
    if isinstance(event.data, AddonPaid):
        derived.notifications.enqueue(cursor, event.data.purchase.purchase_id)


POLICIES: Mapping[str, Callable[[Derived, Cursor, Envelope], None]] = {
    PaymentMethodSaved.TYPE: when_payment_method_saved,
    AddonPaid.TYPE: when_addon_paid,
}


def follow(derived: Derived, cursor: Cursor, events: Sequence[Envelope]) -> None:
    for event in events:
        policy = POLICIES.get(event.type)
        if policy is not None:
            policy(derived, cursor, event)
