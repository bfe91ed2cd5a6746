"""A workspace is told what it will be charged, and from when; that is what counts afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.cause import Cause
from services.billing.application.observe_snapshot import Observations
from services.billing.application.plans import Plans
from services.billing.domain.account.events import PlanMigrationAnnounced
from services.billing.domain.account.migrate import decide_announce
from services.billing.domain.account.state import Account
from services.billing.domain.plan_migration.foresee import Foreseen, foresee
from services.billing.domain.plan_migration.state import PlanMigration


@dataclass(frozen=True, slots=True)
class Announce:
    observations: Observations
    plans: Plans

    def __call__(self, account: Account, migration: PlanMigration, cause: Cause) -> Foreseen | None:
        """Nothing is announced where it is refused, or, None, charged that already."""
        live, at = account.require_live(), self.observations.clock()
        gateway = self.observations.gateway(live.gateway or "")
        target = self.plans.get(migration.target)
        found = foresee(account, migration, target, gateway.capabilities, at)
        if found is None or found.how == "refused":
            return found
        paid = live.price.currency
        currency = None if paid == target.price.currency else paid
        announced = PlanMigrationAnnounced(
            timestamp=at,
            migration_id=migration.id,
            plan=live.plan,
            deal=self.plans.agreed_price(target.slug, gateway.name, cause, currency),
            not_before=migration.not_before(at),
            effective_at=found.effective_at,
            approval=found.how == "approval",
        )
        self.observations.accounts.record(
            account.workspace, lambda account: decide_announce(account, announced), cause
        )
        return found
