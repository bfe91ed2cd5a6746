"""Streams with their states, causes followed to their end."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from kernel.cause import Cause
from runtime.eventstore.stream import Change, Stream
from services.billing.domain.account.assign import decide_assign
from services.billing.domain.account.evolution import ACCOUNT
from services.billing.domain.account.open_account import decide_open_account
from services.billing.domain.webhook import WEBHOOK, decide_receive_webhook, webhook_stream
from tests.support.audit_client import get
from tests.support.audit_history import START
from tests.support.audit_service import CUSTOM, AuditService

STORY = "webhook:sandbox:evt_1"
BY_WEBHOOK = Cause("gateway:sandbox", STORY, STORY)


class TestStreams:
    def test_each_event_stands_between_the_states_around_it(
        self, audited: AuditService, auditor: TestClient
    ) -> None:
        audited.assign("acme", "gold", "silver")
        audited.follow()
        shown = get(auditor, "streams/account:acme")["data"]
        assert [event["type"] for event in shown] == [
            "billing.AccountOpened.v1",
            "billing.PlanAssigned.v1",
            "billing.PlanAssigned.v1",
        ]
        assert shown[0]["before"] is None
        assert shown[2]["before"] == shown[1]["after"]
        plans = [event["after"]["subscription"] for event in shown]
        assert [plan and plan["plan"] for plan in plans] == [None, "gold", "silver"]

    def test_a_stream_comes_in_pages(self, audited: AuditService, auditor: TestClient) -> None:
        audited.assign("acme", "gold", "silver", "gold")
        audited.follow()
        first = get(auditor, "streams/account:acme", limit=3)
        rest = get(auditor, "streams/account:acme", limit=3, cursor=first["next"])
        assert [e["version"] for e in first["data"] + rest["data"]] == [1, 2, 3, 4]
        assert rest["next"] is None

    def test_a_usage_event_is_a_stream_without_an_aggregate(
        self, audited: AuditService, auditor: TestClient
    ) -> None:
        audited.meter("acme", "message", ["m1"])
        audited.follow()
        [event] = get(auditor, "events", service="metering")["data"]
        [shown] = get(auditor, f"streams/{event['stream']}")["data"]
        assert (shown["id"], shown["before"], shown["after"]) == (event["id"], None, None)

    @pytest.mark.parametrize("stream", ["account:nobody", "5", "a/b"])
    def test_an_unknown_stream_is_not_found(self, auditor: TestClient, stream: str) -> None:
        answer = auditor.get(f"/v1/audit/streams/{stream}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


class TestCauses:
    def told_by_a_webhook(self, audited: AuditService) -> None:
        """A webhook, what billing did about it, what a policy did about that."""
        hook = Stream(WEBHOOK, webhook_stream("sandbox", "evt_1"))
        received = decide_receive_webhook("sandbox", "evt_1", "charge.paid", {}, START)
        audited.billing.append(Change(hook, received), cause=BY_WEBHOOK)
        account, opened = Stream(ACCOUNT, "account:acme"), decide_open_account("acme", START)
        audited.billing.append(Change(account, opened), cause=Cause("gateway:sandbox", "", STORY))
        account = account.after(opened)
        assert account.state is not None
        assigned = decide_assign(account.state, CUSTOM, START)
        audited.billing.append(Change(account, assigned), cause=Cause("policy:x", "", "billing:2"))
        audited.meter("acme", "message", ["m1"], cause=Cause("policy:y", "", "billing:3"))
        audited.assign("globex", "gold")
        audited.follow()

    def test_a_webhook_leads_to_everything_it_caused(
        self, audited: AuditService, auditor: TestClient
    ) -> None:
        self.told_by_a_webhook(audited)
        found = get(auditor, f"causes/{STORY}")["data"]
        assert [(event["id"], event["depth"]) for event in found] == [
            ("billing:1", 0),
            ("billing:2", 0),
            ("billing:3", 1),
            ("metering:1", 2),
        ]

    def test_an_event_leads_to_what_followed_of_it(
        self, audited: AuditService, auditor: TestClient
    ) -> None:
        self.told_by_a_webhook(audited)
        found = get(auditor, "causes/billing:2")["data"]
        assert [event["id"] for event in found] == ["billing:2", "billing:3", "metering:1"]

    def test_a_request_leads_to_what_it_recorded_page_by_page(
        self, audited: AuditService, auditor: TestClient
    ) -> None:
        self.told_by_a_webhook(audited)
        for cause in ("request:req_1", "req_1"):
            first = get(auditor, f"causes/{cause}", limit=1)
            rest = get(auditor, f"causes/{cause}", cursor=first["next"])
            ids = [event["id"] for event in first["data"] + rest["data"]]
            assert ids == ["billing:4", "billing:5"]


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
    def test_are_refused_with_a_reason(self, auditor: TestClient, path: str) -> None:
        answer = auditor.get(f"/v1/audit/{path}")
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]["code"] == "validation_failed"


class TestVerifyOverHttp:
    def test_an_untouched_history_is_intact_and_a_touched_one_located(
        self, audited: AuditService, auditor: TestClient
    ) -> None:
        audited.assign("acme", "gold")
        audited.follow()
        answer = auditor.post("/v1/audit/verify").json()
        assert answer["intact"] is True
        assert answer["chains"][0]["events"] == 2
        assert {model["model"]: model["equal"] for model in answer["read_models"]} == {
            "audit_trail": True,
            "revenue": True,
        }
        audited.tamper("billing", "DELETE FROM {events} WHERE notification_id = 2")
        answer = auditor.post("/v1/audit/verify", json={"full": True, "replay": False}).json()
        assert answer["intact"] is False
        assert answer["chains"][0]["findings"][0]["event"] == "billing:2"
