"""Ids of refusals by declared meters: as those of the built-in ones, they carry all that is needed
to explain them later."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import msgspec

from services.metering.domain.errors import DecisionNotFound

PREFIX = "decm_"
_CHECK_SIZE = 10


@dataclass(frozen=True, slots=True)
class AccountDecision:
    """There was no room for `amount` at that position of the log, with the plan as it stood after
    `plan_revision`, at that time (RFC 3339)."""

    workspace: str
    meter: str
    month: str
    amount: int
    position: int
    plan_revision: int
    at: str


def decision_id(decision: AccountDecision, secret: bytes) -> str:
    text = msgspec.json.encode(astuple(decision))
    return PREFIX + base64.urlsafe_b64encode(_check(text, secret) + text).decode().rstrip("=")


def read_decision(identifier: str, secrets: Sequence[bytes]) -> tuple[AccountDecision, int]:
    """The decision, and which of the secrets made its check value. Raises DecisionNotFound for what
    was issued with none of them."""
    encoded = identifier.removeprefix(PREFIX)
    try:
        raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (binascii.Error, ValueError):
        raise DecisionNotFound from None
    check, text = raw[:_CHECK_SIZE], raw[_CHECK_SIZE:]
    for number, secret in enumerate(secrets):
        if hmac.compare_digest(check, _check(text, secret)):
            return AccountDecision(*msgspec.json.decode(text)), number
    raise DecisionNotFound


def _check(text: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"account decision:" + text, "sha256")[:_CHECK_SIZE]
