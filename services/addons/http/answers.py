"""Answers of the add-on commands."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kernel.clock import rfc3339
from services.addons.domain.addon.entry import Entry
from services.addons.domain.purchase.purchase import Purchase

Answer = dict[str, Any]


def entry_answer(entry: Entry) -> Answer:
    return asdict(entry)


def purchase_answer(purchase: Purchase) -> Answer:
    """Personal data of the buyer is left out: read models show it to whom it concerns."""
    return {
        "purchase_id": purchase.purchase_id,
        "workspace_id": purchase.workspace_id,
        "addon": purchase.addon,
        "addon_name": purchase.addon_name,
        "price_cents": purchase.price_cents,
        "currency": purchase.currency,
        "status": purchase.shown_status,
        "blocks": purchase.blocks,
        "gateway": purchase.gateway,
        "charge_ref": purchase.charge_ref,
        "confirmation_url": purchase.confirmation_url,
        "decline_code": purchase.decline_code,
        "refunded_cents": purchase.refunded_cents,
        "refunding_cents": purchase.refunding_cents,
        "started_at": rfc3339(purchase.started_at),
    }
