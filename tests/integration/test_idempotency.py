"""`Idempotency-Key`: whose it is, what it keeps, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from runtime.postgres.database import Database
from runtime.web.auth import Authenticator
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.tokens import SharedSecrets, Verifier
from tests.support.answers import code
from tests.support.postgres import cloned_database
from tests.support.tokens import SECRET, bearer
from tests.support.whole_app import whole_app

OWNER = bearer(acme="owner")
REMOVED = bearer(other="owner")
BACK = {"success_url": "https://app.example.com", "cancel_url": "https://app.example.com"}
CHECKOUT = {"plan": "pro-monthly", "gateway": "sandbox", **BACK}
PATH = "/v1/billing/workspaces/acme/checkout"


@pytest.fixture(scope="module")
def url(postgres_url: str, all_tables: str) -> Iterator[str]:
    with cloned_database(postgres_url, all_tables) as url:
        yield url


@pytest.fixture(scope="module")
def running(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with whole_app(url, tmp_path_factory.mktemp("running")) as running:
        yield running


@pytest.fixture
def rows(url: str) -> Iterator[Database]:
    with Database(url, "billing") as database:
        yield database


@pytest.fixture
def client(running: TestClient, rows: Database) -> TestClient:
    """To which nobody has sent a key before."""
    rows.execute("TRUNCATE idempotency_keys")
    return running


def post(client: TestClient, path: str, who: dict[str, str], body: Any, key: str = "k-1") -> Any:
    return client.post(path, json=body, headers={**who, "Idempotency-Key": key})


def kept(rows: Database) -> list[int | None]:
    return [row["status"] for row in rows.rows("SELECT status FROM idempotency_keys")]


class TestAKey:
    def test_answers_the_same_request_again(self, client: TestClient, rows: Database) -> None:
        first, again = (post(client, PATH, OWNER, CHECKOUT) for _ in range(2))
        assert first.status_code == 201
        assert again.json() == first.json()
        assert kept(rows) == [201]

    def test_refuses_another_body(self, client: TestClient) -> None:
        post(client, PATH, OWNER, CHECKOUT)
        other = post(client, PATH, OWNER, {**CHECKOUT, "plan": "pro-yearly"})
        assert code(other) == (409, "idempotency_key_reused")

    def test_belongs_to_the_query_too(self, client: TestClient, rows: Database) -> None:
        """A dry run's answer is not the command's."""
        swap = "/v1/billing/workspaces/acme/subscription/swap"
        for path in (f"{swap}?dry_run=true", swap, swap):
            assert code(post(client, path, OWNER, {"plan": "free"})) == (409, "not_subscribed")
        assert kept(rows) == [409, 409]

    def test_is_of_no_use_to_who_may_not_any_more(self, client: TestClient) -> None:
        assert post(client, PATH, OWNER, CHECKOUT).status_code == 201
        assert code(post(client, PATH, REMOVED, CHECKOUT)) == (403, "forbidden")

    def test_keeps_no_refusal_of_access(self, client: TestClient, rows: Database) -> None:
        assert code(post(client, PATH, REMOVED, CHECKOUT)) == (403, "forbidden")
        assert kept(rows) == []
        assert post(client, PATH, OWNER, CHECKOUT).status_code == 201

    def test_keeps_a_refusal_that_the_same_request_meets_again(
        self, client: TestClient, rows: Database
    ) -> None:
        unknown = post(client, PATH, OWNER, {**CHECKOUT, "plan": "unknown"})
        assert code(unknown) == (404, "plan_not_found")
        assert kept(rows) == [404]


class TestADay:
    def test_later_the_key_is_free_again(self, client: TestClient, rows: Database) -> None:
        first = post(client, PATH, OWNER, CHECKOUT)
        self.age(rows)
        again = post(client, PATH, OWNER, {**CHECKOUT, "plan": "pro-yearly"})
        assert again.status_code == 201
        assert again.json() != first.json()

    def test_later_nothing_is_left_of_it(self, client: TestClient, rows: Database) -> None:
        post(client, PATH, OWNER, CHECKOUT)
        post(client, PATH, OWNER, CHECKOUT, key="k-2")
        self.age(rows, "k-1")
        IdempotencyKeys(rows, Authenticator(Verifier(SharedSecrets([SECRET])))).purge()
        assert [row["key"] for row in rows.rows("SELECT key FROM idempotency_keys")] == ["k-2"]

    def age(self, rows: Database, key: str = "k-1") -> None:
        rows.execute(
            "UPDATE idempotency_keys SET claimed_at = claimed_at - interval '25 hours' "
            "WHERE key = %s",
            (key,),
        )
