"""The rules by which credits are bought by themselves."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from runtime.eventstore.store import EventStore
from runtime.eventstore.vault import Vault
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi import means
from services.addons.application.top_ups.rules import TopUpRules, Wanted
from services.addons.domain.addon.entry import LARGEST_GRANT
from services.addons.domain.purchase.purchase import Buyer
from services.addons.domain.top_up.events import StopReason
from services.addons.domain.top_up.state import TopUp
from services.addons.http import refusals
from services.addons.http.answers import CurrencyCode
from services.addons.http.requests import Body, Currency, Price, Slug

OfMeter = Annotated[
    str,
    Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="A meter.", examples=["tokens"]),
]
MOST_A_MONTH = 1_000
MostADay = Annotated[
    int, Field(ge=1, le=100, strict=True), means("Purchases in a UTC day, at most.", 1)
]
MostAMonth = Annotated[int, Field(ge=1, le=MOST_A_MONTH, strict=True), means("And in a month.", 10)]
Below = Annotated[
    int,
    Field(ge=1, le=LARGEST_GRANT, strict=True),
    means("Bought when fewer units of quota and credits are left.", 10_000),
]


class SetTopUp(Body):
    """What to buy, and when. At another price than the expected one nothing is set."""

    addon: Slug
    below: Below
    most_a_day: MostADay = 1
    most_a_month: MostAMonth = 10
    expected_price_cents: Annotated[Price | None, means("What was shown.", 900)] = None
    expected_currency: Annotated[Currency | None, means("Its currency.", "EUR")] = None


class TopUpBody(BaseModel):
    """A rule by which credits are bought."""

    meter: Annotated[str, means("Of which meter.", "tokens")]
    status: Annotated[
        Literal["active", "stopped", "removed"],
        means("`stopped`: until it is set again.", "active"),
    ]
    stopped_because: Annotated[StopReason | None, means("Null while it is not.", None)]
    addon: Annotated[str | None, means("What is bought; null once it is removed.", "tokens-100k")]
    below: Annotated[int | None, means("When fewer are left.", 10_000)]
    most_a_day: Annotated[int | None, means("Purchases in a UTC day, at most.", 1)]
    most_a_month: Annotated[int | None, means("And in a month.", 10)]
    price_cents: Annotated[int | None, means("What each was agreed to cost.", 900)]
    currency: CurrencyCode | None
    last_purchase_id: Annotated[
        str | None, means("What was bought last, by any rule of the meter.", "pur_8Kd2hT")
    ]


class TopUpsBody(BaseModel):
    """All rules of a workspace."""

    data: Annotated[list[TopUpBody], means("By meter.")]


def top_ups_router(
    store: EventStore, keys: IdempotencyKeys, access: Access, rules: TopUpRules, vault: Vault
) -> APIRouter:
    router = command_router(
        store, keys, prefix="/v1/addons/workspaces/{ws}/top-ups", tags=["add-ons"]
    )

    @router.get("")
    def list_top_ups(ws: str, _: Principal = access.workspace_admin) -> TopUpsBody:
        """What is bought by itself. The rules of the workspace, stopped ones too."""
        return TopUpsBody(data=[_body(each) for each in rules.of(ws)])

    @router.put("/{meter}", openapi_extra=refusals.OF_TOP_UPS)
    def set_top_up(
        ws: str, meter: OfMeter, body: SetTopUp, principal: Principal = access.workspace_admin
    ) -> TopUpBody:
        """Buy credits when few are left. The saved payment method is charged by itself, once each
        time they run low. A declined card stops it, as does an offer that changed."""
        buyer = Buyer(
            subject=principal.subject,
            email=vault.seal(ws, principal.email),
            name=vault.seal(ws, principal.name),
        )
        wanted = Wanted(buyer=buyer, **body.model_dump())
        return _body(rules.set(ws, meter, wanted, principal.cause()))

    @router.delete("/{meter}", openapi_extra=refusals.OF_NO_TOP_UPS)
    def remove_top_up(
        ws: str, meter: OfMeter, principal: Principal = access.workspace_admin
    ) -> TopUpBody:
        """Buy nothing by itself any more. What was begun is finished."""
        return _body(rules.remove(ws, meter, principal.cause()))

    return router


def _body(top_up: TopUp) -> TopUpBody:
    rule, last = top_up.rule, top_up.last
    status: Literal["active", "stopped", "removed"] = "active" if top_up.active else "stopped"
    return TopUpBody(
        meter=top_up.meter,
        status=status if rule else "removed",
        stopped_because=top_up.stopped,
        addon=rule.addon if rule else None,
        below=rule.below if rule else None,
        most_a_day=rule.most_a_day if rule else None,
        most_a_month=rule.most_a_month if rule else None,
        price_cents=rule.price_cents if rule else None,
        currency=rule.currency if rule else None,
        last_purchase_id=last.purchase_id if last else None,
    )
