"""Contract event → what is posted to an endpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence

from contracts.cloudevents import structured
from contracts.envelope import REGISTRY, Envelope
from kernel.clock import rfc3339, utc_clock
from services.notifications.application.workspace_states import STATE_CHANGED
from services.notifications.domain.delivery import Message

SERVICE = "notifications"
TEST = "webhook.test"


def offered() -> Sequence[str]:
    """The types that endpoints may ask for."""
    ours = [name for name, kind in REGISTRY.items() if kind.__module__.startswith("contracts.")]
    return [*sorted(ours), STATE_CHANGED]


def message_of(event: object) -> Message | None:
    """None for what is no event of the published language."""
    if not isinstance(event, Envelope):
        return None
    return Message(
        event.service, event.sequence, event.type, event.key, event.subject, structured(event)
    )


def test_message(message_id: str) -> Message:
    """Of no workspace and no log: it shows that an endpoint can be reached."""
    body = {
        "specversion": "1.0",
        "id": message_id,
        "type": TEST,
        "source": f"/{SERVICE}",
        "time": rfc3339(utc_clock()),
        "datacontenttype": "application/json",
        "data": {},
    }
    return Message(SERVICE, 0, TEST, "", "", json.dumps(body).encode(), own_id=message_id)
