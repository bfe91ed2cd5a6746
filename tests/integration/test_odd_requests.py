"""No odd byte gets through, and none makes a 5xx: all routes, by tables made of the document."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from fastapi.testclient import TestClient

from tests.support.odd_inputs import ODD_CLAIMS
from tests.support.odd_requests import (
    Document,
    Odd,
    of_operation,
    with_odd_parameters,
    with_odd_text,
)
from tests.support.postgres import cloned_database
from tests.support.rounds import rounds
from tests.support.tokens import SECRET
from tests.support.whole_app import whole_app

EVERYTHING = {
    "sub": "ann",
    "exp": 4_000_000_000,
    "roles": ["service", "super_admin", "auditor", "support"],
    "workspaces": {"acme": "owner"},
}
# One route of each way in which a caller is asked for.
CLAIMED = (
    ("GET", "/v1/metering/workspaces/acme/can-send-message"),
    ("POST", "/v1/metering/workspaces/acme/messages"),
    ("POST", "/v1/addons/workspaces/acme/purchases"),
    ("POST", "/v1/addons/purchases/unknown/cancel"),
    ("GET", "/v1/projections/plans?after=billing:1"),
)
UNLIMITED = {
    f"rate_{name}": 0
    for name in (
        "bad_tokens_per_address",
        "anonymous_per_address",
        "requests_per_caller",
        "checkouts_per_workspace",
        "holds_per_workspace",
    )
}
REFUSED = {400, 403, 404, 409, 413, 422}


@pytest.fixture(scope="module")
def client(
    postgres_url: str, all_tables: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    with cloned_database(postgres_url, all_tables) as url:
        directory: Path = tmp_path_factory.mktemp("odd")
        with whole_app(url, directory, **UNLIMITED) as running:
            yield running


@pytest.fixture(scope="module")
def document(client: TestClient) -> Document:
    return Document(client.get("/openapi.json").json())


def token(claims: dict[str, Any]) -> str:
    """Signed by hand: the library refuses to make some of these."""
    payload = json.dumps({**EVERYTHING, **claims}).encode()
    return jwt.api_jws.encode(payload, SECRET, "HS256")


def send(client: TestClient, odd: Odd, claims: dict[str, Any] | None = None) -> Any:
    headers = {
        b"Authorization": f"Bearer {token(claims or {})}".encode(),
        b"Content-Type": b"application/json",
        **odd.headers,
    }
    return client.request(odd.method, odd.path, content=odd.body, headers=headers)


@pytest.mark.slow
def test_no_odd_request_makes_a_5xx(client: TestClient, document: Document) -> None:
    tried = 0
    broken: Counter[str] = Counter()
    for number, operation in enumerate(document.operations()):
        for odd in of_operation(document, operation, number):
            tried += 1
            if send(client, odd).status_code >= 500:
                broken[f"{odd.method} {operation.template} {odd.what}"] += 1
    assert not broken
    assert tried >= rounds(4_000)


@pytest.mark.slow
def test_no_odd_claim_makes_a_5xx(client: TestClient) -> None:
    for method, path in CLAIMED:
        for claims in ODD_CLAIMS:
            answer = send(client, Odd(method, path, "", b"{}"), claims)
            assert answer.status_code < 500, (path, claims, answer.text)


@pytest.mark.parametrize("claim", ["sub", "email", "name", "roles", "workspaces"])
def test_a_claim_that_cant_be_kept_is_no_claim(client: TestClient, claim: str) -> None:
    for claims in ODD_CLAIMS:
        if claim in claims:
            answer = send(client, Odd("GET", "/v1/billing/gateways", ""), claims)
            assert answer.status_code == 401, claims


@pytest.mark.slow
def test_no_text_that_cant_be_stored_passes_in_any_body(
    client: TestClient, document: Document
) -> None:
    for operation in document.operations():
        for odd in with_odd_text(document, operation):
            answer = send(client, odd)
            if operation.template == "/v1/metering/events":
                (result,) = answer.json()["results"]
                assert result["status"] == "rejected", odd
            elif "\\n" not in odd.what:  # which some descriptions may have
                assert answer.status_code in REFUSED, (operation.template, odd, answer.text)


@pytest.mark.slow
def test_none_passes_in_any_parameter(client: TestClient, document: Document) -> None:
    for number, operation in enumerate(document.operations()):
        for odd in with_odd_parameters(operation, number):
            answer = send(client, odd)
            assert answer.status_code in {400, 422}, (operation.template, odd, answer.text)


def test_the_document_says_of_every_text_what_may_stand_in_it(document: Document) -> None:
    silent = [
        (operation.method, operation.template, where)
        for operation in document.operations()
        for where, schema in document.texts(operation)
        if not {"pattern", "format", "enum", "const"} & schema.keys()
    ]
    assert silent == []
