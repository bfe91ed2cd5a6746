"""What an audited system keeps outside of its logs: webhooks as they came, and keys of personal
data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.audit.sealed import SealedCheck
from kernel.clock import rfc3339, utc_clock
from runtime.eventstore.stream import Change
from runtime.eventstore.vault import Vault
from runtime.messaging.inbox import INBOX_TABLES, Inbox
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from services.billing.application.erase_workspace import EraseWorkspace
from services.billing.application.webhook_outcomes import WebhookOutcomes
from services.billing.domain.account.evolution import ACCOUNT
from services.billing.domain.account.settings import decide_settings
from services.billing.domain.account.state import account_stream
from services.billing.wiring import TABLES
from tests.support.audit_history import START
from tests.support.audit_service import CAUSE, AuditService


@dataclass(frozen=True)
class KeptBeside:
    audit: AuditService
    inbox: Inbox
    vault: Vault

    def migrate(self) -> None:
        self.vault.schema.migrate()
        billing = self.audit.billing
        Schema(billing.database, billing.tables, INBOX_TABLES, TABLES).migrate()

    def notify(self, *names: str, owner: str = "") -> None:
        """Each is received, and read for the first time."""
        outcomes = WebhookOutcomes(self.audit.billing, utc_clock)
        facts = {"occurred_at": rfc3339(START), "type": "invoice.paid", "refs": {}}
        for name in names:
            self.inbox.receive("stripe", name, f"paid {name}".encode(), {}, facts, owner)
            message = self.inbox.claim()
            assert message is not None
            outcomes.received(message)
            self.inbox.settle(message)

    def write_to(self, workspace: str, email: str) -> None:
        stream = self.audit.billing.load(ACCOUNT, account_stream(workspace))
        assert stream.state is not None
        sealed = self.vault.seal(workspace, email)
        decided = decide_settings(stream.state, "prorate", sealed, START)
        self.audit.billing.append(Change(stream, decided), cause=CAUSE)

    def long_after(self) -> None:
        """What was recorded until now was so yesterday."""
        self.audit.tamper(
            "billing", "UPDATE {events} SET recorded_at = recorded_at - interval '1d'"
        )

    def erase(self, workspace: str) -> None:
        EraseWorkspace(self.audit.billing, self.vault, self.inbox, utc_clock)(workspace, CAUSE)


@contextmanager
def kept_beside(audit: AuditService) -> Iterator[KeptBeside]:
    with Database(audit.url, "vault") as database:
        vault = Vault(database)
        inbox = Inbox(audit.billing.database, vault)
        audit.beside = SealedCheck(audit.billing, inbox, vault)
        yield KeptBeside(audit, inbox, vault)
