"""Webhooks: Razorpay's signature, and what an event names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gateways.port import InvalidSignature, VerifiedEvent
from gateways.razorpay.metadata import OurNotes
from gateways.razorpay.signatures import holds
from kernel.clock import Clock

_AHEAD = timedelta(minutes=5)


class Webhooks:
    """`secrets`: the present one and those being rotated out, which Razorpay keeps using for the
    redelivery of older events. `max_age` counts from the event's creation, the only signed time;
    Razorpay redelivers for a day."""

    def __init__(self, secrets: Sequence[str], clock: Clock, max_age: timedelta) -> None:
        self._secrets = [secret for secret in secrets if secret]
        self._clock = clock
        self._max_age = max_age

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        given = headers.get("x-razorpay-signature", "")
        if not any(holds(raw, given, secret) for secret in self._secrets):
            raise InvalidSignature
        event = _event(raw, headers.get("x-razorpay-event-id", ""))
        if not -_AHEAD <= self._clock() - event.occurred_at <= self._max_age:
            raise InvalidSignature("the event is too old or from the future")
        return event


def _event(raw: bytes, event_id: str) -> VerifiedEvent:
    try:
        body = json.loads(raw)
        event_type = str(body["event"])
        occurred_at = datetime.fromtimestamp(int(body["created_at"]), UTC)
        entities = {name: dict(part["entity"]) for name, part in body["payload"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError):
        raise InvalidSignature("the webhook's body is not an event") from None
    return _named(
        # Without its header an event is recognized by its content.
        event_id or f"sha256:{hashlib.sha256(raw).hexdigest()}",
        event_type,
        occurred_at,
        entities,
        body,
    )


def _named(
    event_id: str,
    event_type: str,
    occurred_at: datetime,
    entities: Mapping[str, dict[str, Any]],
    body: dict[str, Any],
) -> VerifiedEvent:
    subscription = entities.get("subscription", {})
    link, payment = entities.get("payment_link", {}), entities.get("payment", {})
    refund = entities.get("refund", {})
    notes = [OurNotes.unpacked(part.get("notes")) for part in (subscription, link, payment)]
    # The payment of a subscription is no charge of its own.
    charge = "" if subscription else _id(link) or refund.get("payment_id") or _id(payment)
    return VerifiedEvent(
        id=event_id,
        type=event_type,
        occurred_at=occurred_at,
        subscription=_id(subscription),
        checkout=_id(subscription) or _id(link),
        charge=str(charge),
        customer=str(subscription.get("customer_id") or payment.get("customer_id") or ""),
        workspace_id=next((note.workspace_id for note in notes if note.workspace_id), ""),
        payload=body,
    )


def _id(entity: Mapping[str, Any]) -> str:
    return str(entity.get("id") or "")
