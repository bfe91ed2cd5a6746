"""Streams with their states, causes followed to their end, figures led back to their events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from kernel.cause import Cause
from kernel.clock import utc_clock
from kernel.month import Month
from projections.audit_trail.http import router
from runtime.eventstore.stream import Change, Stream
from runtime.eventstore.vault import Vault
from runtime.postgres.database import Database
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.waiting import Waiting
from runtime.web.auth import Access
from runtime.web.errors import handle_errors
from services.billing.domain.account.assign import decide_assign
from services.billing.domain.account.open_account import decide_open_account
from services.billing.domain.account.state import ACCOUNT
from services.billing.domain.invoice.observe import decide_observe_invoice
from services.billing.domain.invoice.state import INVOICE, invoice_stream
from services.billing.domain.plan.create import PlanDefinition, decide_create
from services.billing.domain.plan.state import PLAN
from services.billing.domain.terms import Price, Terms
from services.billing.domain.webhook import WEBHOOK, decide_receive_webhook, webhook_stream
from services.metering.domain.decision import Decision, decision_id
from services.metering.policies import apply_policies
from tests.support.audit_history import START
from tests.support.audit_service import CAUSE, CUSTOM, SECRET, AuditService, audit_service
from tests.support.invoices import invoice, refund
from tests.support.tokens import authenticator_of

KEY = "secret-secret-secret-secret-secret"
STORY = "webhook:sandbox:evt_1"
BY_WEBHOOK = Cause("gateway:sandbox", STORY, STORY)


@pytest.fixture
def audit(database_url: str) -> Iterator[AuditService]:
    with audit_service(database_url) as built:
        yield built


@pytest.fixture
def client(audit: AuditService) -> Iterator[TestClient]:
    database = audit.positions.database
    access = Access(authenticator_of(KEY))
    with Database(audit.url, "vault") as vault:
        side = ReadSide(
            *(database, audit.positions, access, Vault(vault), utc_clock),
            Waiting(audit.positions, lambda _: 0),
        )
        app = FastAPI()
        handle_errors(app)
        app.include_router(router(side, audit.auditor))
        claims = {"sub": "aud", "exp": 4_000_000_000, "roles": ["auditor"]}
        token = jwt.encode(claims, KEY, "HS256")
        yield TestClient(app, headers={"Authorization": f"Bearer {token}"})


def get(client: TestClient, path: str, **parameters: Any) -> dict[str, Any]:
    answer = client.get(f"/v1/audit/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


class TestStreams:
    def test_each_event_stands_between_the_states_around_it(
        self, audit: AuditService, client: TestClient
    ) -> None:
        audit.assign("acme", "gold", "silver")
        audit.follow()
        shown = get(client, "streams/account:acme")["data"]
        assert [event["type"] for event in shown] == [
            "billing.AccountOpened.v1",
            "billing.PlanAssigned.v1",
            "billing.PlanAssigned.v1",
        ]
        assert shown[0]["before"] is None
        assert shown[2]["before"] == shown[1]["after"]
        plans = [event["after"]["subscription"] for event in shown]
        assert [plan and plan["plan"] for plan in plans] == [None, "gold", "silver"]

    def test_a_stream_comes_in_pages(self, audit: AuditService, client: TestClient) -> None:
        audit.assign("acme", "gold", "silver", "gold")
        audit.follow()
        first = get(client, "streams/account:acme", limit=3)
        rest = get(client, "streams/account:acme", limit=3, cursor=first["next"])
        assert [e["version"] for e in first["data"] + rest["data"]] == [1, 2, 3, 4]
        assert rest["next"] is None

    def test_a_usage_event_is_a_stream_without_an_aggregate(
        self, audit: AuditService, client: TestClient
    ) -> None:
        audit.meter("acme", "message", ["m1"])
        audit.follow()
        [event] = get(client, "events", service="metering")["data"]
        [shown] = get(client, f"streams/{event['stream']}")["data"]
        assert (shown["id"], shown["before"], shown["after"]) == (event["id"], None, None)

    @pytest.mark.parametrize("stream", ["account:nobody", "5", "a/b"])
    def test_an_unknown_stream_is_not_found(self, client: TestClient, stream: str) -> None:
        answer = client.get(f"/v1/audit/streams/{stream}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


class TestCauses:
    def told_by_a_webhook(self, audit: AuditService) -> None:
        """A webhook, what billing did about it, what a policy did about that."""
        hook = Stream(WEBHOOK, webhook_stream("sandbox", "evt_1"))
        received = decide_receive_webhook("sandbox", "evt_1", "charge.paid", {}, START)
        audit.billing.append(Change(hook, received), cause=BY_WEBHOOK)
        account, opened = Stream(ACCOUNT, "account:acme"), decide_open_account("acme", START)
        audit.billing.append(Change(account, opened), cause=Cause("gateway:sandbox", "", STORY))
        account = account.after(opened)
        assert account.state is not None
        assigned = decide_assign(account.state, CUSTOM, START)
        audit.billing.append(Change(account, assigned), cause=Cause("policy:x", "", "billing:2"))
        audit.meter("acme", "message", ["m1"], cause=Cause("policy:y", "", "billing:3"))
        audit.assign("globex", "gold")
        audit.follow()

    def test_a_webhook_leads_to_everything_it_caused(
        self, audit: AuditService, client: TestClient
    ) -> None:
        self.told_by_a_webhook(audit)
        found = get(client, f"causes/{STORY}")["data"]
        assert [(event["id"], event["depth"]) for event in found] == [
            ("billing:1", 0),
            ("billing:2", 0),
            ("billing:3", 1),
            ("metering:1", 2),
        ]

    def test_an_event_leads_to_what_followed_of_it(
        self, audit: AuditService, client: TestClient
    ) -> None:
        self.told_by_a_webhook(audit)
        found = get(client, "causes/billing:2")["data"]
        assert [event["id"] for event in found] == ["billing:2", "billing:3", "metering:1"]

    def test_a_request_leads_to_what_it_recorded_page_by_page(
        self, audit: AuditService, client: TestClient
    ) -> None:
        self.told_by_a_webhook(audit)
        for cause in ("request:req_1", "req_1"):
            first = get(client, f"causes/{cause}", limit=1)
            rest = get(client, f"causes/{cause}", cursor=first["next"])
            ids = [event["id"] for event in first["data"] + rest["data"]]
            assert ids == ["billing:4", "billing:5"]


class TestExplain:
    def test_a_subscription_is_led_back_to_its_events(
        self, audit: AuditService, client: TestClient
    ) -> None:
        audit.assign("acme", "gold", "silver")
        audit.follow()
        explained = get(client, "explain/workspaces/acme/subscription")
        assert explained["figure"]["plan"] == "silver"
        assert explained["figure"]["event"] == explained["data"][-1]["id"]
        assert [event["told"] for event in explained["data"]] == [
            "Plan gold was assigned by hand.",
            "Plan silver was assigned by hand.",
        ]

    def test_a_counter_is_led_back_to_its_events(
        self, audit: AuditService, client: TestClient
    ) -> None:
        audit.meter("acme", "message", ["m1", "m2"])
        audit.meter("acme", "message", ["other month"], START - timedelta(days=1))
        audit.meter("acme", "conversation", ["c1"])
        audit.follow()
        explained = get(client, "explain/workspaces/acme/usage/message/2026-11")
        assert explained["figure"]["used"] == len(explained["data"]) == 2
        assert {event["data"]["usage_id"] for event in explained["data"]} == {"m1", "m2"}

    def test_a_refusal_is_led_back_to_plan_limit_and_usage(
        self, audit: AuditService, client: TestClient
    ) -> None:
        free = PlanDefinition(
            slug="free",
            name="Free",
            price=Price(0, "USD", "month"),
            terms=Terms(monthly_conversations=5, monthly_messages=2),
            is_active=True,
            is_default=True,
        )
        created = Change(Stream(PLAN, "plan:free"), decide_create(free, START))
        audit.billing.append(created, cause=CAUSE)
        publisher = audit.publishers["billing"]
        with audit.metering.database.transaction(commit=True) as cursor:
            recorded = audit.billing.read(0, 10)
            apply_policies(cursor, [publisher.publish(audit.billing, each) for each in recorded])
        audit.meter("acme", "message", ["m1", "m2"])
        refused = Decision("acme", "message", Month(2026, 11), 2, 10)
        audit.meter("acme", "message", ["m3 after the refusal"])
        audit.follow()
        identifier = decision_id(refused, SECRET.encode())
        explained = get(client, f"explain/decisions/{identifier}")
        assert (explained["figure"]["used"], explained["figure"]["limit"]) == (2, 2)
        assert [event["id"] for event in explained["set_by"]] == ["billing:1"]
        assert [event["data"]["usage_id"] for event in explained["data"]] == ["m1", "m2"]

    def test_an_invoice_is_led_back_to_its_events(
        self, audit: AuditService, client: TestClient
    ) -> None:
        seen = invoice(refunds=(refund("re_1", 500),))
        stream = Stream(INVOICE, invoice_stream(seen.gateway, seen.ref))
        observed = decide_observe_invoice(None, "acme", seen)
        audit.billing.append(Change(stream, observed), cause=BY_WEBHOOK)
        audit.follow()
        explained = get(client, "explain/invoices/stripe/in_1")
        assert (explained["figure"]["paid_cents"], explained["figure"]["refunded_cents"]) == (
            3000,
            500,
        )
        assert [event["told"] for event in explained["data"]] == [
            "Invoice A-1 over 30.00 USD was issued.",
            "Invoice A-1 was paid: 30.00 USD.",
            "5.00 USD of invoice A-1 were given back.",
        ]

    @pytest.mark.parametrize(
        "path", ["purchases/pur_none", "decisions/dec_made-up", "invoices/stripe/in_none"]
    )
    def test_what_never_was_is_not_found(self, client: TestClient, path: str) -> None:
        assert client.get(f"/v1/audit/explain/{path}").status_code == 404


class TestBadQuestions:
    @pytest.mark.parametrize(
        "path",
        [
            "streams/a%00b",
            "causes/a%00b",
            "explain/purchases/a%00b",
            "explain/workspaces/acme/usage/message/2026-13",
            "explain/workspaces/acme/usage/token/2026-11",
            "workspaces/acme/as-of?at=9999-12-31T23:59:59-12:00",
            "workspaces/acme/as-of?at=2026-11-01T00:00:00",
            "workspaces/acme/as-of?known_at=yesterday",
            "events?since=0001-01-01T00:00:00%2B14:00",
            "events?limit=501",
            "events?workspace=%00",
        ],
    )
    def test_are_refused_with_a_reason(self, client: TestClient, path: str) -> None:
        answer = client.get(f"/v1/audit/{path}")
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]["code"] == "validation_failed"


class TestVerifyOverHttp:
    def test_an_untouched_history_is_intact_and_a_touched_one_located(
        self, audit: AuditService, client: TestClient
    ) -> None:
        audit.assign("acme", "gold")
        audit.follow()
        answer = client.post("/v1/audit/verify").json()
        assert answer["intact"] is True
        assert answer["chains"][0]["events"] == 2
        assert [model["equal"] for model in answer["read_models"]] == [True]
        audit.tamper("billing", "DELETE FROM {events} WHERE notification_id = 2")
        answer = client.post("/v1/audit/verify", json={"full": True, "replay": False}).json()
        assert answer["intact"] is False
        assert answer["chains"][0]["findings"][0]["event"] == "billing:2"
