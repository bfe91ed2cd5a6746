"""How a workspace wants plan changes to be charged, and where its invoices go."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.account.events import BillingProfileChanged, WorkspaceSettingsChanged
from services.billing.domain.account.state import Account
from services.billing.domain.account.timing import PlanChange


def decide_settings(
    account: Account, plan_change: PlanChange, billing_email: str | None, at: datetime
) -> list[DomainEvent]:
    """`billing_email` is sealed. Nothing when that is how it is."""
    if (plan_change, billing_email) == (account.plan_change, account.billing_email):
        return []
    return [
        WorkspaceSettingsChanged(timestamp=at, plan_change=plan_change, billing_email=billing_email)
    ]


def decide_profile(sealed: str | None, at: datetime) -> list[DomainEvent]:
    return [BillingProfileChanged(timestamp=at, profile=sealed)]
