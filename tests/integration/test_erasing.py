"""Erasing a workspace: its key is gone, the fact is recorded, everything else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from kernel.cause import Cause
from kernel.clock import utc_clock
from kernel.errors import Conflict
from runtime.eventstore.store import EventStore
from runtime.eventstore.vault import ERASED, Vault
from runtime.messaging.inbox import INBOX_TABLES, Inbox
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from services.billing.application.erase_workspace import EraseWorkspace
from services.billing.published import publish
from services.billing.wiring import TABLES

CLI = Cause("cli", "audit", "audit")
POSTED = b'{"id": "evt_1", "email": "ann@personal.example", "name": "J\xc3\xbcrgen"}'


@dataclass
class Installation:
    store: EventStore
    vault: Vault
    inbox: Inbox
    erase_workspace: EraseWorkspace

    def stored(self) -> str:
        rows = self.store.database.rows("SELECT encode(raw, 'escape') AS raw FROM inbox")
        return " ".join(row["raw"] for row in rows)


@pytest.fixture
def installation(database_url: str) -> Iterator[Installation]:
    with ExitStack() as stack:
        database = stack.enter_context(Database(database_url, "billing"))
        keys = stack.enter_context(Database(database_url, "vault"))
        store, vault = EventStore("billing", database), Vault(keys)
        inbox = Inbox(database, vault)
        vault.schema.migrate()
        Schema(database, store.tables, INBOX_TABLES, TABLES).migrate()
        yield Installation(store, vault, inbox, EraseWorkspace(store, vault, inbox, utc_clock))


class TestErasing:
    def test_what_was_sealed_for_it_can_not_be_read_any_more(
        self, installation: Installation
    ) -> None:
        ours = installation.vault.seal("acme", "ann@personal.example")
        theirs = installation.vault.seal("globex", "bob@personal.example")
        assert installation.erase_workspace("acme", CLI)
        assert installation.vault.unseal(ours) == ERASED
        assert installation.vault.unseal(theirs) == "bob@personal.example"
        with pytest.raises(Conflict):
            installation.vault.seal("acme", "ann@personal.example")

    def test_is_recorded_once_and_published(self, installation: Installation) -> None:
        assert installation.erase_workspace("acme", CLI)
        assert not installation.erase_workspace("acme", CLI)
        [recorded] = installation.store.read(0, 10)
        told = publish(installation.store, recorded)
        assert (told.type, told.subject, told.actor) == (
            "billing.WorkspaceErased.v1",
            "acme",
            "cli",
        )

    def test_an_erasure_that_was_recorded_and_then_cut_short_is_finished(
        self, installation: Installation
    ) -> None:
        sealed = installation.vault.seal("acme", "ann@personal.example")
        installation.erase_workspace("globex", CLI)
        assert installation.vault.unseal(sealed) == "ann@personal.example"
        assert installation.erase_workspace("acme", CLI)
        assert installation.vault.unseal(sealed) == ERASED


class TestPostedByGateways:
    def test_is_kept_sealed_and_comes_back_byte_for_byte(self, installation: Installation) -> None:
        installation.inbox.receive("sandbox", "evt_1", POSTED, {"Signature": "s"}, {}, "acme")
        assert "personal" not in installation.stored()
        assert installation.inbox.raw("sandbox", "evt_1") == (POSTED, {"Signature": "s"})

    def test_is_unreadable_once_its_workspace_is_erased(self, installation: Installation) -> None:
        installation.inbox.receive("sandbox", "evt_1", POSTED, {}, {}, "acme")
        installation.erase_workspace("acme", CLI)
        assert installation.inbox.raw("sandbox", "evt_1") == (ERASED.encode(), {})

    def test_of_nobody_known_is_forgotten_when_anybody_is_erased(
        self, installation: Installation
    ) -> None:
        installation.inbox.receive("sandbox", "evt_1", POSTED, {}, {})
        assert installation.inbox.raw("sandbox", "evt_1") == (POSTED, {})
        installation.erase_workspace("acme", CLI)
        assert installation.inbox.raw("sandbox", "evt_1") == (b"", {})
        assert installation.inbox.counts() == {"received": 1}

    def test_about_an_erased_workspace_is_still_accepted(self, installation: Installation) -> None:
        installation.erase_workspace("acme", CLI)
        assert installation.inbox.receive("sandbox", "evt_1", POSTED, {}, {}, "acme")
        assert installation.inbox.raw("sandbox", "evt_1") == (ERASED.encode(), {})
