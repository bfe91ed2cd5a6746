"""What stands before the routes: limits, who is asked first, headers, rates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.support.answers import code
from tests.support.odd_requests import Document
from tests.support.postgres import cloned_database
from tests.support.tokens import bearer
from tests.support.whole_app import whole_app

ADMIN = bearer("super_admin", subject="root")
SERVICE = bearer("service", subject="host")
OWNER = bearer(acme="owner")
PLANS = "/v1/billing/plans"


@pytest.fixture(scope="module")
def client(
    postgres_url: str, all_tables: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    with cloned_database(postgres_url, all_tables) as url:
        directory: Path = tmp_path_factory.mktemp("edge")
        chosen = {"cors_origins": "https://app.example.com", "return_hosts": "app.example.com"}
        with whole_app(url, directory, **chosen) as running:
            yield running


class TestWhoIsAskedFirst:
    def test_no_route_with_a_body_reads_it_before_it_knows_who_sent_it(
        self, client: TestClient
    ) -> None:
        document = Document(client.get("/openapi.json").json())
        asked = [
            each
            for each in document.operations()
            if "requestBody" in each.description
            and {} not in each.description.get("security", [{}])
        ]
        assert len(asked) > 15
        for operation in asked:
            for headers in ({}, {"authorization": "Bearer nonsense"}):
                answer = client.request(
                    operation.method, operation.path(), content=b"[" * 50_000, headers=headers
                )
                assert answer.status_code == 401, operation

    def test_a_role_that_does_not_suffice_is_refused_before_the_body_is_looked_at(
        self, client: TestClient
    ) -> None:
        answer = client.post(PLANS, content=b"{not json", headers=OWNER)
        assert code(answer) == (403, "forbidden")


class TestBodies:
    def test_that_say_they_are_too_large_are_refused(self, client: TestClient) -> None:
        answer = client.post(PLANS, content=b"[]," * 30_000, headers=ADMIN)
        assert code(answer) == (413, "payload_too_large")

    def test_that_turn_out_to_be_are_too(self, client: TestClient) -> None:
        pieces = (b"x" * 1_000 for _ in range(100))
        answer = client.post(PLANS, content=pieces, headers=ADMIN)
        assert code(answer) == (413, "payload_too_large")

    def test_of_batches_may_be_larger(self, client: TestClient) -> None:
        events = [
            {"id": f"{number:0200}", "workspace_id": "acme", "metric": "message"}
            for number in range(1_000)
        ]
        answer = client.post("/v1/metering/events", json={"events": events}, headers=SERVICE)
        assert answer.status_code == 200

    def test_nested_too_deep_are_refused(self, client: TestClient) -> None:
        for deep in (65, 60_000):
            answer = client.post(PLANS, content=b'{"a":' + b"[" * deep, headers=ADMIN)
            assert code(answer)[0] == 422, deep

    def test_of_one_bad_element_the_others_are_stored(self, client: TestClient) -> None:
        good = '{"id":"%s","workspace_id":"acme","metric":"message"}'
        texts = [good % "fine-1", good % "bad\\ud83d", good % "bad\\u0000", good % "fine-2", "7"]
        body = f'{{"events":[{",".join(texts)}]}}'.encode()
        answer = client.post("/v1/metering/events", content=body, headers=SERVICE)
        found = [(each["id"], each["status"]) for each in answer.json()["results"]]
        assert found == [
            ("fine-1", "inserted"),
            (None, "rejected"),
            (None, "rejected"),
            ("fine-2", "inserted"),
            (None, "rejected"),
        ]


class TestHeaders:
    @pytest.mark.parametrize("path", ["/healthz", "/v1/projections/plans", "/nowhere", "/docs"])
    def test_every_answer_keeps_browsers_away(self, client: TestClient, path: str) -> None:
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "strict-transport-security" not in headers

    def test_the_documents_page_has_no_inline_script(self, client: TestClient) -> None:
        page = client.get("/docs")
        assert "<script>" not in page.text
        assert "script-src 'self';" in page.headers["content-security-policy"]
        assert client.get("/docs/start.js").status_code == 200
        assert client.get("/static-offline-docs/swagger-ui-bundle.js").status_code == 200

    def test_a_named_origin_may_call_and_another_may_not(self, client: TestClient) -> None:
        for origin, allowed in (("https://app.example.com", True), ("https://evil.example", False)):
            answer = client.get("/healthz", headers={"origin": origin})
            assert ("access-control-allow-origin" in answer.headers) is allowed

    def test_a_failure_of_ours_has_a_request_id(
        self, client: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any) -> None:
            raise RuntimeError("unforeseen")

        monkeypatch.setattr("projections.plan_catalog.queries.active_plans", broken)
        answer = client.get("/v1/projections/plans", headers={"x-request-id": "abc-1"})
        assert code(answer) == (500, "internal_error")
        assert answer.headers["x-request-id"] == "abc-1"
        assert answer.headers["x-content-type-options"] == "nosniff"


class TestReturnUrls:
    @pytest.mark.parametrize("url", ["https://[::1", "https://evil.example/", "https://a@b.c/"])
    def test_that_cant_be_gone_back_to_are_refused(self, client: TestClient, url: str) -> None:
        body = {"plan": "pro-monthly", "gateway": "sandbox", "cancel_url": url, "success_url": url}
        answer = client.post("/v1/billing/workspaces/acme/checkout", json=body, headers=OWNER)
        assert code(answer) == (422, "validation_failed")

    def test_of_an_allowed_host_are_taken(self, client: TestClient) -> None:
        url = "https://app.example.com/back?id={CHECKOUT_SESSION_ID}"
        body = {"plan": "pro-monthly", "gateway": "sandbox", "cancel_url": url, "success_url": url}
        answer = client.post("/v1/billing/workspaces/acme/checkout", json=body, headers=OWNER)
        assert answer.status_code == 201, answer.text


class TestClosedDocuments:
    def test_may_need_a_token_or_not_be_there(self, migrated_url: str, tmp_path: Path) -> None:
        chosen = {"metrics_access": "token", "docs_access": "off"}
        with whole_app(migrated_url, tmp_path, **chosen) as client:
            assert client.get("/metrics").status_code == 401
            assert client.get("/metrics", headers=SERVICE).status_code == 200
            assert client.get("/openapi.json").status_code == 404
            assert client.get("/docs").status_code == 404


class TestRates:
    @pytest.fixture
    def limited(self, migrated_url: str, tmp_path: Path) -> Iterator[TestClient]:
        chosen = {
            "rate_bad_tokens_per_address": 3,
            "rate_anonymous_per_address": 3,
            "rate_checkouts_per_workspace": 2,
            "rate_holds_per_workspace": 2,
        }
        with whole_app(migrated_url, tmp_path, **chosen) as running:
            yield running

    def test_an_address_with_many_bad_tokens_is_refused_and_good_ones_from_there_are_not(
        self, limited: TestClient
    ) -> None:
        bad = {"authorization": "Bearer nonsense"}
        answers = [limited.get("/v1/billing/gateways", headers=bad) for _ in range(5)]
        assert [each.status_code for each in answers] == [401, 401, 401, 429, 429]
        assert code(answers[-1]) == (429, "rate_limited")
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert limited.get("/v1/billing/gateways", headers=OWNER).status_code == 200

    def test_pricing_without_a_token_has_a_price(self, limited: TestClient) -> None:
        answers = [limited.get("/v1/projections/plans") for _ in range(5)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
        assert limited.get("/v1/projections/plans", headers=OWNER).status_code == 200

    def test_checkouts_and_holds_do_per_workspace(self, limited: TestClient) -> None:
        back = dict.fromkeys(("success_url", "cancel_url"), "https://app.example.com")
        checkout = {"plan": "none", "gateway": "sandbox", **back}
        for path, body, headers in (
            ("/v1/billing/workspaces/{ws}/checkout", checkout, bearer(acme="owner", b="owner")),
            ("/v1/metering/workspaces/{ws}/conversations", {"id": "c"}, SERVICE),
        ):
            found = [
                limited.post(path.format(ws=ws), json=body, headers=headers).status_code
                for ws in ("acme", "acme", "acme", "b")
            ]
            assert [status == 429 for status in found] == [False, False, True, False], path

    def test_a_stranger_spends_nothing_of_a_workspace(self, limited: TestClient) -> None:
        body = json.dumps({"id": "c"}).encode()
        path = "/v1/metering/workspaces/acme/conversations"
        for _ in range(5):
            assert limited.post(path, content=body, headers=OWNER).status_code == 403
        assert limited.post(path, content=body, headers=SERVICE).status_code == 201
