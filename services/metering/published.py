"""Stored event → contract event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

import contracts.metering as contract
from contracts.envelope import Envelope, EventData
from contracts.publishing import envelope
from kernel.cause import Cause
from kernel.events import DomainEvent
from runtime.eventstore.recorder import RecordedEvent
from runtime.eventstore.store import EventStore
from services.metering.domain import events
from services.metering.domain.accounts import account as accounts
from services.metering.domain.meters import MeterChanged, MeterDeclared
from services.metering.domain.units import CORRECTED


class _Usage(msgspec.Struct, gc=False):
    """The stored form of a usage event, as far as it is published."""

    timestamp: datetime
    cause: Cause
    workspace: str
    month: str
    usage_id: str
    agent_id: str | None
    after_expiry: bool | None = None
    conversation_id: str | None = None
    human_takeover: bool = False
    class_version: int = 1


_read_usage = msgspec.json.Decoder(_Usage).decode
USAGE: Mapping[str, type[contract.MessageMetered] | type[contract.ConversationMetered]] = {
    events.MessageMetered.TOPIC: contract.MessageMetered,
    events.ConversationMetered.TOPIC: contract.ConversationMetered,
}
BODIES: Mapping[type[events.MeteringEvent], type[EventData]] = {
    events.MessageMetered: contract.MessageMetered,
    events.ConversationStarted: contract.ConversationStarted,
    events.PlaygroundConversationStarted: contract.PlaygroundConversationStarted,
    events.ConversationMetered: contract.ConversationMetered,
    events.ConversationReleased: contract.ConversationReleased,
    events.QuotaThresholdReached: contract.QuotaThresholdReached,
    events.MeterThresholdReached: contract.MeterThresholdReached,
    events.CreditsLow: contract.CreditsLow,
    **dict.fromkeys(CORRECTED["message"], contract.MessageCorrected),
    **dict.fromkeys(CORRECTED["conversation"], contract.ConversationCorrected),
    **{kind: getattr(contract, kind.__name__) for kind in accounts.EVENTS},
}
CATALOGUE: Mapping[type[DomainEvent], type[EventData]] = {
    MeterDeclared: contract.MeterDeclared,
    MeterChanged: contract.MeterChanged,
}


def publish(store: EventStore, recorded: RecordedEvent) -> Envelope:
    """Usage is nearly all of the log, so it is read straight from its stored form; the test of the
    slow way and this one being equal is `test_usage_is_published_the_same_either_way`."""
    kind = USAGE.get(recorded.topic)
    if kind is not None:
        usage = _read_usage(recorded.state)
        if usage.class_version == 1:
            return _published_usage(recorded, usage, kind)
    return publish_decoded(store, recorded)


def _published_usage(
    recorded: RecordedEvent,
    usage: _Usage,
    kind: type[contract.MessageMetered] | type[contract.ConversationMetered],
) -> Envelope:
    fields: dict[str, object] = {
        "workspace_id": usage.workspace,
        "usage_id": usage.usage_id,
        "month": usage.month,
        "agent_id": usage.agent_id,
    }
    if usage.after_expiry is not None:
        fields["after_expiry"] = usage.after_expiry
    if kind is contract.MessageMetered:
        fields["conversation_id"] = usage.conversation_id
        fields["human_takeover"] = usage.human_takeover
    body = kind.trusted(fields)
    return envelope(
        "metering", recorded, usage.timestamp, usage.cause, body, workspace=usage.workspace
    )


def publish_decoded(store: EventStore, recorded: RecordedEvent) -> Envelope:
    event = store.decode(recorded)
    if isinstance(event, MeterDeclared | MeterChanged):
        told = CATALOGUE[type(event)].model_validate(_facts(event, CATALOGUE[type(event)]))
        return envelope("metering", recorded, event.timestamp, event.cause, told, key=event.slug)
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


def body(event: events.MeteringEvent) -> EventData:
    """Facts are stored and published under the same names, but for the workspace's."""
    kind = BODIES[type(event)]
    return kind.model_validate({**_facts(event, kind), "workspace_id": event.workspace})


def _facts(event: DomainEvent, kind: type[EventData]) -> dict[str, Any]:
    names = [name for name in kind.model_fields if name != "workspace_id"]
    return {name: msgspec.to_builtins(getattr(event, name)) for name in names}
