"""What lies outside of the logs and can't be made again from them, against what the logs tell of
it: webhooks as they came, and the keys of personal data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from projections.audit_trail.findings import Finding
from runtime.eventstore.recorder import RecordedEvent
from runtime.eventstore.store import EventStore
from runtime.eventstore.vault import Vault
from runtime.messaging.inbox import LEASE_SECONDS, Inbox
from services.billing.domain.erasure import WorkspaceErased, erasure_stream
from services.billing.domain.webhook import WebhookReceived

# Only where our own code seals: what reads like it elsewhere, somebody wrote.
SEALED = re.compile(r'"(?:billing_email|email|name)":"(sealed:[^":]+:[\w=-]+)"')
# What is being read may be forgotten before the event of it is recorded.
READING = timedelta(seconds=LEASE_SECONDS)


@dataclass(frozen=True, slots=True)
class SealedCheck:
    """Events of a log at a time, of any length: they are looked up together."""

    billing: EventStore
    inbox: Inbox
    vault: Vault

    def __call__(self, service: str, events: Sequence[RecordedEvent]) -> list[Finding]:
        if service == "metering":
            return []
        found = [*self._unreadable(service, events)]
        if service == self.billing.service:
            found += [*self._webhooks(events), *self._erasures(events)]
        return found

    def _unreadable(self, service: str, events: Sequence[RecordedEvent]) -> Iterator[Finding]:
        texts = {
            text: event.sequence
            for event in reversed(events)
            for text in SEALED.findall(event.state.decode())
        }
        for text in self.vault.unreadable(texts):
            workspace = text.split(":")[1]
            if not self._was_erased(workspace):
                detail = f"the key of {workspace} is gone or another: its personal data is lost"
                yield Finding(service, texts[text], "key_altered", detail)

    def _webhooks(self, events: Sequence[RecordedEvent]) -> Iterator[Finding]:
        told = {
            event.sequence: json.loads(event.state)
            for event in events
            if event.topic == WebhookReceived.TOPIC
        }
        times = {event.sequence: event.recorded_at for event in events}
        wanted = {number: facts for number, facts in told.items() if facts.get("sealed")}
        if not wanted:
            return
        kept = self.inbox.kept([_named(facts) for facts in wanted.values()])
        bodies = [raw.decode() for raw in kept.values()]
        unreadable = set(self.vault.unreadable(bodies))
        for number, facts in wanted.items():
            problem = self._problem(facts, kept.get(_named(facts)), unreadable, times[number])
            if problem:
                detail = f"webhook {facts['webhook_id']} of {facts['gateway']} {problem}"
                yield Finding(self.billing.service, number, "webhook_altered", detail)

    def _problem(
        self, facts: Mapping[str, Any], raw: bytes | None, unreadable: set[str], told_at: datetime
    ) -> str | None:
        if raw is None:
            return "is gone from the inbox"
        if not raw:
            return (
                None
                if self._any_erased(told_at - READING)
                else "was emptied, and nobody was erased"
            )
        if sha256(raw).hexdigest() != facts["sealed"]:
            return "is not kept as it came"
        text = raw.decode()
        if text in unreadable and not self._was_erased(text.split(":")[1]):
            return "can't be opened: its key is gone or another"
        return None

    def _erasures(self, events: Sequence[RecordedEvent]) -> Iterator[Finding]:
        erased = {
            json.loads(event.state)["workspace_id"]: event.sequence
            for event in events
            if event.topic == WorkspaceErased.TOPIC
        }
        keys = self.vault.keeps(erased) if erased else {}
        for workspace, number in erased.items():
            if keys.get(workspace, True):
                detail = f"{workspace} was erased, and the vault does not say so: erase it again"
                yield Finding(self.billing.service, number, "key_returned", detail)

    def _was_erased(self, workspace: str) -> bool:
        return bool(self.billing.of_stream(erasure_stream(workspace)))

    def _any_erased(self, since: datetime) -> bool:
        rows = self.billing.database.rows(
            f"SELECT 1 FROM {self.billing.table} WHERE topic = %s AND recorded_at >= %s LIMIT 1",
            (WorkspaceErased.TOPIC, since),
        )
        return bool(rows)


def _named(facts: Mapping[str, Any]) -> tuple[str, str]:
    return facts["gateway"], facts["webhook_id"]
