"""Razorpay's subscriptions, invoices and payments as they are when they begin."""

from __future__ import annotations

from tests.support.http_double import Json
from tests.support.razorpay_state import checked_notes


def created(sent: Json, ref: str, now: int) -> Json:
    return {
        "id": ref,
        "entity": "subscription",
        "plan_id": sent["plan_id"],
        "customer_id": None,
        "status": "created",
        **dict.fromkeys(["current_start", "current_end", "ended_at"]),
        **dict.fromkeys(["charge_at", "start_at", "end_at"]),
        "quantity": sent.get("quantity", 1),
        "offer_id": sent.get("offer_id"),
        "notes": checked_notes(sent.get("notes", {})) or [],
        "auth_attempts": 0,
        "total_count": sent["total_count"],
        "paid_count": 0,
        "customer_notify": bool(sent.get("customer_notify", True)),
        "created_at": now,
        **({"start_at": sent["start_at"]} if "start_at" in sent else {}),
        "expire_by": sent.get("expire_by"),
        "has_scheduled_changes": False,
        "change_scheduled_at": None,
        "remaining_count": sent["total_count"],
        "payment_method": None,
        "_scheduled": {},
        "_cancels_at_end": False,
    }


def issued(ids: dict[str, str], subscription: Json, plan: Json, now: int, off: int = 0) -> Json:
    """`off`: percent of its offer, of which an invoice shows nothing but the lower sum."""
    amount = plan["amount"] * subscription["quantity"] * (100 - off) // 100
    line = {"id": ids["li"], "name": plan["name"], "type": "plan"}
    line |= {"amount": amount, "taxable_amount": amount, "tax_amount": 0}
    return {
        "id": ids["inv"],
        "entity": "invoice",
        "invoice_number": None,
        "customer_id": subscription["customer_id"],
        "order_id": ids["order"],
        "subscription_id": subscription["id"],
        "line_items": [{**line, "quantity": subscription["quantity"]}],
        "payment_id": None,
        "status": "issued",
        "issued_at": now,
        **dict.fromkeys(["paid_at", "cancelled_at", "expired_at"]),
        "tax_amount": 0,
        "amount": amount,
        "amount_paid": 0,
        "amount_due": amount,
        "currency": plan["currency"],
        "notes": [],
        "short_url": subscription["short_url"],
        "billing_start": subscription["current_start"],
        "billing_end": subscription["current_end"],
        "created_at": now,
    }


def attempted(ref: str, invoice: Json, status: str, now: int, method: str = "card") -> Json:
    """`method`: what people call `card` may be issued abroad, which its payment tells."""
    abroad = method == "card_abroad"
    card = {"card": {"network": "Visa", "international": abroad}} if "card" in method else {}
    return {
        "method": "card" if card else method,
        **card,
        "id": ref,
        "entity": "payment",
        "amount": invoice["amount"],
        "currency": invoice["currency"],
        "status": status,
        "order_id": invoice["order_id"],
        "invoice_id": invoice["id"],
        "customer_id": invoice["customer_id"],
        "notes": [],
        "amount_refunded": 0,
        "error_reason": "payment_failed" if status == "failed" else None,
        "created_at": now,
    }
