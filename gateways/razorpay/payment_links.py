"""Payment links: looked up by their own reference or by the command that made them."""

from __future__ import annotations

import uuid

from gateways.razorpay.client import Json, RazorpayClient, send

LINK_PREFIX = "plink_"
NAMESPACE = uuid.UUID("5d7cdd5e-6b1f-5c33-8c86-0a4b8f6f6f0d")
_REFERENCE_LIMIT = 40


def fetch_link(client: RazorpayClient, ref: str) -> Json:
    return send(client.sdk.payment_link.fetch, ref)


def link_of(client: RazorpayClient, command_id: str) -> Json | None:
    reference = reference_id(command_id)
    answer = send(client.sdk.payment_link.all, {"reference_id": reference})
    links = answer.get("payment_links", [])
    matching = [link for link in links if link.get("reference_id") == reference]
    return matching[0] if matching else None


def reference_id(command_id: str) -> str:
    """Razorpay takes 40 characters."""
    if len(command_id) <= _REFERENCE_LIMIT:
        return command_id
    return str(uuid.uuid5(NAMESPACE, command_id))
