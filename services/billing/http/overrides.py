"""Overrides of a workspace."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from kernel.clock import as_utc
from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.openapi import means
from services.billing.application.billing import Billing
from services.billing.domain.overrides import Overrides
from services.billing.domain.terms import Quota
from services.billing.http.account_requests import Reason
from services.billing.http.meter_bodies import Meter, MeterQuotaBody
from services.billing.http.plan_fields import Features, Limits
from services.billing.http.sale_bodies import Request

Quotas = Annotated[
    dict[Meter, MeterQuotaBody],
    Field(max_length=100),
    means(
        "By meter, `conversation` and `message` among them.",
        {"tokens": {"limit": 5_000_000, "mode": "hard"}},
    ),
]
Until = Annotated[
    AwareDatetime | None, means("When all of them end; null is never.", "2027-01-01T00:00:00Z")
]


class SetOverrides(Request):
    """All overrides; those that are left out are taken back."""

    quotas: Quotas = Field(default_factory=dict)
    limits: Limits = Field(default_factory=dict)
    features: Features = Field(default_factory=dict)
    until: Until = None
    reason: Reason | None = None

    def overrides(self) -> Overrides:
        quotas = {meter: Quota(each.limit, each.mode) for meter, each in self.quotas.items()}
        until = as_utc(self.until) if self.until else None
        return Overrides(quotas, dict(self.limits), dict(self.features), until)


class OverridesBody(BaseModel):
    """What holds instead of the plan's."""

    workspace_id: Annotated[str, means("The workspace.", "acme")]
    quotas: Annotated[
        dict[str, MeterQuotaBody],
        means("By meter.", {"tokens": {"limit": 5_000_000, "mode": "hard"}}),
    ]
    limits: Annotated[dict[str, int | None], means("Caps by name; null is none.", {"agents": 9})]
    features: Annotated[dict[str, bool | int | str | None], means("Flags by name.", {"beta": True})]
    until: Annotated[
        datetime | None, means("When all of them end; null is never.", "2027-01-01T00:00:00Z")
    ]


def overrides_routes(billing: Billing, store: EventStore, access: Access) -> APIRouter:
    router = command_router(store, prefix="/v1/billing/workspaces/{ws}", tags=["support"])

    @router.put("/overrides")
    def set_overrides(
        ws: str, body: SetOverrides, principal: Principal = access.super_admin
    ) -> OverridesBody:
        """Agree on other quotas, limits and features with one workspace. They replace those that
        were agreed on before, and hold whatever plan it lives on, until their end."""
        account = billing.set_overrides(ws, body.overrides(), body.reason or "", principal.cause())
        return _body(ws, account.overrides)

    return router


def _body(workspace: str, overrides: Overrides) -> OverridesBody:
    quotas = {
        meter: MeterQuotaBody(limit=each.limit, mode=each.mode)
        for meter, each in overrides.quotas.items()
    }
    return OverridesBody(
        workspace_id=workspace,
        quotas=quotas,
        limits=overrides.limits,
        features=overrides.features,
        until=overrides.until,
    )
