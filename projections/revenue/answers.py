"""What is answered about revenue."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel

from projections import fields
from projections.revenue.money import MoneyKind
from projections.revenue.recurring import MovementKind
from runtime.web.openapi import means


class MonthOfRevenue(BaseModel):
    """One currency in one UTC month, in minor units."""

    month: fields.Month
    currency: fields.Currency
    mrr_start_cents: Annotated[int, means("MRR when it began.", 120000)]
    new_cents: Annotated[int, means("Of first subscriptions.", 2900)]
    expansion_cents: Annotated[int, means("Of those that pay more.", 1000)]
    contraction_cents: Annotated[int, means("Of those that pay less; negative.", -500)]
    churn_cents: Annotated[int, means("Of those that left; negative.", -2900)]
    reactivation_cents: Annotated[int, means("Of those that came back.", 0)]
    mrr_cents: Annotated[
        int,
        means("Monthly recurring revenue at its end: the start and the five movements.", 120500),
    ]
    subscribers: Annotated[int, means("Who paid then.", 42)]
    paid_cents: Annotated[int, means("What was paid.", 118000)]
    failed_payments: Annotated[int, means("How many failed.", 2)]
    failed_cents: Annotated[int, means("Over what was still to be paid.", 5800)]
    refunded_cents: Annotated[int, means("What was given back.", 2900)]
    refund_failed_cents: Annotated[int, means("What came back of that.", 0)]
    disputes: Annotated[int, means("How many began.", 0)]
    disputed_cents: Annotated[int, means("What they held.", 0)]
    dispute_won_cents: Annotated[int, means("What came back.", 0)]
    dispute_lost_cents: Annotated[int, means("What did not.", 0)]
    net_cents: Annotated[
        int, means("Paid, less refunded and disputed, with what came back.", 115100)
    ]


class RevenuePage(BaseModel):
    """Revenue by month."""

    data: Annotated[list[MonthOfRevenue], means("The present month first, by currency within one.")]
    next: fields.NextCursor


class ShownMovement(BaseModel):
    """A change of the recurring revenue."""

    event: Annotated[str, means("The event that made it.", "billing:42")]
    follows: Annotated[str | None, means("The event that had made what was before.", "billing:17")]
    workspace_id: fields.Workspace
    kind: Annotated[MovementKind, means("What it is.", "expansion")]
    currency: fields.Currency
    before_cents: Annotated[int, means("A month, before.", 2900)]
    after_cents: Annotated[int, means("A month, after.", 3900)]
    change_cents: Annotated[int, means("Counts in `month`.", 1000)]
    plan: fields.Plan
    gateway: fields.Gateway | None
    at: Annotated[datetime, means("When.", "2026-11-20T10:00:00Z")]
    month: fields.Month


class MovementPage(BaseModel):
    """What moved the recurring revenue."""

    data: Annotated[list[ShownMovement], means("The latest recorded first.")]
    next: fields.NextCursor


class MovedMoney(BaseModel):
    """A payment, a failed one, a refund or a dispute."""

    event: fields.Event
    workspace_id: fields.Workspace
    kind: Annotated[MoneyKind, means("What it is.", "payment")]
    currency: fields.Currency
    amount_cents: Annotated[int, means("Minor units.", 2900)]
    gateway: fields.Gateway
    invoice_ref: fields.InvoiceRef
    at: Annotated[datetime, means("At the gateway's own time.", "2026-11-20T10:00:00Z")]
    month: fields.Month


class MoneyPage(BaseModel):
    """Money beside the recurring revenue."""

    data: Annotated[list[MovedMoney], means("The latest recorded first.")]
    next: fields.NextCursor


class StageOfCohort(BaseModel):
    """A cohort at the end of a month; at this moment in the present one."""

    month: fields.Month
    age: Annotated[int, means("Months since it began.", 3)]
    subscribers: Annotated[int, means("Who of them paid then.", 38)]
    mrr_cents: Annotated[int, means("What they paid a month, in minor units.", 110200)]


class Cohort(BaseModel):
    """Workspaces that began to pay in the same month, with the same plan and currency."""

    cohort: Annotated[str, means("The UTC month in which they began.", "2026-11")]
    currency: fields.Currency
    plan: Annotated[str, means("What they began with.", "pro-monthly")]
    workspaces: Annotated[int, means("How many.", 42)]
    started_cents: Annotated[int, means("What they paid a month at first.", 121800)]
    months: Annotated[list[StageOfCohort], means("Each month since, up to the present one.")]


class CohortPage(BaseModel):
    """Cohorts by month, currency and plan."""

    data: Annotated[list[Cohort], means("The youngest first.")]
    next: fields.NextCursor
