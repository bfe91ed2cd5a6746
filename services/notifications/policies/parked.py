"""The team is told that webhooks of a gateway were given up: once a day, however many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape

from contracts import billing
from contracts.envelope import Envelope
from runtime.postgres.database import Cursor
from services.notifications.application.outbox import Outbox, OutboxMail
from services.notifications.domain.notice import STALE, day


@dataclass(frozen=True, slots=True)
class Team:
    """`address` is empty where there is nobody to tell."""

    cursor: Cursor
    address: str
    now: datetime


def tell_of_parked(team: Team, event: Envelope) -> None:
    parked = event.data
    if not isinstance(parked, billing.WebhookParked) or not team.address:
        return
    if event.time < team.now - STALE:
        return
    text = (
        f"Webhook {parked.webhook_id} of {parked.gateway} was given up after {parked.attempts} "
        f"attempts: {parked.reason}.\n"
        "It is kept. See under webhooks what else was given up today, mend the cause, and have "
        "them read again."
    )
    html = f"<!doctype html><html><body><p>{escape(text)}</p></body></html>"
    name = f"parked:{parked.gateway}:{day(event.time)}"
    subject = f"Webhooks of {parked.gateway} were given up"
    queued = OutboxMail(name, team.address, subject, f"{text}\n", html)
    Outbox.add(team.cursor, queued, team.now)
