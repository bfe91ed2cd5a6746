"""Answers of the add-on commands."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel

from runtime.web.openapi import means
from services.addons.domain.addon.entry import Entry
from services.addons.domain.purchase.purchase import Purchase, ShownStatus

CurrencyCode = Annotated[str, means("ISO 4217, of the price.", "EUR")]


class CreditsOfAddon(BaseModel):
    """Credits that each paid purchase grants, under its id."""

    meter: Annotated[str, means("The meter.", "tokens")]
    amount: Annotated[int, means("Units.", 100000)]
    expires_in_days: Annotated[int | None, means("Null is never.", 365)]


class AddonBody(BaseModel):
    """An add-on of the catalogue."""

    slug: Annotated[str, means("Names it; it never changes.", "professional-ai-setup")]
    name: Annotated[str, means("What people read.", "Professional AI set-up")]
    price_cents: Annotated[int, means("In minor units.", 49900)]
    currency: CurrencyCode
    description: Annotated[str, means("A paragraph or two.", "We set everything up.")]
    features: Annotated[list[str], means("Bullets, in order.", ["Interview", "Set-up"])]
    sort_order: Annotated[int, means("The lowest is shown first.", 10)]
    is_active: Annotated[bool, means("Whether it can be bought.", True)]
    kind: Annotated[
        Literal["service", "credits"], means("`credits` can be bought again and again.", "service")
    ]
    grants: Annotated[list[CreditsOfAddon], means("Of credits: what a purchase grants.", [])]


class AddonsBody(BaseModel):
    """A page of the catalogue, by slug."""

    data: Annotated[list[AddonBody], means("Active or not.")]
    next: Annotated[str | None, means("The cursor of the next page.", None)]


class PurchaseBody(BaseModel):
    """How a purchase stands. Personal data of the buyer is left out: read models show it to whom it
    concerns."""

    purchase_id: Annotated[str, means("The purchase, in events too.", "pu_8Kd2hT")]
    workspace_id: Annotated[str, means("Who bought.", "acme")]
    addon: Annotated[str, means("The slug of the add-on.", "professional-ai-setup")]
    addon_name: Annotated[str, means("Its name at that moment.", "Professional AI set-up")]
    price_cents: Annotated[int, means("Its price at that moment, in minor units.", 49900)]
    currency: CurrencyCode
    status: Annotated[ShownStatus, means("How it stands.", "paid")]
    blocks: Annotated[bool, means("Whether the add-on can't be bought again meanwhile.", True)]
    gateway: Annotated[str, means("Who takes the money.", "stripe")]
    charge_ref: Annotated[str | None, means("The payment's id there.", "pi_3N8Zq2")]
    confirmation_url: Annotated[
        str | None, means("Where the buyer pays, or confirms, while it is pending.", None)
    ]
    decline_code: Annotated[str | None, means("The gateway's word for a refusal.", None)]
    refunded_cents: Annotated[int, means("What has come back, in minor units.", 0)]
    refunding_cents: Annotated[int, means("What is on its way back.", 0)]
    started_at: Annotated[datetime, means("When it was ordered.", "2026-11-22T10:00:00Z")]
    grants: Annotated[list[CreditsOfAddon], means("Credits that it grants once it is paid.", [])]


def addon_body(entry: Entry) -> AddonBody:
    return AddonBody(**asdict(entry))


def purchase_body(purchase: Purchase) -> PurchaseBody:
    return PurchaseBody(
        purchase_id=purchase.purchase_id,
        workspace_id=purchase.workspace_id,
        addon=purchase.addon,
        addon_name=purchase.addon_name,
        price_cents=purchase.price_cents,
        currency=purchase.currency,
        status=purchase.shown_status,
        blocks=purchase.blocks,
        gateway=purchase.gateway,
        charge_ref=purchase.charge_ref,
        confirmation_url=purchase.confirmation_url,
        decline_code=purchase.decline_code,
        refunded_cents=purchase.refunded_cents,
        refunding_cents=purchase.refunding_cents,
        started_at=purchase.started_at,
        grants=[CreditsOfAddon(**asdict(grant)) for grant in purchase.grants],
    )
