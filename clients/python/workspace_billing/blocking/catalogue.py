# Generated from aio/catalogue.py: change that one.
"""What is sold: plans and add-ons. Prices are for everyone, the rest is the admins'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workspace_billing import models
from workspace_billing.blocking.sender import Sender
from workspace_billing.call import path, reading

PLANS = "/v1/billing/plans"
ADDONS = "/v1/addons/catalog"
PLAN = reading(models.Plan)
ADDON = reading(models.Addon)


class Plans:
    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def pricing(self) -> models.Pricing:
        """Plans on sale, and families that pair a monthly with a yearly one. Needs no token."""
        read = reading(models.Pricing)
        return self._sender.query("/v1/projections/plans", read, ["billing"], limit=500)

    def list(self) -> Iterator[models.CataloguedPlan]:
        """All of them, with subscribers and how they stand at the gateways."""
        read = reading(models.Catalogue)
        return self._sender.pages("/v1/projections/plans/admin", read, ["billing"])

    def create(
        self, slug: str, *, name: str, price_cents: int, monthly_conversations: int, **terms: Any
    ) -> models.Plan:
        body = {
            "slug": slug,
            "name": name,
            "price_cents": price_cents,
            "monthly_conversations": monthly_conversations,
            **terms,
        }
        return self._sender.command("POST", PLANS, PLAN, body)

    def get(self, slug: str) -> models.Plan:
        return self._sender.query(PLANS + path("/{}", slug), PLAN)

    def change(self, slug: str, **terms: Any) -> models.Plan:
        """Only what is given."""
        return self._sender.command("PATCH", PLANS + path("/{}", slug), PLAN, terms)

    def sync(self, slug: str) -> models.SyncAnswer:
        """Once more at every gateway."""
        place = PLANS + path("/{}/sync", slug)
        return self._sender.command("POST", place, reading(models.SyncAnswer))


class Addons:
    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(self) -> Iterator[models.Addon]:
        """All of them, on sale or not."""
        return self._sender.pages(ADDONS, reading(models.AddonCatalogue))

    def create(self, slug: str, *, name: str, price_cents: int, **entry: Any) -> models.Addon:
        body = {"slug": slug, "name": name, "price_cents": price_cents, **entry}
        return self._sender.command("POST", ADDONS, ADDON, body)

    def change(self, slug: str, **entry: Any) -> models.Addon:
        """Only what is given."""
        return self._sender.command("PATCH", ADDONS + path("/{}", slug), ADDON, entry)
