"""`/admin/orders`: purchases of all workspaces, and what is done about each."""

from __future__ import annotations

import csv
import io

from fastapi import APIRouter, Request, Response

from pages.commands import Asked, Buttons, Outcome
from pages.frame import Frame
from pages.rendering import HEADERS, next_url, query_of

HERE = "/admin/orders"
STATUSES = ("pending", "paid", "delivered", "failed", "cancelled", "refunded", "disputed")
SHOWN = 50
COLUMNS = (
    "purchase_id",
    "workspace_id",
    "addon",
    "status",
    "price_cents",
    "currency",
    "refunded_cents",
    "gateway",
    "charge_ref",
    "buyer",
    "started_at",
    "paid_at",
    "delivered_at",
)
# A spreadsheet takes what begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get(HERE)
    async def show(request: Request) -> Response:
        session = frame.sessions.staff(request)
        query = query_of(request, "q", "status", "cursor")
        ledger = await frame.api.using(session.token).api.list_orders(**query, limit=SHOWN)
        return frame.html(
            request,
            "orders.html",
            session,
            orders=ledger.data,
            totals=ledger.totals,
            next=next_url(request, ledger.next),
            statuses=STATUSES,
        )

    @router.get(f"{HERE}.csv")
    async def export(request: Request) -> Response:
        session = frame.sessions.staff(request)
        query = query_of(request, "q", "status")
        orders = [each async for each in frame.api.using(session.token).orders.list(**query)]
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(COLUMNS)
        rows.writerows([_cell(getattr(order, name)) for name in COLUMNS] for order in orders)
        named = {"Content-Disposition": 'attachment; filename="orders.csv"'}
        return Response(text.getvalue(), media_type="text/csv", headers={**HEADERS, **named})

    buttons = Buttons(frame, router, frame.sessions.staff, HERE)
    for command in (deliver, cancel, refund, reopen):
        buttons.add(f"{HERE}/{{id}}/{command.__name__}", command, proof=command in IRREVOCABLE)
    return router


async def deliver(asked: Asked) -> Outcome:
    await asked.billing.orders.deliver(asked.text("id"))
    return "delivered"


async def cancel(asked: Asked) -> Outcome:
    await asked.billing.orders.cancel(asked.text("id"), asked.text("reason"))
    return "purchase_cancelled"


async def refund(asked: Asked) -> Outcome:
    """The key is the form's: sent twice, given back once."""
    await asked.billing.orders.refund(
        asked.text("id"),
        amount_cents=asked.number("amount_cents"),
        reason=asked.text("reason"),
        idempotency_key=asked.text("key") or None,
    )
    return "refunded"


async def reopen(asked: Asked) -> Outcome:
    await asked.billing.orders.reopen(asked.text("id"))
    return "reopened"


# What was paid is given back by both.
IRREVOCABLE = (cancel, refund)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
