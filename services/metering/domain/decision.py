"""Ids of refusals that carry all that is needed to explain them later: nothing is stored."""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from kernel.month import Month
from services.metering.domain.errors import DecisionNotFound
from services.metering.domain.quota import METRICS, Metric

_PREFIX = "dec_"
_FACTS = struct.Struct(">BHBqq")
_CHECK_SIZE = 10


@dataclass(frozen=True, slots=True)
class Decision:
    """A refusal: what was known of usage up to `usage_position` of metering's log, and of plans up
    to `plan_revision`."""

    workspace: str
    metric: Metric
    month: Month
    usage_position: int
    plan_revision: int


def decision_id(decision: Decision, secret: bytes) -> str:
    """URL-safe; a check value keeps anybody from making one up."""
    month = decision.month
    facts = _FACTS.pack(
        METRICS.index(decision.metric),
        month.year,
        month.number,
        decision.usage_position,
        decision.plan_revision,
    )
    text = facts + decision.workspace.encode()
    return _PREFIX + base64.urlsafe_b64encode(_check(text, secret) + text).decode().rstrip("=")


def read_decision(identifier: str, secrets: Sequence[bytes]) -> tuple[Decision, int]:
    """The decision, and which of the secrets made its check value. Raises DecisionNotFound for what
    was issued with none of them."""
    encoded = identifier.removeprefix(_PREFIX)
    try:
        raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (binascii.Error, ValueError):
        raise DecisionNotFound from None
    check, text = raw[:_CHECK_SIZE], raw[_CHECK_SIZE:]
    if len(text) <= _FACTS.size:
        raise DecisionNotFound
    for number, secret in enumerate(secrets):
        if hmac.compare_digest(check, _check(text, secret)):
            return _decision(text), number
    raise DecisionNotFound


def _decision(text: bytes) -> Decision:
    metric, year, number, position, revision = _FACTS.unpack_from(text)
    workspace = text[_FACTS.size :].decode()
    return Decision(workspace, METRICS[metric], Month(year, number), position, revision)


def _check(text: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"decision:" + text, "sha256")[:_CHECK_SIZE]
