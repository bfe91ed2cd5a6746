"""A gateway's own pages about a customer's payments."""

from __future__ import annotations

from dataclasses import dataclass

from gateways.port import CapabilityNotSupported
from kernel.errors import ValidationFailed
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.errors import NotSubscribed


@dataclass(frozen=True, slots=True)
class OpenPortal:
    observations: Observations

    def __call__(self, workspace: str, return_url: str | None) -> str:
        """Its URL. Raises CapabilityNotSupported where the gateway has none."""
        account = self.observations.accounts.get(workspace)
        payer = account.subscription or account.method
        if payer is None or payer.gateway is None:
            raise NotSubscribed(workspace=workspace)
        gateway = self.observations.gateway(payer.gateway)
        if not gateway.capabilities.portal:
            raise CapabilityNotSupported(gateway=payer.gateway, capability="portal")
        last = account.last_checkout
        back = return_url or (last.cancel_url if last is not None else None)
        if payer.customer is None:
            raise NotSubscribed(workspace=workspace)
        if back is None:
            raise ValidationFailed("The portal needs a return_url.")
        return gateway.subscriptions.portal_url(payer.customer, back)
