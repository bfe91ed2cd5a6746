"""The audit trail over HTTP, for auditors, and the stores of the services behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from kernel.clock import utc_clock
from projections.audit_trail.http import router
from projections.revenue.projector import READ_MODEL as REVENUE
from runtime.eventstore.vault import Vault
from runtime.postgres.database import Database
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.waiting import Waiting
from runtime.web.auth import Access
from runtime.web.errors import handle_errors
from tests.support.audit_service import AuditService, audit_service
from tests.support.tokens import authenticator_of

KEY = "secret-secret-secret-secret-secret"


@pytest.fixture
def audited(database_url: str) -> Iterator[AuditService]:
    with audit_service(database_url, REVENUE) as built:
        yield built


@pytest.fixture
def auditor(audited: AuditService) -> Iterator[TestClient]:
    with client_of(audited) as client:
        yield client


@contextmanager
def client_of(audited: AuditService) -> Iterator[TestClient]:
    """With an auditor's token."""
    database = audited.positions.database
    access = Access(authenticator_of(KEY))
    with Database(audited.url, "vault") as vault:
        side = ReadSide(
            *(database, audited.positions, access, Vault(vault), utc_clock),
            Waiting(audited.positions, lambda _: 0),
        )
        app = FastAPI()
        handle_errors(app)
        app.include_router(router(side, audited.auditor))
        yield TestClient(app, headers=bearer_of("auditor"))


def bearer_of(role: str) -> dict[str, str]:
    token = jwt.encode({"sub": "aud", "exp": 4_000_000_000, "roles": [role]}, KEY, "HS256")
    return {"Authorization": f"Bearer {token}"}


def get(client: TestClient, path: str, **parameters: Any) -> dict[str, Any]:
    answer = client.get(f"/v1/audit/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body
