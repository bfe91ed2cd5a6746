"""Moments and figures: what was true then, and which events made it so."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel

from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.month import Month
from projections import fields
from projections.audit_trail import explaining
from projections.audit_trail.as_of import AsOf, PointInTime
from projections.audit_trail.auditing import Sources
from projections.audit_trail.http.lists import Cursor, Event, InRange, named
from runtime.postgres.database import Database
from runtime.web.errors import Limit
from runtime.web.openapi import Refusal, means, refuses

MonthText = Annotated[
    str,
    Path(
        pattern=r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$",
        description="A UTC month.",
        examples=["2026-11"],
    ),
]
MetricName = Annotated[
    Literal["message", "conversation"], Path(description="Of what.", examples=["conversation"])
]
MeterName = Annotated[str, named("A declared meter.", "tokens")]
PurchaseName = Annotated[str, named("The purchase.", "pu_8Kd2hT")]
GatewayName = Annotated[str, named("The payment gateway.", "stripe")]
InvoiceName = Annotated[str, named("The invoice's id there.", "in_1N8Zq2")]
EventName = Annotated[str, named("Its service and position.", "billing:42")]
DecisionName = Annotated[str, named("An `X-Decision-Id`.", "eyJ3IjoiYWNtZSJ9.c2ln")]
DECISION_NOT_FOUND = Refusal(404, "decision_not_found", "There is no such decision.")
NOW = "Now, where it is left out."
HappenedBy = Annotated[InRange | None, Query(description=NOW)]
RecordedBy = Annotated[InRange | None, Query(description=NOW)]


class Quota(BaseModel):
    """A limit, and what was used of it."""

    limit: Annotated[int | None, means("Null is none.", 1000)]
    used: Annotated[int, means("What was counted.", 412)]
    held: Annotated[int, means("What was held.", 1)]
    remaining: Annotated[int | None, means("What was left.", 587)]


class EntitlementsThen(BaseModel):
    """What a workspace might do at a moment."""

    plan: Annotated[str | None, means("The slug of the plan.", "pro-monthly")]
    limits_set_by: Annotated[
        str | None, means("The event that set the plan's limits.", "billing:7")
    ]
    period: Annotated[str, means("The UTC month.", "2026-11")]
    max_tokens: Annotated[int, means("Of a response.", 800)]
    removes_branding: Annotated[bool, means("A feature of the plan.", True)]
    limits: Annotated[
        dict[str, int | None], means("Caps by name; null is unlimited.", {"agents": 5})
    ]
    conversations: Annotated[Quota, means("Of that month.")]
    messages: Annotated[Quota, means("Of that month.")]


class MonthlyCounts(BaseModel):
    """Usage of a month."""

    month: Annotated[str, means("The UTC month.", "2026-11")]
    message: Annotated[int, means("Messages.", 6120)]
    conversation: Annotated[int, means("Conversations.", 412)]


class AccountThen(BaseModel):
    """A workspace's account of a declared meter, in the month of the moment."""

    meter: Annotated[str, means("The meter.", "tokens")]
    used: Annotated[int, means("Counted.", 3121)]
    reserved: Annotated[int, means("Held by reservations.", 4000)]
    credits: Annotated[int, means("What was left of grants that had not ended.", 46879)]
    overdrawn: Annotated[int, means("Used beyond everything that there was.", 0)]
    limit: Annotated[int | None, means("The quota then; null is unlimited.", 1_000_000)]
    mode: Annotated[Literal["hard", "soft"], means("A soft one refuses nothing.", "hard")]
    remaining: Annotated[
        int | None, means("What was left of quota and credits; null is unlimited.", 1_039_758)
    ]
    event: fields.EventPosition


class AsOfAnswer(BaseModel):
    """What was true of a workspace at a moment."""

    workspace_id: fields.Workspace
    at: Annotated[AwareDatetime, means("By when it had happened.", "2026-11-26T10:00:00Z")]
    known_at: Annotated[
        AwareDatetime, means("By when it had been recorded.", "2026-11-26T10:00:00Z")
    ]
    subscription: Annotated[
        dict[str, Any] | None,
        means(
            "Whole, with the `event` that made it so.",
            {"plan": "pro-monthly", "event": "billing:42"},
        ),
    ]
    entitlements: Annotated[EntitlementsThen, means("What the workspace might do.")]
    usage: Annotated[list[MonthlyCounts], means("By month.")]
    meters: Annotated[list[AccountThen], means("Those of which anything had happened.")]
    purchases: Annotated[
        list[dict[str, Any]],
        means(
            "Each whole, with the `event` that made it so. Names and addresses stay sealed.",
            [{"purchase_id": "pu_8Kd2hT", "event": "addons:9"}],
        ),
    ]


class NarratedEvent(Event):
    """An event, in words too."""

    told: Annotated[str, means("In a sentence.", "Subscribed to plan pro-monthly.")]


class Explanation(BaseModel):
    """A figure, and the events that made it."""

    figure: Annotated[dict[str, Any] | None, means("What is explained.", {"used": 1000})]
    data: Annotated[
        list[NarratedEvent], means("The events that made it, in the order of recording.")
    ]
    next: fields.NextCursor


class DecisionExplanation(Explanation):
    """A refusal, and the usage that filled the quota."""

    set_by: Annotated[list[NarratedEvent], means("The events that set the plan and its limit.")]


def add_moments(routes: APIRouter, database: Database, clock: Clock) -> None:
    @routes.get("/workspaces/{ws}/as-of", response_model=AsOfAnswer)
    def show_as_of(ws: str, at: HappenedBy = None, known_at: RecordedBy = None) -> dict[str, Any]:
        """What was true of a workspace at a moment? `at`: by when it had happened; `known_at`: by
        when it had been recorded. Default: now."""
        now = clock()
        instant = PointInTime(at or now, known_at or now)
        return AsOf(database, ws, instant).answer()


def add_explanations(routes: APIRouter, database: Database, sources: Sources, clock: Clock) -> None:
    @routes.get("/explain/workspaces/{ws}/subscription", response_model=Explanation)
    def explain_subscription(ws: str, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
        """Which events made a subscription what it is? In the order of recording."""
        return explaining.explain_subscription(database, ws, cursor, limit)

    @routes.get("/explain/workspaces/{ws}/usage/{metric}/{month}", response_model=Explanation)
    def explain_usage(
        ws: str,
        metric: MetricName,
        month: MonthText,
        cursor: Cursor = "",
        limit: Limit = 50,
    ) -> dict[str, Any]:
        """Which events made a month's figure? In the order of recording."""
        parsed = Month.parse(month)
        return explaining.explain_usage(database, ws, metric, parsed, cursor, limit)

    @routes.get(
        "/explain/decisions/{decision_id}",
        response_model=DecisionExplanation,
        openapi_extra=refuses(DECISION_NOT_FOUND),
    )
    def trace_decision(
        decision_id: DecisionName, cursor: Cursor = "", limit: Limit = 50
    ) -> dict[str, Any]:
        """Which events led to a refusal? By its `X-Decision-Id`."""
        return explaining.explain_decision(database, sources, decision_id, cursor, limit)

    _add_of_accounts(routes, database, clock)
    _add_of_purchases_and_money(routes, database, sources)


def _add_of_accounts(routes: APIRouter, database: Database, clock: Clock) -> None:
    @routes.get(
        "/explain/workspaces/{ws}/accounts/{meter}",
        response_model=Explanation,
        openapi_extra=refuses(NotFound),
    )
    def explain_account(
        ws: str, meter: MeterName, cursor: Cursor = "", limit: Limit = 50
    ) -> dict[str, Any]:
        """Which events made a declared meter's account what it is? In the order of recording."""
        now = clock()
        return explaining.explain_account(database, ws, meter, now, cursor, limit)


def _add_of_purchases_and_money(routes: APIRouter, database: Database, sources: Sources) -> None:
    @routes.get("/explain/purchases/{purchase_id}", response_model=Explanation)
    def explain_purchase(
        purchase_id: PurchaseName, cursor: Cursor = "", limit: Limit = 50
    ) -> dict[str, Any]:
        """Which events made a purchase what it is? In the order of recording."""
        return explaining.explain_purchase(database, purchase_id, cursor, limit)

    @routes.get("/explain/invoices/{gateway}/{invoice_ref}", response_model=Explanation)
    def explain_invoice(
        gateway: GatewayName, invoice_ref: InvoiceName, cursor: Cursor = "", limit: Limit = 50
    ) -> dict[str, Any]:
        """Which events made an invoice what it is? In the order of recording."""
        return explaining.explain_invoice(database, gateway, invoice_ref, cursor, limit)

    @routes.get("/explain/movements/{event}", response_model=Explanation)
    def explain_movement(event: EventName) -> dict[str, Any]:
        """Which events moved the recurring revenue? By the one that made the movement."""
        return explaining.explain_movement(database, sources, event)
