"""`/sandbox/control`: what a demo or a test does as the bank, the network and time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateways.port import GatewayRejected, ReferenceNotFound
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.control_actions import ACTIONS, Action, ActionBody
from gateways.sandbox.control_page import body_of, control_page
from gateways.sandbox.hosted import Fields, Render, hosted_router, see_other
from gateways.sandbox.simulation import subscriptions
from gateways.sandbox.simulation.ledger import FaultKind, Ledger
from gateways.sandbox.simulation.outbox import WebhookSwitches
from gateways.sandbox.simulation.records import (
    Charge,
    CheckoutPage,
    Customer,
    DisputeRecord,
    InvoiceRecord,
    Price,
    Record,
    RefundRecord,
    Subscription,
)
from kernel.clock import rfc3339

LISTED: dict[str, type[Record]] = {
    "prices": Price,
    "customers": Customer,
    "checkouts": CheckoutPage,
    "subscriptions": Subscription,
    "charges": Charge,
    "invoices": InvoiceRecord,
    "refunds": RefundRecord,
    "disputes": DisputeRecord,
}


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WebhookBody(Body):
    """What is left out stays as it is."""

    duplicate: bool | None = None
    delay_seconds: Annotated[float | None, Field(ge=0, le=86_400)] = None
    reorder: bool | None = None
    drop: bool | None = None


class FaultBody(Body):
    kind: FaultKind
    calls: Annotated[int, Field(ge=0, le=10_000)] = 1


class ControlBody(ActionBody):
    """`advance` moves time by `seconds` and then, unless `renew` is false, renews, fails or ends
    whatever fell due; the other actions name what they are done to."""

    webhooks: WebhookBody | None = None
    fault: FaultBody | None = None
    action: Action | Literal["advance"] | None = None
    renew: bool = True


def control_routes(client: SandboxClient, render: Render) -> APIRouter:
    """For people a page, for programs JSON."""
    router = APIRouter(include_in_schema=False)
    forms = hosted_router(render)

    @router.get("/sandbox/control", response_model=None)
    def show(
        request: Request, limit: Annotated[int, Query(ge=1, le=500)] = 50
    ) -> dict[str, Any] | Response:
        with client.state.transaction() as ledger:
            if "text/html" in request.headers.get("accept", ""):
                return control_page(render, request, ledger)
            return _overview(ledger, limit)

    @router.post("/sandbox/control")
    def change(body: ControlBody) -> dict[str, Any]:
        _change(client, body)
        with client.state.transaction() as ledger:
            return _overview(ledger, 50)

    @forms.post("/control/form")
    def submit(fields: Fields) -> Response:
        try:
            body = ControlBody.model_validate(body_of(fields))
        except ValidationError:
            raise GatewayRejected("Something in the form is not valid.") from None
        _change(client, body)
        return see_other("/sandbox/control?done=saved")

    router.include_router(forms)
    return router


def _change(client: SandboxClient, body: ControlBody) -> None:
    if body.action == "advance":
        client.state.advance(timedelta(seconds=body.seconds))
    if body.fault is not None:
        client.state.plan_fault(body.fault.kind, body.fault.calls)
    with client.state.transaction() as ledger:
        _carry_out(ledger, body)


def _carry_out(ledger: Ledger, body: ControlBody) -> None:
    if body.webhooks is not None:
        ledger.set(_switched(ledger.setting(WebhookSwitches), body.webhooks))
    if body.action == "advance":
        if body.renew:
            subscriptions.run_due(ledger)
    elif body.action is not None:
        if not body.subscription and not body.ref:
            raise ReferenceNotFound("Name what it is done to.")
        ACTIONS[body.action](ledger, body)


def _switched(switches: WebhookSwitches, body: WebhookBody) -> WebhookSwitches:
    return msgspec.structs.replace(switches, **body.model_dump(exclude_none=True))


def _overview(ledger: Ledger, limit: int) -> dict[str, Any]:
    """Objects newest first."""
    return {
        "now": rfc3339(ledger.now),
        "webhooks": msgspec.to_builtins(ledger.setting(WebhookSwitches)),
        **{name: _latest(ledger.every(kind), limit) for name, kind in LISTED.items()},
        "events": ledger.outbox.latest(limit),
    }


def _latest(records: Iterable[Record], limit: int) -> list[Any]:
    newest_first = list(records)[::-1]
    return [msgspec.to_builtins(record) for record in newest_first[:limit]]
