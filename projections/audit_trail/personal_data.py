"""What is known of a workspace's people, for who asks for it (GDPR, articles 15 and 20), and the
proof that nobody can read it any more (article 17)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel.clock import rfc3339
from kernel.errors import Conflict, NotFound
from projections.audit_trail.chain import Signer
from projections.audit_trail.ledger import Ledger
from projections.audit_trail.projector import SERVICES
from runtime.eventstore.vault import PREFIX, Vault
from runtime.messaging.inbox import Inbox

CERTIFICATE = "billing-erasure-certificate/1"
ERASED_TYPE = "billing.WorkspaceErased.v1"


class NotErased(Conflict):
    code = "not_erased"
    message = "Something of this workspace can still be read."


@dataclass(frozen=True, slots=True)
class PersonalData:
    ledger: Ledger
    inbox: Inbox
    vault: Vault
    workspace: str

    def require_known(self) -> None:
        """Raises NotFound for a workspace without a history."""
        if not self.ledger.count(self.workspace):
            raise NotFound("This workspace has no history.")

    def told(self, at: datetime) -> dict[str, Any]:
        """All sealed texts, readable, with the events that hold them, and all that gateways have
        posted. What was erased reads `[erased]`."""
        return {
            "workspace": self.workspace,
            "at": rfc3339(at),
            "events": [self._event(event, texts) for event, texts in self._sealed()],
            "webhooks": list(self._webhooks()),
        }

    def certificate(self, at: datetime, signer: Signer) -> dict[str, Any]:
        """Signed over its canonical JSON (sorted, compact, without the signature). Raises
        NotErased."""
        erased = [event for event, _ in self._events() if event["type"] == ERASED_TYPE]
        if not erased:
            raise NotErased(f"{self.workspace} was never erased.")
        sealed = [text for _, texts in self._sealed() for text in texts.values()]
        bodies = [raw for _, raw in self._posted()]
        readable = len(sealed) + len(bodies) - len(self.vault.unreadable([*sealed, *bodies]))
        if readable:
            raise NotErased(f"{readable} texts of {self.workspace} can still be read.")
        facts = {
            "format": CERTIFICATE,
            "workspace": self.workspace,
            "event": f"billing:{erased[-1]['sequence']}",
            "erased_at": rfc3339(erased[0]["occurred_at"]),
            "unreadable_texts": len(sealed),
            "unreadable_webhooks": len(bodies),
            "at": rfc3339(at),
            "public_key": signer.public_key.hex(),
        }
        return {**facts, "signature": signer.sign(canonical_json(facts)).hex()}

    def _event(self, event: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
        return {
            "event": f"{event['service']}:{event['sequence']}",
            "type": event["type"],
            "occurred_at": rfc3339(event["occurred_at"]),
            "texts": {name: self.vault.unseal(text) for name, text in texts.items()},
        }

    def _webhooks(self) -> Iterator[dict[str, Any]]:
        for posted, raw in self._posted():
            received = rfc3339(posted["received_at"])
            yield {
                "gateway": posted["source"],
                "id": posted["id"],
                "received_at": received,
                "body": (self.vault.unseal(raw) or "").encode("latin-1").decode("utf-8", "replace"),
            }

    def _posted(self) -> list[tuple[Mapping[str, Any], str]]:
        return [(row, bytes(row["raw"]).decode()) for row in self.inbox.kept_of(self.workspace)]

    def _sealed(self) -> Iterator[tuple[Mapping[str, Any], dict[str, str]]]:
        for event, data in self._events():
            texts = dict(_texts(data, f"{PREFIX}:{self.workspace}:"))
            if texts:
                yield event, texts

    def _events(self) -> Iterator[tuple[Mapping[str, Any], Any]]:
        for service in SERVICES:
            for rows in self.ledger.of_workspace(service, self.workspace):
                for row in rows:
                    yield row, row["data"]


def canonical_json(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _texts(value: object, beginning: str, name: str = "") -> Iterator[tuple[str, str]]:
    """Texts that begin so, by the path of their names."""
    if isinstance(value, str) and value.startswith(beginning):
        yield name, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(each, beginning, f"{name}.{key}".lstrip("."))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, beginning, f"{name}[{index}]")
