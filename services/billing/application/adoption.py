"""Whose a subscription is that people made at a gateway, without a word of ours."""

from __future__ import annotations

from dataclasses import dataclass

from gateways.port import SubscriptionSnapshot
from services.billing.application.observe_snapshot import Observations


@dataclass(frozen=True, slots=True)
class Adoption:
    observations: Observations

    def workspace_of(self, snapshot: SubscriptionSnapshot, named: str = "") -> str | None:
        """Whose customer it was made for, or whom its payment link named, where the price or its
        product is ours. Who has a subscription already is left to people: of two one would be
        ended."""
        accounts = self.observations.accounts
        owner = accounts.workspace_of(snapshot.gateway, snapshot.customer or "") or named
        account = accounts.find(owner) if owner else None
        if account is None or account.live is not None:
            return None
        return owner if self.observations.plans.sold(snapshot) is not None else None

    def is_foreign(self, snapshot: SubscriptionSnapshot) -> bool:
        """What another shop sold in the same account of the gateway."""
        accounts, customer = self.observations.accounts, snapshot.customer
        known = customer and accounts.workspace_of(snapshot.gateway, customer)
        return not known and self.observations.plans.sold(snapshot) is None
