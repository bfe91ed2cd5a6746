"""The use cases of declared meters and what they share, and what is asked alike of the others."""

from __future__ import annotations

from collections.abc import Mapping

from kernel.clock import Clock
from services.metering.application.accounts.credited import Credits
from services.metering.application.accounts.desk import Desk
from services.metering.application.accounts.expiry import AccountExpiry
from services.metering.application.accounts.explained import AccountDecisions
from services.metering.application.accounts.metered import MeteredUsage
from services.metering.application.accounts.purchased import PurchasedCredits
from services.metering.application.accounts.reserved import Reserved
from services.metering.application.group_commit import GroupCommit
from services.metering.application.live_state import LiveState
from services.metering.application.meters import MeterCatalogue
from services.metering.application.recorder import UsageStore
from services.metering.application.turns import Turns
from services.metering.application.units import BuiltInUsage


class Accounts:
    def __init__(
        self,
        store: UsageStore,
        state: LiveState,
        commits: GroupCommit,
        clock: Clock,
        decision_keys: Mapping[str, str],
    ) -> None:
        self.store = store
        self.turns = Turns()
        self.catalogue = MeterCatalogue(store, clock)
        self.desk = Desk(state, commits, clock)
        self.usage = MeteredUsage(self.desk)
        self.units = BuiltInUsage(store, state, clock)
        self.reserved = Reserved(self.desk, store.database)
        self.credits = Credits(self.desk, store)
        self.purchased = PurchasedCredits(store.database, self.credits)
        self.expiry = AccountExpiry(store.database, self.reserved, self.credits, clock)
        self.decisions = AccountDecisions(
            store.database, decision_keys, self.turns, lambda: self.desk.revision
        )
