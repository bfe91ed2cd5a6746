"""Moments and figures: what was true then, and which events made it so."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel

from kernel.clock import Clock
from kernel.month import Month
from projections.audit_trail import explaining
from projections.audit_trail.as_of import AsOf, PointInTime
from projections.audit_trail.auditing import Sources
from projections.audit_trail.http.lists import Cursor, Event, InRange, Name
from runtime.postgres.database import Database
from runtime.web.errors import Limit

MonthText = Annotated[str, Path(pattern=r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$")]


class Quota(BaseModel):
    """A limit of null is none."""

    limit: int | None
    used: int
    held: int
    remaining: int | None


class Entitlements(BaseModel):
    """`limits_set_by` is the event that set the plan's limits."""

    plan: str | None
    limits_set_by: str | None
    period: str
    max_tokens: int
    removes_branding: bool
    limits: dict[str, int | None]
    conversations: Quota
    messages: Quota


class MonthOfUsage(BaseModel):
    month: str
    message: int
    conversation: int


class AsOfAnswer(BaseModel):
    """`subscription` and each of `purchases` are whole, with the `event` that made them so. Names
    and e-mail addresses stay sealed."""

    workspace_id: str
    at: AwareDatetime
    known_at: AwareDatetime
    subscription: dict[str, Any] | None
    entitlements: Entitlements
    usage: list[MonthOfUsage]
    purchases: list[dict[str, Any]]


class NarratedEvent(Event):
    told: str


class Explanation(BaseModel):
    """`data`: the events that made the figure, in the order of recording."""

    figure: dict[str, Any] | None
    data: list[NarratedEvent]
    next: str | None


class DecisionExplanation(Explanation):
    """`set_by`: the events that set the plan and its limit; `data`: the usage that filled it."""

    set_by: list[NarratedEvent]


def add_moments(routes: APIRouter, database: Database, clock: Clock) -> None:
    @routes.get("/workspaces/{ws}/as-of", response_model=AsOfAnswer)
    def as_of(
        ws: str, at: InRange | None = None, known_at: InRange | None = None
    ) -> dict[str, Any]:
        """`at`: by when it had happened; `known_at`: by when it had been recorded. Default: now."""
        now = clock()
        instant = PointInTime(at or now, known_at or now)
        return AsOf(database, ws, instant).answer()


def add_explanations(routes: APIRouter, database: Database, sources: Sources) -> None:
    @routes.get("/explain/workspaces/{ws}/subscription", response_model=Explanation)
    def subscription(ws: str, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
        return explaining.explain_subscription(database, ws, cursor, limit)

    @routes.get("/explain/workspaces/{ws}/usage/{metric}/{month}", response_model=Explanation)
    def usage(
        ws: str,
        metric: Literal["message", "conversation"],
        month: MonthText,
        cursor: Cursor = "",
        limit: Limit = 50,
    ) -> dict[str, Any]:
        parsed = Month.parse(month)
        return explaining.explain_usage(database, ws, metric, parsed, cursor, limit)

    @routes.get("/explain/purchases/{purchase_id}", response_model=Explanation)
    def purchase(purchase_id: Name, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
        return explaining.explain_purchase(database, purchase_id, cursor, limit)

    @routes.get("/explain/invoices/{gateway}/{invoice_ref}", response_model=Explanation)
    def invoice(
        gateway: Name, invoice_ref: Name, cursor: Cursor = "", limit: Limit = 50
    ) -> dict[str, Any]:
        return explaining.explain_invoice(database, gateway, invoice_ref, cursor, limit)

    @routes.get("/explain/movements/{event}", response_model=Explanation)
    def movement(event: Name) -> dict[str, Any]:
        """Of recurring revenue: by the event that made it, such as `billing:42`."""
        return explaining.explain_movement(database, sources, event)

    @routes.get("/explain/decisions/{decision_id}", response_model=DecisionExplanation)
    def decision(decision_id: Name, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
        """Of an `X-Decision-Id`."""
        return explaining.explain_decision(database, sources, decision_id, cursor, limit)
