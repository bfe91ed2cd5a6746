"""Makes the personal data of a workspace unreadable, everywhere and for good."""

from __future__ import annotations

from kernel.cause import Cause
from kernel.clock import Clock
from runtime.eventstore.store import EventStore, retry_conflicts
from runtime.eventstore.vault import Vault
from runtime.messaging.inbox import Inbox
from services.billing.domain.erasure import Erasure, erasure_stream


class Erasing:
    def __init__(self, store: EventStore, vault: Vault, inbox: Inbox, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._inbox = inbox
        self._clock = clock

    @retry_conflicts
    def erase_workspace(self, workspace: str, cause: Cause) -> bool:
        """False when it was erased before. Recorded first and repeatable, so that a crash between
        leaves something to finish, not something unknown."""
        if self._store.find(Erasure, erasure_stream(workspace)) is None:
            self._store.save(Erasure.of(workspace, self._clock()), cause=cause)
        erased = self._vault.erase(workspace)
        # One of them may be about this workspace.
        self._inbox.forget_unassigned()
        return erased
