"""Webhooks: Stripe's signature, and what an event names."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from gateways.port import InvalidSignature, VerifiedEvent, read_event
from gateways.stripe.metadata import Installation, facts
from gateways.stripe.timestamps import to_datetime
from kernel.clock import Clock

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_TOLERANCE = 300  # seconds between signing and arrival, as Stripe's own libraries have it

Object = Mapping[str, Any]


class Webhooks:
    """`secrets`: all are accepted, so that a secret can be rotated without losing a webhook."""

    def __init__(self, secrets: Sequence[str], clock: Clock, installation: Installation) -> None:
        self._secrets = [secret for secret in secrets if secret]
        self._clock = clock
        self._installation = installation

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        """The SDK reads the machine's clock; here the adapter's own decides what is too old."""
        timestamp, signatures = _signature(headers.get("stripe-signature", ""))
        if abs(self._clock().timestamp() - timestamp) > _TOLERANCE:
            raise InvalidSignature("The webhook was signed too long ago.")
        signed = b"%d." % timestamp + raw
        if not any(_holds(secret, signed, signatures) for secret in self._secrets):
            raise InvalidSignature
        return read_event(raw, self._clock(), lambda body: _event(body, self._installation))


def _signature(header: str) -> tuple[int, list[str]]:
    """`t=…,v1=…[,v1=…]`: one v1 for each of the endpoint's secrets."""
    fields = [field.strip().partition("=")[::2] for field in header.split(",")]
    times = [value for name, value in fields if name == "t"]
    if len(times) != 1 or not _TIMESTAMP.fullmatch(times[0]):
        raise InvalidSignature
    return int(times[0]), [value for name, value in fields if name == "v1"]


def _holds(secret: str, signed: bytes, signatures: list[str]) -> bool:
    expected = hmac.new(secret.encode(), signed, sha256).hexdigest().encode()
    return any(hmac.compare_digest(expected, given.encode()) for given in signatures)


def _event(raw: bytes, installation: Installation) -> VerifiedEvent:
    payload = json.loads(raw)
    data = payload.get("data")
    named = data.get("object") if isinstance(data, dict) else None
    return VerifiedEvent(
        id=payload["id"],
        type=payload["type"],
        occurred_at=to_datetime(payload["created"]),
        payload=payload,
        **_references(named if isinstance(named, dict) else {}, installation),
    )


def _references(named: Object, installation: Installation) -> dict[str, str]:
    """Every field of `VerifiedEvent` that names something, as far as the object knows it. The
    workspaces of another installation are not ours."""
    given = facts(_object(named.get("metadata")))
    metadata = installation.own(given)
    known = {
        "customer": named.get("customer"),
        "workspace_id": installation.workspace_named(given, _id(named.get("client_reference_id"))),
        "subscription": named.get("subscription"),
        **_own(named, metadata, installation),
    }
    return {name: _id(value) for name, value in known.items()}


def _own(named: Object, metadata: Object, installation: Installation) -> Object:
    """What only its kind of object says."""
    match named.get("object"):
        case "customer":
            return {"customer": named.get("id")}
        case "subscription":
            return {"subscription": named.get("id")}
        case "checkout.session":
            return {"checkout": named.get("id"), "charge": named.get("payment_intent")}
        case "invoice":
            return _invoice(named, metadata, installation)
        case "payment_intent":
            return {"charge": _paid_charge(named, metadata), "invoice": named.get("id")}
        case "charge" | "refund":
            intent = named.get("payment_intent")
            return {"charge": _paid_charge(named, metadata), "invoice": intent}
        case "dispute":
            intent = named.get("payment_intent")
            return {"charge": intent, "invoice": intent}
        case "subscription_schedule":
            return {"subscription": named.get("subscription") or named.get("released_subscription")}
    return {}


def _invoice(named: Object, metadata: Object, installation: Installation) -> Object:
    """A subscription's invoice names it in `parent`, and carries its metadata there."""
    details = _object(_object(named.get("parent")).get("subscription_details"))
    own = {"invoice": named.get("id")}
    if not details:
        return {**own, "charge": named.get("id") if "command_id" in metadata else None}
    inherited = installation.own(facts(_object(details.get("metadata"))))
    return {
        **own,
        "subscription": details.get("subscription"),
        "workspace_id": metadata.get("workspace_id") or inherited.get("workspace_id"),
    }


def _paid_charge(named: Object, metadata: Object) -> object:
    """Those of our charges say in their metadata what they pay; a checkout's payment is its own
    name."""
    if "command_id" not in metadata:
        return None
    own = named.get("id") if named.get("object") == "payment_intent" else None
    return metadata.get("charge") or own or named.get("payment_intent")


def _object(value: object) -> Object:
    return value if isinstance(value, dict) else {}


def _id(value: object) -> str:
    """Of an expandable field; empty for nothing."""
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) else ""
