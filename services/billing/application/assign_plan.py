"""The platform gives a workspace a local-only plan."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.cause import Cause
from kernel.clock import Clock
from services.billing.application.accounts import Accounts
from services.billing.application.plans import Plans
from services.billing.domain.account.assign import decide_assign
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice
from services.billing.domain.errors import PlanInactive, PlanNotLocal


@dataclass(frozen=True, slots=True)
class AssignPlan:
    accounts: Accounts
    plans: Plans
    clock: Clock

    def __call__(self, workspace: str, slug: str, cause: Cause) -> Account:
        """Raises SubscriptionLive while a gateway goes on charging."""
        plan = self.plans.get(slug)
        if not plan.price.is_free:
            raise PlanNotLocal(slug=slug)
        if not plan.is_active:
            raise PlanInactive(slug=slug)
        agreed, at = AgreedPrice(plan=slug, price=plan.price), self.clock()
        return self.accounts.record(
            workspace, lambda account: decide_assign(account, agreed, at), cause
        )
