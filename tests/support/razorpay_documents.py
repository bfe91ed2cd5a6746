"""Whether a request has only what Razorpay's reference documents for it."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from tests.support.local_server import Call

_ID = "[a-z]+_[A-Za-z0-9]+"
_PAGES = "count skip from to"
# By method and path: the fields of the body, those of its objects behind a dot, or the parameters.
_DOCUMENTED: Final[dict[str, str]] = {
    "POST /v1/plans": "period interval item item.name item.amount item.currency item.description"
    " notes",
    "GET /v1/plans": _PAGES,
    f"GET /v1/plans/{_ID}": "",
    "GET /v1/customers": "count skip",
    "POST /v1/subscriptions": "plan_id total_count quantity start_at expire_by customer_notify"
    " addons offer_id notes",
    "GET /v1/subscriptions": f"plan_id {_PAGES}",
    f"GET /v1/subscriptions/{_ID}": "",
    f"GET /v1/subscriptions/{_ID}/retrieve_scheduled_changes": "",
    f"PATCH /v1/subscriptions/{_ID}": "plan_id offer_id quantity remaining_count start_at"
    " schedule_change_at customer_notify",
    f"POST /v1/subscriptions/{_ID}/cancel_scheduled_changes": "",
    f"DELETE /v1/subscriptions/{_ID}/{_ID}": "",
    f"POST /v1/subscriptions/{_ID}/cancel": "cancel_at_cycle_end",
    f"POST /v1/subscriptions/{_ID}/pause": "pause_at",
    f"POST /v1/subscriptions/{_ID}/resume": "resume_at",
    "GET /v1/invoices": f"type payment_id customer_id receipt subscription_id {_PAGES}",
    f"GET /v1/invoices/{_ID}": "",
    "POST /v1/payment_links": "amount currency accept_partial description customer customer.name"
    " customer.email customer.contact notify notify.sms notify.email reminder_enable notes"
    " callback_url callback_method reference_id expire_by",
    "GET /v1/payment_links": "payment_id reference_id",
    f"GET /v1/payment_links/{_ID}": "",
    f"POST /v1/payment_links/{_ID}/cancel": "",
    f"GET /v1/payments/{_ID}": "",
    f"GET /v1/payments/{_ID}/refunds": _PAGES,
    f"POST /v1/payments/{_ID}/refund": "amount speed notes receipt",
    f"GET /v1/orders/{_ID}/payments": "",
    "GET /v1/disputes": _PAGES,
}


def violation(call: Call) -> str:
    """What the reference does not know; empty for a good request."""
    for request, known in _DOCUMENTED.items():
        method, _, path = request.partition(" ")
        if method == call.method and re.fullmatch(path, call.path):
            return " ".join(sorted(_sent(call) - set(known.split())))
    return f"{call.method} {call.path}"


def _sent(call: Call) -> set[str]:
    body = json.loads(call.body) if call.body else {}
    return {*call.query, *_names(body)}


def _names(body: dict[str, Any]) -> set[str]:
    """Notes are free."""
    inner = {
        f"{name}.{each}"
        for name, value in body.items()
        if isinstance(value, dict) and name != "notes"
        for each in value
    }
    return {*body, *inner}
