"""Usage events in their stored form, written straight from what was sent.

The same bytes as `JsonMapper` makes of the domain events (a test compares them), without building
an event object and a dictionary for each. The caller's cause is encoded once a request.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from kernel.cause import Cause
from runtime.eventstore.mapper import stored_cause
from services.metering.domain import events
from services.metering.domain.quota import Metric

_encode: Callable[[object], bytes] = msgspec.json.Encoder().encode

TOPICS: dict[Metric, str] = {
    "message": events.MessageMetered.TOPIC,
    "conversation": events.ConversationMetered.TOPIC,
}


class _Event(msgspec.Struct, gc=False):
    timestamp: datetime
    cause: msgspec.Raw
    workspace: str
    month: str


class _Usage(_Event, gc=False):
    usage_id: str
    agent_id: str | None


class _Message(_Usage, gc=False, omit_defaults=True):
    conversation_id: str | None = None
    human_takeover: bool = False


class _Conversation(_Usage, gc=False):
    after_expiry: bool = False


class _Started(_Usage, gc=False):
    hold_expires_at: datetime


class _Released(_Event, gc=False):
    usage_id: str
    reason: str


class _Threshold(_Event, gc=False):
    metric: Metric
    percent: int
    used: int
    limit: int


class _MeterThreshold(_Event, gc=False):
    meter: str
    percent: int
    used: int
    limit: int


class _CreditsLow(_Event, gc=False):
    meter: str
    low_id: str
    rule_id: str
    remaining: int
    below: int


def cause_state(cause: Cause) -> msgspec.Raw:
    return msgspec.Raw(_encode(stored_cause(cause)))


def usage_state(
    metric: Metric,
    at: datetime,
    cause: msgspec.Raw,
    workspace: str,
    month: str,
    usage_id: str,
    agent_id: str | None,
    conversation_id: str | None = None,
    human_takeover: bool = False,
) -> bytes:
    """MessageMetered, or ConversationMetered with a hold that had not expired."""
    facts = (at, cause, workspace, month, usage_id, agent_id)
    if metric == "conversation":
        return _encode(_Conversation(*facts))
    return _encode(_Message(*facts, conversation_id, human_takeover))


def started_state(
    at: datetime,
    cause: msgspec.Raw,
    workspace: str,
    month: str,
    usage_id: str,
    agent_id: str | None,
    hold_expires_at: datetime | None,
) -> bytes:
    """ConversationStarted; without an expiry PlaygroundConversationStarted."""
    if hold_expires_at is None:
        return _encode(_Usage(at, cause, workspace, month, usage_id, agent_id))
    return _encode(_Started(at, cause, workspace, month, usage_id, agent_id, hold_expires_at))


def released_state(
    at: datetime, cause: msgspec.Raw, workspace: str, month: str, usage_id: str, reason: str
) -> bytes:
    return _encode(_Released(at, cause, workspace, month, usage_id, reason))


def threshold_state(
    at: datetime,
    cause: msgspec.Raw,
    workspace: str,
    month: str,
    metric: Metric,
    percent: int,
    used: int,
    limit: int,
) -> bytes:
    return _encode(_Threshold(at, cause, workspace, month, metric, percent, used, limit))


def meter_threshold_state(
    at: datetime,
    cause: msgspec.Raw,
    workspace: str,
    month: str,
    meter: str,
    percent: int,
    used: int,
    limit: int,
) -> bytes:
    """Of a declared meter."""
    return _encode(_MeterThreshold(at, cause, workspace, month, meter, percent, used, limit))


def credits_low_state(
    at: datetime,
    cause: msgspec.Raw,
    workspace: str,
    month: str,
    meter: str,
    low_id: str,
    rule_id: str,
    remaining: int,
    below: int,
) -> bytes:
    facts = (meter, low_id, rule_id, remaining, below)
    return _encode(_CreditsLow(at, cause, workspace, month, *facts))
