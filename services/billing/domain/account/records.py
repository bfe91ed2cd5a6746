"""What an account keeps beside its subscription and checkouts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.billing.domain.account.subscription import AgreedPrice, Subscription, reference

ASSIGNED, REPLACED, SUPERSEDED = "assigned", "replaced", "superseded"


@dataclass(frozen=True, kw_only=True)
class Orphan:
    """A superseded subscription. `confirmed`: its gateway says that it has ended."""

    subscription: Subscription
    reason: str
    since: datetime
    confirmed: bool = False

    @property
    def may_be_refunded(self) -> bool:
        """It has ended. Who was given another plan by hand is refunded nothing."""
        return self.confirmed and self.reason != ASSIGNED


def with_confirmed(orphans: Mapping[str, Orphan], key: str) -> Mapping[str, Orphan]:
    """The same where there is none of that key."""
    return {**orphans, key: replace(orphans[key], confirmed=True)} if key in orphans else orphans


@dataclass(frozen=True, kw_only=True)
class AnnouncedMigration:
    """`deal` was promised, and not before `not_before`. `checkout_id`: where approval is asked."""

    migration_id: str
    deal: AgreedPrice
    not_before: datetime
    checkout_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class SavedMethod:
    gateway: str
    customer: str
    ref: str
    brand: str = ""
    last4: str = ""
    expires: str | None = None


@dataclass(frozen=True, kw_only=True)
class Payer:
    """Whose invoices a subscription's are."""

    gateway: str
    ref: str
    customer: str | None


def with_payer(payers: Mapping[str, Payer], subscription: Subscription) -> Mapping[str, Payer]:
    """The same for a plan that no gateway charges."""
    gateway, ref = subscription.gateway, subscription.ref
    if gateway is None or ref is None:
        return payers
    payer = Payer(gateway=gateway, ref=ref, customer=subscription.customer)
    return {**payers, subscription.key: payer}


def answered(payers: Mapping[str, Payer], forgotten: frozenset[str]) -> dict[str, Payer]:
    """Those whose gateway may be asked for what they paid."""
    return {
        key: replace(payer, customer=None)
        if reference(payer.gateway, payer.customer or "") in forgotten
        else payer
        for key, payer in payers.items()
        if key not in forgotten
    }
