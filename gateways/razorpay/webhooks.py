"""Webhooks: Razorpay's signature, and what an event names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from gateways.port import UNREADABLE, InvalidSignature, VerifiedEvent, digest_of, read_event
from gateways.razorpay.event_references import entities, references
from gateways.razorpay.signatures import holds
from gateways.razorpay.timestamps import to_datetime
from kernel.clock import Clock

_AHEAD = timedelta(minutes=5)


class Webhooks:
    """`secrets`: the present one and those being rotated out, which Razorpay keeps using for the
    redelivery of older events. `max_age` counts from the event's creation, the only signed time:
    Razorpay redelivers for a day by itself, and for fifteen on request."""

    def __init__(self, secrets: Sequence[str], clock: Clock, max_age: timedelta) -> None:
        self._secrets = [secret for secret in secrets if secret]
        self._clock = clock
        self._max_age = max_age

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        """Whatever object Razorpay signed is an event: refusals add up until it disables the
        endpoint. One without a time of its own is taken for a present one."""
        given = headers.get("x-razorpay-signature", "")
        if not any(holds(raw, given, secret) for secret in self._secrets):
            raise InvalidSignature
        event_id = headers.get("x-razorpay-event-id", "")
        now = self._clock()
        event = read_event(raw, now, lambda body: _event(body, event_id, now))
        if not -_AHEAD <= now - event.occurred_at <= self._max_age:
            raise InvalidSignature("the event is too old or from the future")
        return event


def _event(raw: bytes, event_id: str, now: datetime) -> VerifiedEvent:
    """Some of Razorpay's payloads have no time, and parts that are no entities. The header with
    the event's id is not signed: the body's digest tells replays under other ids."""
    body = json.loads(raw)
    payload, digest = body.get("payload"), digest_of(raw)
    return VerifiedEvent(
        id=event_id or digest,
        type=str(body.get("event") or UNREADABLE),
        occurred_at=_made_at(body) or _made_at(payload) or now,
        payload=body,
        digest=digest,
        **references(entities(payload)),
    )


def _made_at(part: object) -> datetime | None:
    """Some events have their time among their entities."""
    seconds = part.get("created_at") if isinstance(part, dict) else None
    try:
        return to_datetime(seconds)
    except (OverflowError, OSError, ValueError):
        return None
