"""What a Razorpay event is about, by the entities that it carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateways.razorpay.metadata import OurNotes

Entity = Mapping[str, Any]


def entities(payload: object) -> dict[str, Entity]:
    """By kind. Some samples hold an entity without its wrapping, and some hold a time."""
    parts = payload.items() if isinstance(payload, Mapping) else ()
    found = {kind: part.get("entity", part) for kind, part in parts if isinstance(part, Mapping)}
    return {kind: entity for kind, entity in found.items() if isinstance(entity, Mapping)}


def references(of: Mapping[str, Entity]) -> dict[str, str]:
    """The fields of `VerifiedEvent` that they name."""
    subscription, link, payment, invoice = (
        of.get(kind, {}) for kind in ("subscription", "payment_link", "payment", "invoice")
    )
    notes = [OurNotes.unpacked(part.get("notes")) for part in (subscription, link, payment)]
    owners = (subscription, invoice, payment)
    return {
        "subscription": _text(subscription.get("id")) or _text(invoice.get("subscription_id")),
        "checkout": _text(subscription.get("id")) or _text(link.get("id")),
        "charge": "" if subscription or invoice else _charge(of),
        "invoice": _invoice(of),
        "customer": next((_text(o["customer_id"]) for o in owners if o.get("customer_id")), ""),
        "workspace_id": next((note.workspace_id for note in notes if note.workspace_id), ""),
    }


def _charge(of: Mapping[str, Entity]) -> str:
    """The payment of a subscription is no charge of its own."""
    link, payment = of.get("payment_link", {}), of.get("payment", {})
    if payment.get("invoice_id"):
        return ""
    return _text(link.get("id")) or _moved(of) or _text(payment.get("id"))


def _invoice(of: Mapping[str, Entity]) -> str:
    """Or a payment that may pay one: a refund or a dispute does not say more."""
    if "payment_link" in of:
        return ""
    named = of.get("invoice", {}).get("id") or of.get("payment", {}).get("invoice_id")
    return _text(named) or ("" if of.get("payment") else _moved(of))


def _moved(of: Mapping[str, Entity]) -> str:
    """The payment that a refund or a dispute is of."""
    return next(
        (_text(of[kind].get("payment_id")) for kind in ("refund", "dispute") if kind in of), ""
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
