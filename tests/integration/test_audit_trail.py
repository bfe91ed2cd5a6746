"""The ledger in a real PostgreSQL, read over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from contracts import billing
from contracts.envelope import REGISTRY
from kernel.cause import Cause
from projections.audit_trail.auditing import Auditor, Sources
from projections.audit_trail.chain import Checkpoint, Signer, is_signed
from projections.audit_trail.http import router
from projections.audit_trail.merkle import leaf, root_of
from projections.audit_trail.narrative import SENTENCES, tell
from projections.audit_trail.projector import SERVICES
from runtime.readmodels.definition import ReadSide
from runtime.web.errors import handle_errors
from tests.support.audit_history import (
    MODEL,
    SEED,
    START,
    History,
    conversation,
    message,
    plan_created,
    read_side,
    record,
    subscribed,
    subscription,
    usage,
)

WEBHOOK = Cause("gateway:sandbox", "webhook:sandbox:evt_1", "webhook:sandbox:evt_1")


@pytest.fixture
def side(database_url: str) -> Iterator[ReadSide]:
    with read_side(database_url) as opened:
        yield opened


@pytest.fixture
def client(side: ReadSide) -> TestClient:
    app = FastAPI()
    handle_errors(app)
    asked = lambda _: pytest.fail("nobody asks")  # noqa: E731
    sources = Sources(dict, lambda _: [], lambda _: {}, lambda _: {}, asked)
    app.include_router(router(side, Auditor(side.positions, [SEED], [MODEL], sources)))
    return TestClient(app, headers=bearer("auditor"))


def bearer(*roles: str) -> dict[str, str]:
    claims = {"sub": "aud", "exp": 4_000_000_000, "roles": roles}
    token = jwt.encode(claims, "secret-secret-secret-secret-secret", "HS256")
    return {"Authorization": f"Bearer {token}"}


def page(client: TestClient, path: str, **parameters: Any) -> dict[str, Any]:
    answer = client.get(f"/v1/audit/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def pages(client: TestClient, path: str, **parameters: Any) -> list[dict[str, Any]]:
    body = page(client, path, **parameters)
    found: list[dict[str, Any]] = body["data"]
    while body["next"] is not None:
        body = page(client, path, cursor=body["next"], **parameters)
        found += body["data"]
    return found


def some_history() -> History:
    history = History()
    history.add(plan_created("free", is_default=True), cause=Cause("cli"))
    history.add(message("m1"))
    history.add(subscribed(), cause=WEBHOOK)
    history.add(message("m2"))
    history.add(conversation("c1"))
    history.add(message("m1", "globex"))
    failed = billing.PaymentFailed(
        workspace_id="acme", subscription=subscription(status="past_due")
    )
    history.add(failed, cause=WEBHOOK)
    return history


class TestListEvents:
    def test_all_services_come_in_the_order_of_recording_whatever_the_page(
        self, side: ReadSide, client: TestClient
    ) -> None:
        history = some_history()
        by_log = sorted(history.events, key=lambda event: event.service)
        record(side, *by_log)
        expected = [event.id for event in history.events]
        for limit in (1, 2, 500):
            assert [e["id"] for e in pages(client, "events", limit=limit)] == expected

    def test_an_event_is_shown_whole(self, side: ReadSide, client: TestClient) -> None:
        history = some_history()
        record(side, *history.events)
        shown = page(client, "events", type="billing.PlanSubscribed.v1")["data"]
        event = history.events[2]
        assert [each["id"] for each in shown] == [event.id]
        assert shown[0]["data"] == event.data.model_dump(mode="json")
        assert shown[0]["digest"] == event.digest
        assert shown[0]["causation_id"] == "webhook:sandbox:evt_1"

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({"service": "billing"}, ["billing:1", "billing:2", "billing:3"]),
            ({"workspace": "globex"}, ["metering:4"]),
            ({"actor": "cli"}, ["billing:1"]),
            ({"cause": "webhook:sandbox:evt_1"}, ["billing:2", "billing:3"]),
            ({"cause": "request:req_1", "workspace": "globex"}, ["metering:4"]),
            ({"cause": "req_1", "workspace": "globex"}, ["metering:4"]),
            ({"since": (START + timedelta(seconds=5)).isoformat()}, ["metering:4", "billing:3"]),
            ({"until": (START + timedelta(seconds=2)).isoformat()}, ["billing:1", "metering:1"]),
            ({"service": "nobody"}, []),
            ({"stream": "billing:0"}, ["billing:1"]),
        ],
    )
    def test_filters_narrow_the_list(
        self, side: ReadSide, client: TestClient, filters: dict[str, str], expected: list[str]
    ) -> None:
        record(side, *some_history().events)
        assert [event["id"] for event in page(client, "events", **filters)["data"]] == expected

    def test_who_pages_on_misses_nothing_that_arrives_late_from_another_log(
        self, side: ReadSide, client: TestClient
    ) -> None:
        history = some_history()
        late = history.events[1]
        record(side, *[event for event in history.events if event.service == "billing"])
        first = page(client, "events", limit=2)
        record(side, *[event for event in history.events if event.service == "metering"])
        followed = page(client, "events", limit=500, cursor=first["next"])["data"]
        assert late.id in [event["id"] for event in followed]

    def test_a_character_that_postgresql_can_not_keep_holds_nothing_up(
        self, side: ReadSide, client: TestClient
    ) -> None:
        history = History()
        history.add(message("a\0b"), cause=Cause("user:a\0b", "r\0", "request:r\0"))
        record(side, *history.events)
        [shown] = page(client, "events")["data"]
        assert (shown["actor"], shown["data"]["usage_id"]) == ("user:a\ufffdb", "a\ufffdb")

    @pytest.mark.parametrize("text", ["\\", "\\N", "a\tb", "a\nb\rc", '"', "\\\\x41", "\u2028ü"])
    def test_whatever_is_written_is_read_again(
        self, side: ReadSide, client: TestClient, text: str
    ) -> None:
        history = History()
        history.add(message(text), cause=Cause(text, text, text), stream=text)
        history.add(message("next"))
        record(side, *history.events)
        shown = page(client, "events")["data"][0]
        assert shown["data"]["usage_id"] == text
        assert {shown[name] for name in ("stream", "actor", "correlation_id")} == {text}

    def test_only_auditors_and_super_admins_may_read(self, client: TestClient) -> None:
        for roles, status in ((["service"], 403), ([], 403), (["super_admin"], 200)):
            answer = client.get("/v1/audit/events", headers=bearer(*roles))
            assert answer.status_code == status

    def test_a_cursor_of_somebody_else_is_refused(self, client: TestClient) -> None:
        for cursor in ("nonsense", "W10", "e30", "WzEsMl0"):
            answer = client.get("/v1/audit/events", params={"cursor": cursor})
            assert answer.json()["error"]["code"] == "validation_failed"


class TestTimeline:
    def test_a_workspace_is_told_in_sentences_and_usage_in_runs(
        self, side: ReadSide, client: TestClient
    ) -> None:
        record(side, *some_history().events)
        told = [entry["told"] for entry in page(client, "workspaces/acme/timeline")["data"]]
        assert told == [
            "1 message was counted.",
            "Subscribed to plan pro-monthly for 49.00 USD a month through sandbox.",
            "1 message was counted, 1 conversation was counted.",
            "A payment of 49.00 USD a month failed.",
        ]

    def test_pages_tell_each_usage_event_once(self, side: ReadSide, client: TestClient) -> None:
        history = some_history()
        for number in range(30):
            history.add(message(f"later-{number}"))
        record(side, *history.events)
        entries = pages(client, "workspaces/acme/timeline", limit=1)
        assert sum(entry["events"] for entry in entries if entry["type"] == "usage") == 33
        assert [entry["type"] for entry in entries if entry["type"] != "usage"] == [
            "billing.PlanSubscribed.v1",
            "billing.PaymentFailed.v1",
        ]

    def test_every_event_of_a_workspace_has_a_sentence(self) -> None:
        published = [kind for kind in REGISTRY.values() if "workspace_id" in kind.model_fields]
        names = {kind.TYPE.rpartition(".")[0] for kind in published if kind.TYPE[-3:] == ".v1"}
        ours = {name for name in names if name.partition(".")[0] in SERVICES}
        assert len(ours) > 30
        assert ours <= set(SENTENCES)
        assert tell("billing.SomethingNew.v1", {}) == "Something new."

    def test_money_of_an_invoice_is_told_with_its_number(self) -> None:
        invoice = {"number": "A-7", "currency": "EUR", "total_cents": 4_900}
        facts = {"invoice": invoice, "amount_cents": 1_200, "outcome": "lost"}
        assert tell("billing.InvoicePaid.v1", {"invoice": invoice}) == (
            "Invoice A-7 was paid: 49.00 EUR."
        )
        assert tell("billing.DisputeClosed.v1", facts) == (
            "The dispute about 12.00 EUR of invoice A-7 was lost."
        )


class TestCheckpoints:
    def test_every_thousand_events_are_sealed_whatever_the_batches(self, side: ReadSide) -> None:
        events = usage(2_500)
        for start, end in ((0, 1), (1, 999), (999, 2_001), (2_001, 2_500)):
            record(side, *events[start:end])
        checkpoints = side.database.rows("SELECT * FROM audit_trail_checkpoints ORDER BY number")
        public_key = Signer([SEED]).public_key
        for row in checkpoints:
            covered = events[row["first_sequence"] - 1 : row["last_sequence"]]
            leaves = [leaf(bytes.fromhex(e.digest), e.recorded_at) for e in covered]
            assert root_of(leaves) == bytes(row["root"])
            assert is_signed(public_key, Checkpoint.of(row).text, bytes(row["signature"]))
        assert [row["events"] for row in checkpoints] == [1_000, 1_000]
