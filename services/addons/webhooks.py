"""A gateway's notification, as billing stored it: a hint to look, never a fact."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.billing import WebhookReceived
from contracts.envelope import Envelope
from runtime.postgres.database import Cursor
from services.addons.application.purchase_index import PurchaseIndex


def when_webhook_received(index: PurchaseIndex, cursor: Cursor, received: WebhookReceived) -> None:
    """The sweep looks at once at what is ours of the references; the rest is somebody else's."""
    index.hint(
        cursor,
        received.gateway,
        received.charge_ref,
        received.checkout_ref,
        received.workspace_id,
    )


def take_hints(index: PurchaseIndex, cursor: Cursor, events: Sequence[Envelope]) -> None:
    for event in events:
        if isinstance(event.data, WebhookReceived):
            when_webhook_received(index, cursor, event.data)
