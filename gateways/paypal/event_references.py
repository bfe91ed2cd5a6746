"""What a PayPal event is about. Resources differ by event type."""

from __future__ import annotations

from gateways.paypal.client import Json, link
from gateways.paypal.metadata import OurReference


def references(event_type: str, resource: Json) -> dict[str, str]:
    """The fields of `VerifiedEvent` that it names; none for types that we don't act on, which are
    stored all the same."""
    if event_type.startswith("BILLING.SUBSCRIPTION."):
        return _of_subscription(resource)
    if event_type.startswith("PAYMENT.SALE."):
        return _of_sale(resource)
    if event_type.startswith("CHECKOUT.ORDER."):
        return _of_order(resource)
    if event_type.startswith("PAYMENT.CAPTURE."):
        return _of_capture(resource)
    if event_type.startswith("CUSTOMER.DISPUTE."):
        return _of_dispute(resource)
    return {}


def _of_sale(resource: Json) -> dict[str, str]:
    """The payment of a subscription, or a refund of one, which leads to its payment."""
    return {
        "subscription": _text(resource.get("billing_agreement_id")),
        "invoice": _text(resource.get("id")),
        "workspace_id": _workspace(resource.get("custom") or resource.get("custom_id")),
    }


def _of_dispute(resource: Json) -> dict[str, str]:
    """Whether it is about a subscription's payment or an order's, PayPal does not say."""
    disputed = (resource.get("disputed_transactions") or [{}])[0]
    payment = _text(disputed.get("seller_transaction_id"))
    return {
        "invoice": payment,
        "charge": payment,
        "workspace_id": _workspace(disputed.get("custom")),
    }


def _of_subscription(resource: Json) -> dict[str, str]:
    ref = _text(resource.get("id"))
    return {
        "subscription": ref,
        "checkout": ref,
        "customer": _text(_object(resource.get("subscriber")).get("payer_id")),
        "workspace_id": _workspace(resource.get("custom_id")),
    }


def _of_order(resource: Json) -> dict[str, str]:
    ref = _text(resource.get("id"))
    units = resource.get("purchase_units")
    first = _object(units[0]) if isinstance(units, list) and units else {}
    return {
        "checkout": ref,
        "charge": ref,
        "customer": _text(_object(resource.get("payer")).get("payer_id")),
        "workspace_id": _workspace(first.get("custom_id")),
    }


def _of_capture(resource: Json) -> dict[str, str]:
    """Refund events carry the refund, whose link `up` leads to the capture."""
    related = _object(_object(resource.get("supplementary_data")).get("related_ids"))
    order = _text(related.get("order_id"))
    capture = (link(resource, "up") or "").rpartition("/captures/")[2]
    return {
        "checkout": order,
        "charge": order or capture or _text(resource.get("id")),
        "workspace_id": _workspace(resource.get("custom_id")),
    }


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _workspace(custom_id: object) -> str:
    return OurReference.unpacked(_text(custom_id)).workspace_id
