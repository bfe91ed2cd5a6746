"""Makes the personal data of a workspace unreadable, everywhere and for good."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.cause import Cause
from kernel.clock import Clock
from runtime.eventstore.store import EventStore, retry_conflicts
from runtime.eventstore.stream import Change
from runtime.eventstore.vault import Vault
from runtime.messaging.inbox import Inbox
from services.billing.application.trial_payers import forget_payers
from services.billing.domain.account.evolution import ACCOUNT
from services.billing.domain.account.state import account_stream
from services.billing.domain.erasure import ERASURE, decide_erase, erasure_stream


@dataclass(frozen=True, slots=True)
class EraseWorkspace:
    store: EventStore
    vault: Vault
    inbox: Inbox
    clock: Clock

    @retry_conflicts
    def __call__(self, workspace: str, cause: Cause) -> bool:
        """False when it was erased before. Recorded first and repeatable, so that a crash between
        leaves something to finish, not something unknown. Raises SubscriptionLive."""
        stream = self.store.load(ERASURE, erasure_stream(workspace))
        account = self.store.load(ACCOUNT, account_stream(workspace)).state
        decided = decide_erase(stream.state, account, workspace, self.clock())
        self.store.append(Change(stream, decided), cause=cause)
        erased = self.vault.erase(workspace)
        forget_payers(self.store.database, workspace)
        # One of them may be about this workspace.
        self.inbox.forget_unassigned()
        return erased
