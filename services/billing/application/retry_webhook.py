"""A parked notification is read again."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.cause import Cause
from kernel.errors import NotFound
from runtime.messaging.inbox import Inbox
from services.billing.application.webhook_outcomes import WebhookOutcomes
from services.billing.domain.errors import WebhookNotParked


@dataclass(frozen=True, slots=True)
class RetryWebhook:
    inbox: Inbox
    outcomes: WebhookOutcomes

    def __call__(self, gateway: str, webhook_id: str, cause: Cause) -> None:
        """From its first attempt. Raises NotFound, and WebhookNotParked for one that is read
        already or will be."""
        state = self.inbox.state(gateway, webhook_id)
        if state is None:
            raise NotFound("No such webhook.")
        if state != "parked":
            raise WebhookNotParked(state=state)
        self.outcomes.retried(gateway, webhook_id, cause)
        self.inbox.reopen(gateway, webhook_id)
