"""A gateway's notification is verified and stored; what it makes us do comes later."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateways.port import VerifiedEvent
from kernel.clock import rfc3339
from kernel.ids import is_workspace_id
from runtime.eventstore.command import current_trace
from runtime.messaging.inbox import Inbox
from services.billing.application.observe_snapshot import Observations


class Receiving:
    """How many notifications are being received by this process at the moment."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._count -= 1
            if not self._count:
                self._changed.notify_all()

    def wait_until_quiet(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._count, seconds)


@dataclass(frozen=True, slots=True)
class ReceiveWebhook:
    inbox: Inbox
    observations: Observations
    receiving: Receiving

    def __call__(self, gateway: str, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Verifies and stores. False for a duplicate. Raises GatewayNotConfigured and
        InvalidSignature."""
        with self.receiving:
            event = self.observations.gateway(gateway).webhooks.verify(raw, headers)
            facts, owner = _facts(event), self._owner(gateway, event)
            return self.inbox.receive(gateway, event.id, raw, headers, facts, owner, event.digest)

    def _owner(self, gateway: str, event: VerifiedEvent) -> str:
        """The workspace that a notification is about; empty while that is not known."""
        if is_workspace_id(event.workspace_id):
            return event.workspace_id
        named = (ref for ref in (event.subscription, event.checkout, event.customer) if ref)
        known = map(partial(self.observations.accounts.workspace_of, gateway), named)
        return next((workspace for workspace in known if workspace), "")


def _facts(event: VerifiedEvent) -> dict[str, Any]:
    trace = current_trace()
    refs = {
        "workspace": event.workspace_id,
        "subscription": event.subscription,
        "checkout": event.checkout,
        "charge": event.charge,
        "customer": event.customer,
        "invoice": event.invoice,
    }
    return {
        **({"traceparent": trace.traceparent} if trace and trace.traceparent else {}),
        "type": event.type,
        "occurred_at": rfc3339(event.occurred_at),
        "refs": refs,
    }
