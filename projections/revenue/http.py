"""Revenue over HTTP, for the platform's people."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from projections.revenue import cohort_queries, queries
from projections.revenue.answers import (
    Cohort,
    CohortPage,
    MoneyPage,
    MonthOfRevenue,
    MovedMoney,
    MovementPage,
    RevenuePage,
    ShownMovement,
    StageOfCohort,
)
from projections.revenue.cohort_queries import Cohorts
from projections.revenue.money import MoneyKind
from projections.revenue.projector import READ_MODEL
from projections.revenue.queries import MovementSearch, Range, Search
from projections.revenue.recurring import MovementKind
from runtime.postgres.database import Database
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.filters import Currency, InMonth, Workspace, first_day
from runtime.web.errors import Limit, page
from runtime.web.spreadsheet import EXPORTED, Form, csv_answer

BEFORE = "`next` of the page before."
MonthCursor = Annotated[
    str,
    Query(pattern=r"^((19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2]):[A-Z]{3})?$", description=BEFORE),
]
MovementCursor = Annotated[str, Query(pattern=r"^([0-9]{1,18}\.[01])?$", description=BEFORE)]
MoneyCursor = Annotated[str, Query(pattern=r"^([0-9]{1,18}\.[a-z_]{1,20})?$", description=BEFORE)]
CohortCursor = Annotated[
    str,
    Query(
        pattern=r"^((19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2]):[A-Z]{3}:[a-z0-9-]{1,64})?$",
        description=BEFORE,
    ),
]
OfPlan = Annotated[
    str | None,
    Query(pattern=r"^[a-z0-9-]{1,64}$", description="Only who began with this plan."),
]
OfMovementKind = Annotated[MovementKind | None, Query(description="Only these.")]
OfMoneyKind = Annotated[MoneyKind | None, Query(description="Only these.")]


def _range(since: InMonth = None, until: InMonth = None, currency: Currency = None) -> Range:
    return Range(since=first_day(since), until=first_day(until), currency=currency)


def _movements(
    month: InMonth = None,
    currency: Currency = None,
    kind: OfMovementKind = None,
    workspace: Workspace = None,
    until: InMonth = None,
    cohort: InMonth = None,
    cohort_plan: OfPlan = None,
) -> MovementSearch:
    return MovementSearch(
        month=first_day(month),
        currency=currency,
        kind=kind,
        workspace=workspace,
        until=first_day(until),
        cohort=first_day(cohort),
        cohort_plan=cohort_plan,
    )


def _cohorts(asked: Annotated[Range, Depends(_range)], plan: OfPlan = None) -> Cohorts:
    return Cohorts(began=asked, plan=plan)


def _money(
    month: InMonth = None,
    currency: Currency = None,
    kind: OfMoneyKind = None,
    workspace: Workspace = None,
) -> Search:
    return Search(month=first_day(month), currency=currency, kind=kind, workspace=workspace)


InRange = Annotated[Range, Depends(_range)]
OfMovements = Annotated[MovementSearch, Depends(_movements)]
OfCohorts = Annotated[Cohorts, Depends(_cohorts)]
OfMoney = Annotated[Search, Depends(_money)]


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections/revenue",
        tags=["revenue"],
        dependencies=[read_side.access.support, read_side.caught_up(READ_MODEL)],
    )
    database, clock = read_side.database, read_side.clock

    @routes.get("", response_model=RevenuePage, responses=EXPORTED)
    def show_revenue(
        asked: InRange, limit: Limit = 50, cursor: MonthCursor = "", form: Form = "json"
    ) -> Response | dict[str, Any]:
        """Monthly recurring revenue with its movements, and what was paid, failed, given back and
        disputed, by month and currency."""
        if form == "csv":
            rows = queries.all_months(database, asked, clock())
            return csv_answer("revenue", list(MonthOfRevenue.model_fields), rows)
        found = queries.months(database, asked, clock(), cursor, limit)
        return page(found, limit, queries.month_cursor)

    @routes.get("/cohorts", response_model=CohortPage, responses=EXPORTED)
    def list_cohorts(
        asked: OfCohorts, limit: Limit = 50, cursor: CohortCursor = "", form: Form = "json"
    ) -> Response | dict[str, Any]:
        """Who began to pay in the same month on the same plan: how many of them still pay, and how
        much, month by month."""
        if form == "csv":
            rows = cohort_queries.all_stages(database, asked, clock())
            columns = [*Cohort.model_fields, *StageOfCohort.model_fields]
            columns.remove("months")
            return csv_answer("cohorts", columns, rows)
        found = cohort_queries.cohorts(database, asked, clock(), cursor, limit)
        return page(found, limit, cohort_queries.cohort_cursor)

    _add_lists(routes, database)
    return routes


def _add_lists(routes: APIRouter, database: Database) -> None:
    @routes.get("/movements", response_model=MovementPage, responses=EXPORTED)
    def list_movements(
        search: OfMovements, limit: Limit = 50, cursor: MovementCursor = "", form: Form = "json"
    ) -> Response | dict[str, Any]:
        """What moved the recurring revenue, each with its event."""
        if form == "csv":
            rows = queries.all_moved(database, search)
            return csv_answer("movements", list(ShownMovement.model_fields), rows)
        return page(queries.moved(database, search, cursor, limit), limit, queries.moved_cursor)

    @routes.get("/payments", response_model=MoneyPage, responses=EXPORTED)
    def list_payments(
        search: OfMoney, limit: Limit = 50, cursor: MoneyCursor = "", form: Form = "json"
    ) -> Response | dict[str, Any]:
        """Payments, failed ones, refunds and disputes, each with its event."""
        if form == "csv":
            rows = queries.all_money(database, search)
            return csv_answer("payments", list(MovedMoney.model_fields), rows)
        return page(queries.money(database, search, cursor, limit), limit, queries.money_cursor)
