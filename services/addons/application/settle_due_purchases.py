"""The sweep: settles whatever a crash, a webhook or time left to look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kernel.cause import SWEEP
from kernel.clock import Clock
from kernel.errors import DomainError
from runtime.process.failed_items import FailedItems
from services.addons.application.purchase_index import PurchaseIndex
from services.addons.application.settlement import Settlement

WORK = "addons.settle"
# Longer than what a change leaves until the next look: a claim ends only what it began itself.
CLAIMED_FOR = timedelta(minutes=5)
RETRY_AFTER = timedelta(seconds=30)
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class SettlementSweep:
    settlement: Settlement
    index: PurchaseIndex
    failed: FailedItems
    clock: Clock

    def settle_due(self) -> int:
        """One round; returns how many purchases it looked at. One that the gateway does not answer
        for is tried again later and holds up no other."""
        now = self.clock()
        claimed = now + CLAIMED_FOR
        due = self.index.claim_due(now, claimed, AT_ONCE)
        for purchase_id in due:
            self.index.postpone(purchase_id, claimed, self._settle(purchase_id))
        return len(due)

    def _settle(self, purchase_id: str) -> datetime | None:
        """When to look again."""
        again: list[datetime | None] = []
        failure = self.failed.attempt(
            WORK, purchase_id, lambda: again.append(self._look(purchase_id))
        )
        if failure is None:
            return again[0]
        foreseen = isinstance(failure.error, DomainError)
        return self.clock() + (RETRY_AFTER if foreseen else failure.pause)

    def _look(self, purchase_id: str) -> datetime | None:
        purchase, seen = self.settlement.settle_and_show(purchase_id, SWEEP)
        if purchase.status == "cancelled" and seen and seen.status in ("failed", "cancelled"):
            return None
        return purchase.look_again_at(self.clock(), changed=False)
