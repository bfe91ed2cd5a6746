"""Stored event → contract event."""

from __future__ import annotations

from functools import singledispatch

import contracts.metering as contract
from contracts.envelope import Envelope, EventData
from contracts.publishing import envelope
from runtime.event_store import EventStore, RecordedEvent
from services.metering.domain import events


def publish(store: EventStore, recorded: RecordedEvent) -> Envelope:
    event = store.decode(recorded)
    if not isinstance(event, events.MeteringEvent):
        raise TypeError(f"{recorded.topic} is not of metering")
    return envelope(
        "metering",
        recorded,
        event.timestamp,
        event.cause,
        body(event),
        workspace=event.workspace,
    )


@singledispatch
def body(event: events.MeteringEvent) -> EventData:
    raise TypeError(f"{type(event).__name__} is not published")


@body.register
def _(event: events.MessageMetered) -> EventData:
    return contract.MessageMetered(
        workspace_id=event.workspace,
        usage_id=event.usage_id,
        month=event.month,
        agent_id=event.agent_id,
    )


@body.register
def _(event: events.ConversationStarted) -> EventData:
    return contract.ConversationStarted(
        workspace_id=event.workspace,
        usage_id=event.usage_id,
        month=event.month,
        agent_id=event.agent_id,
        hold_expires_at=event.hold_expires_at,
    )


@body.register
def _(event: events.PlaygroundConversationStarted) -> EventData:
    return contract.PlaygroundConversationStarted(
        workspace_id=event.workspace,
        usage_id=event.usage_id,
        month=event.month,
        agent_id=event.agent_id,
    )


@body.register
def _(event: events.ConversationMetered) -> EventData:
    return contract.ConversationMetered(
        workspace_id=event.workspace,
        usage_id=event.usage_id,
        month=event.month,
        agent_id=event.agent_id,
        after_expiry=event.after_expiry,
    )


@body.register
def _(event: events.ConversationReleased) -> EventData:
    return contract.ConversationReleased(
        workspace_id=event.workspace,
        usage_id=event.usage_id,
        month=event.month,
        reason=event.reason,
    )


@body.register
def _(event: events.QuotaThresholdReached) -> EventData:
    return contract.QuotaThresholdReached(
        workspace_id=event.workspace,
        metric=event.metric,
        month=event.month,
        percent=event.percent,
        used=event.used,
        limit=event.limit,
    )
