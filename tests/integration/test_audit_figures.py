"""Figures led back to the events that made them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from kernel.cause import Cause
from kernel.events import DomainEvent
from kernel.month import Month
from runtime.eventstore.stream import Change, Stream
from services.billing.domain.account.evolution import ACCOUNT
from services.billing.domain.account.open_account import decide_open_account
from services.billing.domain.account.subscription import Subscription
from services.billing.domain.account.subscription_events import (
    PlanSubscribed,
    PlanSwapped,
    SubscriptionRenewed,
)
from services.billing.domain.invoice.observe import decide_observe_invoice
from services.billing.domain.invoice.state import INVOICE, invoice_stream
from services.billing.domain.plan.create import PlanDefinition, decide_create
from services.billing.domain.plan.state import PLAN
from services.billing.domain.terms import Price, Terms
from services.metering.domain.decision import Decision, decision_id
from services.metering.policies import apply_policies
from tests.support.audit_client import get
from tests.support.audit_history import START
from tests.support.audit_service import CAUSE, SECRET, AuditService
from tests.support.invoices import invoice, refund

STORY = "webhook:sandbox:evt_1"
BY_WEBHOOK = Cause("gateway:sandbox", STORY, STORY)


class TestExplain:
    def test_a_subscription_is_led_back_to_its_events(
        self, audited: AuditService, auditor: TestClient
    ) -> None:
        audited.assign("acme", "gold", "silver")
        audited.follow()
        explained = get(auditor, "explain/workspaces/acme/subscription")
        assert explained["figure"]["plan"] == "silver"
        assert explained["figure"]["event"] == explained["data"][-1]["id"]
        assert [event["told"] for event in explained["data"]] == [
            "Plan gold was assigned by hand.",
            "Plan silver was assigned by hand.",
        ]

    def test_a_counter_is_led_back_to_its_events(
        self, audited: AuditService, auditor: TestClient
    ) -> None:
        audited.meter("acme", "message", ["m1", "m2"])
        audited.meter("acme", "message", ["other month"], START - timedelta(days=1))
        audited.meter("acme", "conversation", ["c1"])
        audited.follow()
        explained = get(auditor, "explain/workspaces/acme/usage/message/2026-11")
        assert explained["figure"]["used"] == len(explained["data"]) == 2
        assert {event["data"]["usage_id"] for event in explained["data"]} == {"m1", "m2"}

    def test_a_refusal_is_led_back_to_plan_limit_and_usage(
        self, audited: AuditService, auditor: TestClient
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
        audited.billing.append(created, cause=CAUSE)
        publisher = audited.publishers["billing"]
        with audited.metering.database.transaction(commit=True) as cursor:
            recorded = audited.billing.read(0, 10)
            apply_policies(cursor, [publisher.publish(audited.billing, each) for each in recorded])
        audited.meter("acme", "message", ["m1", "m2"])
        refused = Decision("acme", "message", Month(2026, 11), 2, 10)
        audited.meter("acme", "message", ["m3 after the refusal"])
        audited.follow()
        identifier = decision_id(refused, SECRET.encode())
        explained = get(auditor, f"explain/decisions/{identifier}")
        assert (explained["figure"]["used"], explained["figure"]["limit"]) == (2, 2)
        assert [event["id"] for event in explained["set_by"]] == ["billing:1"]
        assert [event["data"]["usage_id"] for event in explained["data"]] == ["m1", "m2"]

    def test_an_invoice_is_led_back_to_its_events(
        self, audited: AuditService, auditor: TestClient
    ) -> None:
        seen = invoice(refunds=(refund("re_1", 500),))
        stream = Stream(INVOICE, invoice_stream(seen.gateway, seen.ref))
        observed = decide_observe_invoice(None, "acme", seen)
        audited.billing.append(Change(stream, observed), cause=BY_WEBHOOK)
        audited.follow()
        explained = get(auditor, "explain/invoices/stripe/in_1")
        assert (explained["figure"]["paid_cents"], explained["figure"]["refunded_cents"]) == (
            3000,
            500,
        )
        assert [event["told"] for event in explained["data"]] == [
            "Invoice A-1 over 30.00 USD was issued.",
            "Invoice A-1 was paid: 30.00 USD.",
            "5.00 USD of invoice A-1 were given back.",
        ]

    def test_a_movement_of_revenue_is_led_back_to_what_it_moved_from(
        self, audited: AuditService, auditor: TestClient
    ) -> None:
        pro = Subscription(
            plan="pro",
            status="active",
            price=Price(4900, "USD", "month"),
            started_at=START,
            gateway="stripe",
            ref="sub_1",
        )
        team = replace(pro, plan="team", price=Price(9900, "USD", "month"))
        events: list[DomainEvent] = [
            *decide_open_account("acme", START),
            PlanSubscribed(timestamp=START, subscription=pro),
            SubscriptionRenewed(timestamp=START, subscription=pro),
            PlanSwapped(timestamp=START, subscription=team, previous_plan="pro"),
        ]
        audited.billing.append(Change(Stream(ACCOUNT, "account:acme"), events), cause=CAUSE)
        audited.follow()
        explained = get(auditor, "explain/movements/billing:4")
        [moved] = explained["figure"]["movements"]
        assert (moved["kind"], moved["change_cents"]) == ("expansion", 5000)
        assert explained["figure"]["follows"] == "billing:2"
        assert [event["told"] for event in explained["data"]] == [
            "Subscribed to plan pro for 49.00 USD a month through stripe.",
            "Changed from plan pro to team for 99.00 USD a month.",
        ]

    @pytest.mark.parametrize(
        "path",
        [
            "purchases/pur_none",
            "decisions/dec_made-up",
            "invoices/stripe/in_none",
            "movements/billing:1",
            "movements/nothing",
        ],
    )
    def test_what_never_was_is_not_found(self, auditor: TestClient, path: str) -> None:
        assert auditor.get(f"/v1/audit/explain/{path}").status_code == 404
