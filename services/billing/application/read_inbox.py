"""Stored notifications are read when those that arrive leave time for it."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from gateways.port import UNREADABLE
from runtime.messaging.inbox import Inbox, InboxMessage
from services.billing.application.handle_webhook import HandleWebhook
from services.billing.application.receive_webhook import Receiving
from services.billing.application.webhook_outcomes import WebhookOutcomes

log = structlog.get_logger()
SEVERAL = 200
# Gateways wait for their answer (the shortest gives up after 5 s); a message can wait.
GIVE_WAY_SECONDS = 0.05
OVERDUE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ReadInbox:
    """A message that can't be read is put off with growing pauses and parked in the end: the
    checkout that it is about may be recorded a moment later."""

    inbox: Inbox
    handle_webhook: HandleWebhook
    receiving: Receiving
    outcomes: WebhookOutcomes

    def __call__(self) -> int:
        """Reads what is due, up to `SEVERAL`; returns how many messages that were."""
        return self._read_due(0.0)

    def overdue(self) -> int:
        """The same with what nobody has come to read for a while: another reader waits for a slow
        gateway. Otherwise one is enough, and leaves the processor to those who answer gateways."""
        return self._read_due(OVERDUE_SECONDS)

    def _read_due(self, overdue: float) -> int:
        for count in range(SEVERAL):
            message = self.inbox.claim(overdue)
            if message is None:
                return count
            self._read(message)
            self.receiving.wait_until_quiet(GIVE_WAY_SECONDS)
        return SEVERAL

    def _read(self, message: InboxMessage) -> None:
        if message.facts["type"] == UNREADABLE:
            log.warning("webhook_unreadable", gateway=message.source, id=message.id)
            self.outcomes.parked(message, UNREADABLE)
            self.inbox.park(message, "unreadable: authentic, and nothing that we understand")
            return
        try:
            self.handle_webhook(message)
        except Exception as error:
            self._put_off(message, error)
        else:
            self.outcomes.processed(message)
            self.inbox.settle(message)

    def _put_off(self, message: InboxMessage, error: Exception) -> None:
        code = getattr(error, "code", type(error).__name__)
        if self.inbox.is_last_attempt(message):
            self.outcomes.parked(message, code)
        else:
            self.outcomes.put_off(message, code)
        reason = f"{code}: {error}"
        again = self.inbox.put_off(message, reason)
        log.warning(
            "webhook_failed", gateway=message.source, id=message.id, again=again, reason=reason
        )
