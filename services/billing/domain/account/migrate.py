"""An account on its way to another plan or price, on somebody else's request."""

from __future__ import annotations

from datetime import datetime

from gateways.port import CurrencyMismatch
from kernel.events import DomainEvent
from services.billing.domain.account.events import (
    ChangeRequested,
    CheckoutClosed,
    PlanMigrationAnnounced,
    PlanMigrationApprovalAsked,
    PlanMigrationWithdrawn,
)
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice

STOPPED = "stopped"


def decide_announce(account: Account, announced: PlanMigrationAnnounced) -> list[DomainEvent]:
    """Once. Raises CurrencyMismatch."""
    live, known = account.live, account.migration
    if live is None or (known is not None and known.migration_id == announced.migration_id):
        return []
    if live.price.currency != announced.deal.price.currency:
        raise CurrencyMismatch(currency=live.price.currency, wanted=announced.deal.price.currency)
    return [announced]


def decide_ask(
    account: Account, migration_id: str, checkout_id: str, url: str, at: datetime
) -> list[DomainEvent]:
    known = account.migration
    if known is None or known.migration_id != migration_id or known.checkout_id is not None:
        return []
    return [
        PlanMigrationApprovalAsked(
            timestamp=at, migration_id=migration_id, checkout_id=checkout_id, url=url
        )
    ]


def decide_migrate(
    account: Account, command_id: str, deal: AgreedPrice, reason: str, at: datetime
) -> list[DomainEvent]:
    """At the end of the present period. The present price undoes what was planned. Nothing while
    another change is asked for: it comes first."""
    live = account.live
    if live is None or account.change is not None:
        return []
    return [
        ChangeRequested(
            timestamp=at,
            command_id=command_id,
            kind="swap",
            gateway=live.gateway or "",
            subscription_ref=live.ref or "",
            deal=deal,
            timing="next_cycle",
            reason=reason,
        )
    ]


def decide_withdraw(
    account: Account, migration_id: str, reason: str, at: datetime
) -> list[DomainEvent]:
    """With the page on which the payer was to agree."""
    known = account.migration
    if known is None or known.migration_id != migration_id:
        return []
    page = account.open_checkout
    asked = page is not None and page.id == known.checkout_id
    closed = [
        CheckoutClosed(timestamp=at, checkout_id=page.id, gateway=page.gateway, reason="superseded")
        for page in ([page] if page is not None and asked else [])
    ]
    withdrawn = PlanMigrationWithdrawn(timestamp=at, migration_id=migration_id, reason=reason)
    return [*closed, withdrawn]
