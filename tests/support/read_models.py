"""Read models over a history that a test tells, in what batches and as often as it likes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from contracts.envelope import Envelope, EventData
from runtime.eventstore.vault import Vault
from runtime.feed.positions import Positions
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.readmodels.definition import ReadModel, ReadSide
from runtime.readmodels.waiting import Waiting
from runtime.web.auth import Access
from runtime.web.errors import handle_errors
from tests.support.audit_history import START, History
from tests.support.tokens import SECRET, authenticator_of, bearer

SUPPORT = bearer("support", subject="sue")
OWNER = bearer(acme="owner")
Router = Callable[[ReadSide], APIRouter]
Json = dict[str, Any]


@dataclass
class ReadModels:
    side: ReadSide
    models: Sequence[ReadModel]
    client: TestClient
    now: datetime = START
    history: History = field(default_factory=History)
    applied: int = 0

    def tell(self, *facts: EventData, at: datetime | None = None) -> list[Envelope]:
        """Recorded and applied."""
        events = [self.history.add(each, at=at) for each in facts]
        self.apply(self.history.events[self.applied :])
        self.applied = len(self.history.events)
        return events

    def apply(self, events: Sequence[Envelope], batch: int = 1_000) -> None:
        for start in range(0, len(events), batch):
            with self.side.database.transaction(commit=True) as cursor:
                for model in self.models:
                    model.handle(cursor, events[start : start + batch])

    def rebuilt(self, batch: int, *, doubled: bool = False) -> str:
        """The rows of a replay of everything; `doubled`: each batch comes twice."""
        self.clear()
        events = self.history.events
        for start in range(0, len(events), batch):
            for _ in range(1 + doubled):
                self.apply(events[start : start + batch])
        return self.rows()

    def rows(self) -> str:
        """All tables, as text that can be compared."""
        found = {
            table: sorted(self.side.database.rows(f"SELECT * FROM {table}"), key=str)
            for table in self.tables()
        }
        return json.dumps(found, default=str, sort_keys=True)

    def clear(self) -> None:
        self.side.database.execute(f"TRUNCATE {', '.join(self.tables())}")

    def tables(self) -> list[str]:
        """Theirs begin with their names."""
        rows = self.side.database.rows(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1", ()
        )
        names = [model.name for model in self.models]
        return [row["tablename"] for row in rows if row["tablename"].startswith(tuple(names))]

    def get(self, path: str, headers: dict[str, str] = SUPPORT, **query: Any) -> Json:
        answer = self.client.get(f"/v1/projections/{path}", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        shown: Json = answer.json()
        return shown

    def pages(self, path: str, limit: int, **query: Any) -> list[Json]:
        """Everything, in pages of that size."""
        rows, cursor = [], ""
        while True:
            shown = self.get(path, limit=limit, cursor=cursor, **query)
            rows += shown["data"]
            if shown["next"] is None:
                return rows
            cursor = shown["next"]

    def csv(self, path: str, **query: Any) -> str:
        parameters = {"format": "csv", **query}
        answer = self.client.get(f"/v1/projections/{path}", params=parameters, headers=SUPPORT)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        return answer.text

    def status(self, path: str, headers: dict[str, str], **query: Any) -> int:
        answer = self.client.get(f"/v1/projections/{path}", params=query, headers=headers)
        return answer.status_code


@contextmanager
def read_models(url: str, models: Sequence[ReadModel], *routers: Router) -> Iterator[ReadModels]:
    """Their tables are made where they are missing, and emptied."""
    with Database(url, "projections") as database, Database(url, "vault") as vault:
        positions = Positions(database)
        positions.migrate()
        Schema(database, *(model.tables for model in models)).migrate()
        told: list[ReadModels] = []
        side = ReadSide(
            *(database, positions, Access(authenticator_of(SECRET)), Vault(vault)),
            lambda: told[0].now,
            Waiting(positions, lambda _: 0),
        )
        app = FastAPI()
        handle_errors(app)
        for router in routers:
            app.include_router(router(side))
        with TestClient(app) as client:
            told.append(ReadModels(side, models, client))
            told[0].clear()
            yield told[0]
