"""The subscriptions of all workspaces: who pays what, and who is behind."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from contracts import billing
from contracts.envelope import EventData
from projections.subscriptions.http import router
from projections.subscriptions.projector import READ_MODEL
from tests.support.audit_history import START, subscribed, subscription
from tests.support.invoice_history import MONTH_END, InvoiceLife
from tests.support.read_models import OWNER, SUPPORT, ReadModels, read_models
from tests.support.tokens import bearer

DAY = timedelta(days=1)
PATH = "subscriptions"
DUE, FAILED = START + 2 * DAY, START + 3 * DAY


@pytest.fixture
def model(read_url: str) -> Iterator[ReadModels]:
    with read_models(read_url, [READ_MODEL], router) as opened:
        yield opened


def changed(
    kind: type[billing.SubscriptionEvent], workspace: str = "acme", **facts: Any
) -> EventData:
    return kind(workspace_id=workspace, subscription=subscription(workspace, **facts))


def shown(model: ReadModels) -> dict[str, Any]:
    rows: list[dict[str, Any]] = model.get(PATH)["data"]
    [row] = rows
    return row


class TestWhatIsShown:
    def test_the_amount_is_what_is_really_charged(self, model: ReadModels) -> None:
        half = billing.Discount(name="Half", percent=50.0, amount_cents=None, ends_at=None)
        model.tell(subscribed(unit_price_cents=4900, quantity=2, discounts=(half,)))
        row = shown(model)
        assert (row["amount_cents"], row["quantity"]) == (4900, 2)
        assert row["discounts"][0]["percent"] == 50.0
        assert row["event"] == "billing:1"

    def test_an_assigned_plan_charges_nothing_and_does_not_renew(self, model: ReadModels) -> None:
        model.tell(changed(billing.PlanAssigned, gateway=None, subscription_ref=None))
        assert (shown(model)["amount_cents"], shown(model)["renews_at"]) == (0, None)

    @pytest.mark.parametrize(
        ("facts", "renews"),
        [
            ({}, True),
            ({"status": "trialing"}, True),
            ({"status": "past_due"}, True),
            ({"status": "grace", "cancel_at": MONTH_END}, False),
            ({"cancel_at": MONTH_END + 300 * DAY}, True),
            ({"status": "paused"}, False),
            ({"status": "cancelled", "ended_at": MONTH_END}, False),
        ],
    )
    def test_it_renews_when_its_gateway_will_charge_again(
        self, model: ReadModels, facts: dict[str, Any], renews: bool
    ) -> None:
        model.tell(subscribed(**facts))
        assert (shown(model)["renews_at"] is not None) is renews


class TestPastDue:
    def test_since_the_oldest_open_invoice_was_to_be_paid(self, model: ReadModels) -> None:
        older = InvoiceLife("in_1", due_at=DUE)
        newer = InvoiceLife("in_2", due_at=DUE + 30 * DAY, total_cents=900)
        model.tell(subscribed(), older.issued(), newer.issued())
        assert (shown(model)["past_due_since"], shown(model)["owed_cents"]) == (None, 5800)
        model.tell(changed(billing.PaymentFailed, status="past_due"), at=FAILED)
        assert shown(model)["past_due_since"] == "2026-11-03T00:00:00Z"
        model.tell(older.paid())
        assert shown(model)["past_due_since"] == "2026-12-03T00:00:00Z"
        assert shown(model)["owed_cents"] == 900

    def test_since_it_was_first_seen_so_where_the_gateway_shows_no_invoice(
        self, model: ReadModels
    ) -> None:
        model.tell(subscribed())
        for kind, status, day in (
            (billing.PaymentFailed, "past_due", 3),
            (billing.SubscriptionAmended, "past_due", 5),
            (billing.SubscriptionSuspended, "suspended", 9),
        ):
            model.tell(changed(kind, status=status), at=START + day * DAY)
            assert shown(model)["past_due_since"] == "2026-11-04T00:00:00Z"
        model.tell(changed(billing.PaymentRecovered))
        assert shown(model)["past_due_since"] is None

    def test_another_subscription_is_past_due_from_its_own_day(self, model: ReadModels) -> None:
        model.tell(changed(billing.PaymentFailed, status="past_due"), at=START)
        other = {"subscription_ref": "sub_2", "status": "past_due"}
        model.tell(changed(billing.PaymentFailed, **other), at=FAILED)
        assert shown(model)["past_due_since"] == "2026-11-04T00:00:00Z"


class TestLists:
    @pytest.fixture
    def several(self, model: ReadModels) -> ReadModels:
        model.tell(subscribed("acme"), subscribed("beta", gateway="stripe", currency="EUR"))
        model.tell(subscribed("Gamma", plan="team", subscription_ref="=2+2"))
        model.tell(changed(billing.PaymentFailed, "beta", gateway="stripe", status="past_due"))
        return model

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, ["Gamma", "acme", "beta"]),
            ({"status": "past_due"}, ["beta"]),
            ({"plan": "pro-monthly"}, ["acme", "beta"]),
            ({"gateway": "stripe"}, ["beta"]),
            ({"currency": "USD", "q": "GAMMA"}, ["Gamma"]),
            ({"q": "sub_1"}, ["acme", "beta"]),
        ],
    )
    def test_are_filtered_searched_and_paged(
        self, several: ReadModels, query: dict[str, Any], found: list[str]
    ) -> None:
        for limit in (1, 2, 50):
            rows = several.pages(PATH, limit, **query)
            assert [row["workspace_id"] for row in rows] == found

    def test_are_exported_and_nothing_is_a_formula(self, several: ReadModels) -> None:
        rows = list(csv.DictReader(io.StringIO(several.csv(PATH))))
        assert [row["workspace_id"] for row in rows] == ["Gamma", "acme", "beta"]
        assert rows[0]["subscription_ref"] == "'=2+2"
        assert rows[2]["past_due_since"] != ""

    def test_are_for_the_platform(self, model: ReadModels) -> None:
        for headers in (OWNER, bearer("auditor"), bearer("service")):
            assert model.status(PATH, headers) == 403
        assert model.status(PATH, SUPPORT, status="late") == 422


class TestRebuild:
    @pytest.mark.parametrize("batch", [1, 2, 100])
    def test_any_batches_and_repetitions_give_the_same_rows(
        self, model: ReadModels, batch: int
    ) -> None:
        life = InvoiceLife(due_at=DUE)
        model.tell(subscribed(), life.issued(), subscribed("beta"))
        model.tell(changed(billing.PaymentFailed, status="past_due"), at=FAILED)
        model.tell(changed(billing.SubscriptionAmended, status="past_due"), InvoiceLife().issued())
        live = model.rows()
        assert model.rebuilt(batch) == live
        assert model.rebuilt(batch, doubled=True) == live
