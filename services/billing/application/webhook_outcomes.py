"""What became of each notification, recorded before its inbox is told: repeated after a crash
between, it is recorded once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kernel.cause import Cause
from kernel.clock import Clock
from kernel.events import DomainEvent
from runtime.eventstore.store import EventStore, retry_conflicts
from runtime.eventstore.stream import Change
from runtime.messaging.inbox import InboxMessage
from services.billing.domain.webhook import (
    WEBHOOK,
    Webhook,
    decide_park,
    decide_processed,
    decide_put_off,
    decide_receive_webhook,
    decide_retry,
    webhook_stream,
)

Decide = Callable[[Webhook, datetime], list[DomainEvent]]


def cause_of(message: InboxMessage) -> Cause:
    """Of all that reading it leads to."""
    story = webhook_stream(message.source, message.id)
    traceparent = message.facts.get("traceparent", "")
    return Cause(f"gateway:{message.source}", story, story, traceparent)


@dataclass(frozen=True, slots=True)
class WebhookOutcomes:
    store: EventStore
    clock: Clock

    def received(self, message: InboxMessage) -> None:
        """Once, however often the message is read: add-ons act on the event."""
        self._became(message, lambda *_: [])

    def put_off(self, message: InboxMessage, reason: str) -> None:
        self._became(message, lambda webhook, at: decide_put_off(webhook, reason, at))

    def parked(self, message: InboxMessage, reason: str) -> None:
        attempts = message.attempts
        self._became(message, lambda webhook, at: decide_park(webhook, reason, attempts, at))

    def processed(self, message: InboxMessage) -> None:
        self._became(message, decide_processed)

    @retry_conflicts
    def retried(self, gateway: str, webhook_id: str, cause: Cause) -> None:
        """Nothing of one that was never read: it is recorded when it is."""
        stream = self.store.load(WEBHOOK, webhook_stream(gateway, webhook_id))
        if stream.state is not None:
            decided = decide_retry(stream.state, self.clock())
            self.store.append(Change(stream, decided), cause=cause)

    @retry_conflicts
    def _became(self, message: InboxMessage, decide: Decide) -> None:
        stream = self.store.load(WEBHOOK, webhook_stream(message.source, message.id))
        received = [] if stream.state is not None else _received(message)
        webhook = stream.after(received).state
        decided = decide(webhook, self.clock()) if webhook is not None else []
        if received or decided:
            self.store.append(Change(stream, [*received, *decided]), cause=cause_of(message))


def _received(message: InboxMessage) -> list[DomainEvent]:
    facts = message.facts
    at = datetime.fromisoformat(facts["occurred_at"])
    return decide_receive_webhook(
        message.source, message.id, facts["type"], facts["refs"], at, message.sealed
    )
