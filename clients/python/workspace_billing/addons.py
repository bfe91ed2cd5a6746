"""Answers of the add-on commands."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from workspace_billing.model import Model

PurchaseStatus = Literal["pending", "paid", "delivered", "failed", "cancelled", "refunded"]


class Addon(Model):
    slug: str
    name: str
    price_cents: int
    currency: str
    description: str
    features: list[str]
    sort_order: int
    is_active: bool


class AddonCatalogue(Model):
    data: list[Addon]
    next: str | None = None


class Purchase(Model):
    """`blocks`: no second one of the same add-on can be bought beside it."""

    purchase_id: str
    workspace_id: str
    addon: str
    addon_name: str
    price_cents: int
    currency: str
    status: PurchaseStatus | str
    blocks: bool
    gateway: str | None = None
    charge_ref: str | None = None
    confirmation_url: str | None = None
    decline_code: str | None = None
    refunded_cents: int
    refunding_cents: int
    started_at: datetime
