"""Plans as products and prices."""

from __future__ import annotations

from gateways.port import PlanRef, PlanSpec
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.simulation import catalogue


class Catalogue:
    def __init__(self, client: SandboxClient) -> None:
        self._client = client

    def ensure_plan(self, command_id: str, plan: PlanSpec, current: PlanRef | None) -> PlanRef:
        profile = self._client.profile
        return self._client.call(
            lambda ledger: catalogue.ensure_plan(ledger, profile, command_id, plan, current)
        )

    def archive_plan(self, command_id: str, current: PlanRef) -> None:
        if self._client.profile.capabilities.archive_price:
            self._client.once(
                "archive", command_id, lambda ledger: catalogue.archive(ledger, current.price)
            )
