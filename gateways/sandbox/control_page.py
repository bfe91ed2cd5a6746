"""`/sandbox/control` as people use it: the same switches as forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args

from fastapi import Request
from fastapi.responses import Response

from gateways.sandbox.control_actions import Action
from gateways.sandbox.hosted import Render
from gateways.sandbox.simulation import checkouts
from gateways.sandbox.simulation.ledger import FaultKind, Ledger, PlannedFault
from gateways.sandbox.simulation.outbox import WebhookSwitches
from gateways.sandbox.simulation.records import (
    CheckoutPage,
    DisputeRecord,
    InvoiceRecord,
    Record,
    RefundRecord,
    Subscription,
)

SHOWN = 20
SWITCHES = ("duplicate", "reorder", "drop")
Kept = TypeVar("Kept", bound=Record)


def control_page(render: Render, request: Request, ledger: Ledger) -> Response:
    pages = ledger.every(CheckoutPage)
    return render(
        request,
        "sandbox/control.html",
        now=ledger.now,
        switches=ledger.setting(WebhookSwitches),
        fault=ledger.setting(PlannedFault),
        fault_kinds=get_args(FaultKind),
        actions=get_args(Action),
        checkouts=_latest(
            page for page in pages if checkouts.status_at(page, ledger.now) == "open"
        ),
        subscriptions=_latest(ledger.every(Subscription)),
        invoices=_latest(ledger.every(InvoiceRecord)),
        refunds=_latest(ledger.every(RefundRecord)),
        disputes=_latest(ledger.every(DisputeRecord)),
        deliveries=ledger.outbox.latest(SHOWN),
    )


def body_of(fields: Mapping[str, str]) -> dict[str, Any]:
    """What a form asks for, as the body that a program would send."""
    said = {name: text for name, text in fields.items() if name not in {"form", "form_token"}}
    if fields.get("form") == "webhooks":
        switches = {name: name in said for name in SWITCHES}
        return {"webhooks": {**switches, "delay_seconds": said.get("delay_seconds", 0)}}
    if fields.get("form") == "fault":
        return {"fault": said}
    return said


def _latest(records: Iterable[Kept]) -> list[Kept]:
    return list(records)[::-1][:SHOWN]
