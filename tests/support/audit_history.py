"""Histories for the audit trail: contract events as the services would publish them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts import addons, billing, metering
from contracts.envelope import Envelope, EventData
from contracts.publishing import envelope
from kernel.cause import Cause
from kernel.clock import utc_clock
from projections.audit_trail.projector import read_model
from runtime.eventstore.recorder import RecordedEvent
from runtime.eventstore.vault import Vault
from runtime.feed.positions import Positions
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.waiting import Waiting
from runtime.web.auth import Access
from tests.support.tokens import authenticator_of

SEED = bytes(range(32))
START = datetime(2026, 11, 1, tzinfo=UTC)
MODEL = read_model([SEED])


@dataclass
class History:
    """Numbers events in the logs of the three services, a second apart unless told otherwise."""

    events: list[Envelope] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.events[-1].recorded_at + timedelta(seconds=1) if self.events else START

    def add(
        self,
        data: EventData,
        *,
        at: datetime | None = None,
        recorded_at: datetime | None = None,
        cause: Cause = Cause("user:ann", "req_1", "request:req_1"),  # noqa: B008 - immutable
        stream: str = "",
    ) -> Envelope:
        service = data.TYPE.partition(".")[0]
        log = [event for event in self.events if event.service == service]
        name = stream or f"{service}:{len(log)}"
        version = 1 + sum(event.stream == name for event in log)
        state = json.dumps(data.model_dump(mode="json")).encode()
        recorded = recorded_at or self.now
        row = RecordedEvent(len(log) + 1, name, version, data.TYPE, state, recorded)
        facts: dict[str, Any] = data.model_dump()
        workspace = facts.get("workspace_id", "")
        key = workspace or facts.get("slug", "")
        event = envelope(service, row, at or recorded, cause, data, workspace=workspace, key=key)
        self.events.append(event)
        return event


def usage(count: int, workspace: str = "acme") -> list[Envelope]:
    """Messages, a second apart."""
    cause = Cause("service:host", "req_1", "request:req_1")
    events = []
    for number in range(1, count + 1):
        at = START + timedelta(seconds=number)
        data = message(str(number), workspace)
        row = RecordedEvent(number, str(number), 1, data.TYPE, b"%d" % number, at)
        events.append(envelope("metering", row, at, cause, data, workspace=workspace))
    return events


def subscription(workspace: str = "acme", **changes: Any) -> billing.Subscription:
    facts: dict[str, Any] = {
        "workspace_id": workspace,
        "plan": "pro-monthly",
        "status": "active",
        "gateway": "sandbox",
        "subscription_ref": "sub_1",
        "customer_ref": "cus_1",
        "checkout_id": "chk_1",
        "price_cents": 4900,
        "currency": "USD",
        "interval": "month",
        "started_at": START,
        "period_start": START,
        "period_end": START + timedelta(days=30),
        "cancel_at": None,
        "ended_at": None,
        "next_plan": None,
    }
    return billing.Subscription(**{**facts, **changes})


def subscribed(workspace: str = "acme", **changes: Any) -> billing.PlanSubscribed:
    return billing.PlanSubscribed(
        workspace_id=workspace,
        subscription=subscription(workspace, **changes),
        checkout_id="chk_1",
    )


def plan_created(slug: str, **changes: Any) -> billing.PlanCreated:
    facts: dict[str, Any] = {
        "slug": slug,
        "name": slug.title(),
        "family": None,
        "price_cents": 0,
        "currency": "USD",
        "interval": "month",
        "monthly_conversations": 100,
        "monthly_messages": None,
        "max_tokens_per_response": None,
        "features": {"remove_branding": False},
        "limits": {},
        "is_active": True,
        "is_default": False,
    }
    return billing.PlanCreated(**{**facts, **changes})


def message(usage_id: str, workspace: str = "acme", month: str = "2026-11") -> EventData:
    return metering.MessageMetered(
        workspace_id=workspace, usage_id=usage_id, month=month, agent_id=None
    )


def conversation(usage_id: str, workspace: str = "acme", month: str = "2026-11") -> EventData:
    return metering.ConversationMetered(
        workspace_id=workspace, usage_id=usage_id, month=month, agent_id=None, after_expiry=False
    )


def purchase(workspace: str = "acme", **changes: Any) -> addons.Purchase:
    facts: dict[str, Any] = {
        "purchase_id": "pur_1",
        "workspace_id": workspace,
        "addon": "professional-ai-setup",
        "addon_name": "Professional AI setup",
        "price_cents": 49900,
        "currency": "EUR",
        "status": "pending",
        "blocks": True,
        "gateway": "sandbox",
        "charge_ref": None,
        "confirmation_url": None,
        "decline_code": None,
        "refunded_cents": 0,
        "buyer": "ann",
        "buyer_email": None,
        "buyer_name": None,
        "started_at": START,
    }
    return addons.Purchase(**{**facts, **changes})


@contextmanager
def read_side(url: str) -> Iterator[ReadSide]:
    """The ledger's tables in a database of their own."""
    with Database(url, "projections") as database, Database(url, "vault") as vault:
        positions = Positions(database)
        positions.migrate()
        Schema(database, MODEL.tables).migrate()
        access = Access(authenticator_of("secret-secret-secret-secret-secret"))
        yield ReadSide(
            *(database, positions, access, Vault(vault), utc_clock),
            Waiting(positions, lambda _: 0),
        )


def record(side: ReadSide, *events: Envelope) -> None:
    """Applies events in one transaction."""
    with side.database.transaction(commit=True) as cursor:
        MODEL.handle(cursor, events)
