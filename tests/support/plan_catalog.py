"""The plan catalogue as a read model, fed from billing's events as often as a test likes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from contracts import billing as contract
from contracts.envelope import Envelope, EventData
from contracts.publishing import envelope
from kernel.cause import Cause
from kernel.clock import utc_clock
from projections.plan_catalog.http import router
from projections.plan_catalog.projector import READ_MODEL
from runtime.eventstore.vault import Vault
from runtime.feed.positions import Positions
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.waiting import Waiting
from runtime.web.auth import Access
from runtime.web.errors import handle_errors
from tests.support.catalogue import ADMIN, Catalogue, catalogue

AT = datetime(2026, 11, 22, tzinfo=UTC)
PRICING, ALL = "/v1/projections/plans", "/v1/projections/plans/admin"


@dataclass(frozen=True)
class Row:
    """Where a subscription's event is said to be stored."""

    stream: str
    sequence: int = 0
    version: int = 1
    recorded_at: datetime = AT
    digest: str = ""


def required(kind: type[EventData]) -> list[str]:
    return [name for name, each in kind.model_fields.items() if each.is_required()]


@dataclass
class PlanCatalogModel:
    billing: Catalogue
    side: ReadSide
    client: TestClient
    subscriptions: list[Envelope] = field(default_factory=list)

    def subscribe(self, workspace: str, plan: str, cents: int, status: str = "active") -> None:
        """What the workspace's subscription is from now on."""
        subscription = contract.Subscription.model_validate(
            {
                **dict.fromkeys(required(contract.Subscription)),
                "workspace_id": workspace,
                "plan": plan,
                "status": status,
                "price_cents": cents,
                "currency": "USD",
                "interval": "month",
                "started_at": AT,
            }
        )
        body = contract.PlanSubscribed(
            workspace_id=workspace, subscription=subscription, checkout_id=None
        )
        row, cause = Row(f"account:{workspace}"), Cause("gateway:stripe")
        self.subscriptions.append(envelope("billing", row, AT, cause, body, workspace=workspace))

    def project(self, batch: int = 1_000) -> None:
        """Builds the tables anew from everything that was published."""
        events = [*self.billing.published(), *self.subscriptions]
        tables = [row["tablename"] for row in self._tables()]
        with self.side.database.transaction(commit=True) as cursor:
            for table in tables:
                cursor.execute(f"TRUNCATE {table}".encode())
            for start in range(0, len(events), batch):
                READ_MODEL.handle(cursor, events[start : start + batch])

    def rows(self) -> str:
        """All tables, as text that can be compared."""
        found = {
            row["tablename"]: sorted(
                self.side.database.rows(f"SELECT * FROM {row['tablename']}"), key=str
            )
            for row in self._tables()
        }
        return json.dumps(found, default=str, sort_keys=True)

    def _tables(self) -> list[dict[str, Any]]:
        return self.side.database.rows(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'plan\\_catalog%%' "
            "AND schemaname = current_schema() ORDER BY 1",
            (),
        )

    def pricing(
        self, headers: dict[str, str] | None = None, **parameters: str | int
    ) -> dict[str, Any]:
        answer = self.client.get(PRICING, params=parameters, headers=headers)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def admin(self, **parameters: str | int) -> dict[str, dict[str, Any]]:
        answer = self.client.get(ALL, params=parameters, headers=ADMIN)
        assert answer.status_code == 200, answer.text
        return {plan["slug"]: plan for plan in answer.json()["data"]}


@contextmanager
def plan_catalog_model(database_url: str, directory: Path) -> Iterator[PlanCatalogModel]:
    with (
        catalogue(database_url, directory) as billing,
        Database(database_url, "projections") as database,
        Database(database_url, "vault") as vault,
    ):
        positions = Positions(database)
        positions.migrate()
        Schema(database, READ_MODEL.tables).migrate()
        access = Access(billing.authenticator)
        side = ReadSide(
            *(database, positions, access, Vault(vault), utc_clock),
            Waiting(positions, lambda _: billing.store.head()),
        )
        app = FastAPI()
        handle_errors(app)
        app.include_router(router(side))
        with TestClient(app) as client:
            yield PlanCatalogModel(billing, side, client)
