"""What the team is told of webhook endpoints and addresses that take nothing, by mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape

from kernel.clock import rfc3339
from runtime.postgres.database import Cursor
from services.notifications.application.outbox import Outbox, OutboxMail
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.retries import Pace

REASONS = {
    "gone": "It answered 410: it is gone for good.",
    "failing": "It has taken nothing for as long as we try.",
}


@dataclass(frozen=True, slots=True)
class Notices:
    """`team` is an address, empty where there is nobody to tell."""

    outbox: Outbox
    team: str
    pace: Pace

    def will_be_disabled(self, cursor: Cursor, endpoint: Endpoint, now: datetime) -> None:
        since = endpoint.health.failing_since or now
        text = (
            f"The webhook endpoint {endpoint.url} has taken nothing since {rfc3339(since)}.\n"
            f"It will be disabled at {rfc3339(since + self.pace.patience)} unless it does by then."
        )
        self._tell(cursor, endpoint, f"failing:{since:%Y%m%dT%H%M%S}", "Webhooks fail", text, now)

    def was_disabled(self, cursor: Cursor, endpoint: Endpoint, reason: str, now: datetime) -> None:
        text = (
            f"The webhook endpoint {endpoint.url} was disabled.\n{REASONS[reason]}\n"
            "Enable it again, and it goes on where it was: nothing is lost."
        )
        subject = "A webhook endpoint was disabled"
        self._tell(cursor, endpoint, f"disabled:{now:%Y%m%dT%H%M%S}", subject, text, now)

    def address_refused(self, cursor: Cursor, workspace: str, reason: str, now: datetime) -> None:
        """The address itself is no concern of a chat."""
        text = (
            f"The mail server of an address of workspace {workspace} refuses it: {reason}.\n"
            "Nothing more is sent there until the address is changed, or its refusal lifted."
        )
        name = f"refused:{workspace}:{now:%Y%m%dT%H%M%S}"
        self._add(cursor, name, "Mail to a workspace is refused", text, now)

    def _tell(
        self, cursor: Cursor, endpoint: Endpoint, kind: str, subject: str, text: str, now: datetime
    ) -> None:
        self._add(cursor, f"{endpoint.id}:{kind}", subject, text, now)

    def _add(self, cursor: Cursor, name: str, subject: str, text: str, now: datetime) -> None:
        if self.team:
            html = f"<!doctype html><html><body><p>{escape(text)}</p></body></html>"
            self.outbox.add(cursor, OutboxMail(name, self.team, subject, f"{text}\n", html), now)
