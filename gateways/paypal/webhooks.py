"""Webhooks, verified without asking PayPal: see `PAYPAL-*` headers in its webhook guide."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from gateways.paypal.certificates import Certificates
from gateways.paypal.client import Json
from gateways.paypal.event_references import references
from gateways.port import InvalidSignature, VerifiedEvent, read_event
from kernel.clock import Clock, as_utc

_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Transmission:
    id: str
    time: str
    signature: bytes
    certificate_url: str
    sent_at: datetime


class Webhooks:
    """`max_age` must outlast PayPal's redelivery of three days: a repeated delivery may carry the
    time of the first. Replays within it are recognized by the event's id."""

    def __init__(
        self,
        webhook_ids: Sequence[str],
        certificates: Certificates,
        clock: Clock,
        max_age: timedelta,
    ) -> None:
        self._webhook_ids = [webhook_id for webhook_id in webhook_ids if webhook_id]
        self._certificates = certificates
        self._clock = clock
        self._max_age = max_age

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        sent = _transmission(headers)
        age = self._clock() - sent.sent_at
        if not -_AHEAD <= age <= self._max_age:
            raise InvalidSignature("the webhook was sent too long ago or in the future")
        key = self._certificates.public_key(sent.certificate_url, sent.sent_at)
        if not any(_signed(key, sent, raw, webhook_id) for webhook_id in self._webhook_ids):
            raise InvalidSignature
        return read_event(raw, sent.sent_at, lambda body: _event(body, sent))


def signed_message(transmission_id: str, time: str, webhook_id: str, raw: bytes) -> bytes:
    """What the signature covers."""
    return f"{transmission_id}|{time}|{webhook_id}|{zlib.crc32(raw)}".encode()


def _transmission(headers: Mapping[str, str]) -> _Transmission:
    try:
        if headers["paypal-auth-algo"] != "SHA256withRSA":
            raise InvalidSignature("the webhook's algorithm is not SHA256withRSA")
        time = headers["paypal-transmission-time"]
        return _Transmission(
            id=headers["paypal-transmission-id"],
            time=time,
            signature=base64.b64decode(headers["paypal-transmission-sig"], validate=True),
            certificate_url=headers["paypal-cert-url"],
            sent_at=as_utc(datetime.fromisoformat(time)),
        )
    except (KeyError, ValueError, binascii.Error):
        raise InvalidSignature("the webhook's signature headers are incomplete") from None


def _signed(key: RSAPublicKey, sent: _Transmission, raw: bytes, webhook_id: str) -> bool:
    message = signed_message(sent.id, sent.time, webhook_id, raw)
    try:
        key.verify(sent.signature, message, PKCS1v15(), SHA256())
    except WrongSignature:
        return False
    return True


def _event(raw: bytes, sent: _Transmission) -> VerifiedEvent:
    body: Json = json.loads(raw)
    resource, created = body.get("resource"), body.get("create_time")
    occurred_at = as_utc(datetime.fromisoformat(created)) if created else sent.sent_at
    named = references(body["event_type"], resource if isinstance(resource, dict) else {})
    return VerifiedEvent(
        id=body["id"],
        type=body["event_type"],
        occurred_at=occurred_at,
        payload=body,
        **named,
    )
