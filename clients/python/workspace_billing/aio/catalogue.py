"""What is sold: plans and add-ons. Prices are for everyone, the rest is the admins'."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from workspace_billing import models
from workspace_billing.aio.sender import AsyncSender
from workspace_billing.call import path, reading

PLANS = "/v1/billing/plans"
ADDONS = "/v1/addons/catalog"
PLAN = reading(models.Plan)
ADDON = reading(models.Addon)


class AsyncPlans:
    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    async def pricing(self) -> models.Pricing:
        """Plans on sale, and families that pair a monthly with a yearly one. Needs no token."""
        read = reading(models.Pricing)
        return await self._sender.query("/v1/projections/plans", read, ["billing"], limit=500)

    def list(self) -> AsyncIterator[models.CataloguedPlan]:
        """All of them, with subscribers and how they stand at the gateways."""
        read = reading(models.Catalogue)
        return self._sender.pages("/v1/projections/plans/admin", read, ["billing"])

    async def create(
        self, slug: str, *, name: str, price_cents: int, monthly_conversations: int, **terms: Any
    ) -> models.Plan:
        body = {
            "slug": slug,
            "name": name,
            "price_cents": price_cents,
            "monthly_conversations": monthly_conversations,
            **terms,
        }
        return await self._sender.command("POST", PLANS, PLAN, body)

    async def get(self, slug: str) -> models.Plan:
        return await self._sender.query(PLANS + path("/{}", slug), PLAN)

    async def change(self, slug: str, **terms: Any) -> models.Plan:
        """Only what is given."""
        return await self._sender.command("PATCH", PLANS + path("/{}", slug), PLAN, terms)

    async def sync(self, slug: str) -> models.SyncAnswer:
        """Once more at every gateway."""
        place = PLANS + path("/{}/sync", slug)
        return await self._sender.command("POST", place, reading(models.SyncAnswer))


class AsyncAddons:
    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    def list(self) -> AsyncIterator[models.Addon]:
        """All of them, on sale or not."""
        return self._sender.pages(ADDONS, reading(models.AddonCatalogue))

    async def create(self, slug: str, *, name: str, price_cents: int, **entry: Any) -> models.Addon:
        body = {"slug": slug, "name": name, "price_cents": price_cents, **entry}
        return await self._sender.command("POST", ADDONS, ADDON, body)

    async def change(self, slug: str, **entry: Any) -> models.Addon:
        """Only what is given."""
        return await self._sender.command("PATCH", ADDONS + path("/{}", slug), ADDON, entry)
