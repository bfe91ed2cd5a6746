"""The order ledger: totals, search and export for the platform."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import cast

import pytest

from projections.orders import queries
from tests.support.addon_service import OWNER, ROOT, AddonService
from tests.support.answers import code
from tests.support.gateway_driver import MoneyDriver
from tests.support.tokens import bearer

BOB = bearer(subject="bob", beta="owner")


class TestOrderLedger:
    @pytest.fixture
    def ledger(self, addons: AddonService) -> AddonService:
        """acme: one delivered and one failed, beta: one paid in dollars, last month."""
        addons.clock.now = datetime(2026, 10, 31, 23, 59, tzinfo=UTC)
        addons.offer(slug="training", name="Training", price_cents=20_000, currency="USD")
        addons.save_card("ok", workspace="beta")
        addons.buy(BOB, "beta", addon="training")
        addons.clock.now = datetime(2026, 11, 1, tzinfo=UTC)
        addons.save_card("ok")
        addons.command(addons.bought(), "deliver")
        addons.save_card("declined")
        addons.buy(addon="training")
        return addons

    def test_totals_per_currency_count_what_is_paid_or_delivered(
        self, ledger: AddonService
    ) -> None:
        assert ledger.show("orders", ROOT)["totals"] == [
            {
                "currency": "EUR",
                "paid_this_month_cents": 49_900,
                "paid_all_time_cents": 49_900,
                "partly_refunded_cents": 0,
                "orders": 1,
            },
            {
                "currency": "USD",
                "paid_this_month_cents": 0,
                "paid_all_time_cents": 20_000,
                "partly_refunded_cents": 0,
                "orders": 1,
            },
        ]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, ["acme", "acme", "beta"]),
            ({"status": "failed"}, ["acme"]),
            ({"status": "delivered", "q": "beta"}, []),
            ({"q": "BETA"}, ["beta"]),
            ({"q": "training"}, ["acme", "beta"]),
            ({"q": "bob"}, ["beta"]),
            ({"q": "bob@acme.example"}, ["beta"]),
            ({"q": "@ACME.example"}, ["acme", "acme", "beta"]),
            ({"q": "100%"}, []),
        ],
    )
    def test_is_filtered_and_searched(
        self, ledger: AddonService, query: dict[str, str], found: list[str]
    ) -> None:
        shown = ledger.show("orders", ROOT, **query)["data"]
        assert [order["workspace_id"] for order in shown] == found

    def test_is_searched_by_gateway_reference(self, ledger: AddonService) -> None:
        [order] = ledger.show("orders", ROOT, status="delivered")["data"]
        assert order["charge_ref"]
        [found] = ledger.show("orders", ROOT, q=order["charge_ref"])["data"]
        assert found == order

    def test_a_search_for_an_address_goes_on_where_it_stopped(
        self, ledger: AddonService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "MOST_OPENED", 2)
        page = ledger.show("orders", ROOT, q="bob@")
        assert (page["data"], page["next"] is None) == ([], False)
        [found] = ledger.show("orders", ROOT, q="bob@", cursor=page["next"])["data"]
        assert found["workspace_id"] == "beta"

    def test_pages_follow_each_other(self, ledger: AddonService) -> None:
        first = ledger.show("orders", ROOT, limit=2)
        rest = ledger.show("orders", ROOT, limit=2, cursor=first["next"])
        assert [len(first["data"]), len(rest["data"]), rest["next"]] == [2, 1, None]

    def test_is_exported_whole_as_csv(
        self, ledger: AddonService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "AT_ONCE", 2)
        ledger.follow()
        answer = ledger.client.get(
            "/v1/projections/orders", params={"format": "csv", "limit": 1}, headers=ROOT
        )
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["workspace_id"] for row in rows] == ["acme", "acme", "beta"]
        assert rows[2]["paid_at"] == "2026-10-31T23:59:00Z"
        assert rows[2]["buyer_email"] == "bob@acme.example"

    def test_nothing_in_the_export_is_a_formula(self, ledger: AddonService) -> None:
        ledger.offer(slug="trap", name="=HYPERLINK(1)")
        ledger.buy(addon="trap")
        ledger.follow()
        answer = ledger.client.get("/v1/projections/orders", params={"format": "csv"}, headers=ROOT)
        assert "'=HYPERLINK(1)" in answer.text

    def test_what_a_closed_order_still_owes_is_listed_until_it_went_back(
        self, ledger: AddonService
    ) -> None:
        bank = cast(MoneyDriver, ledger.driver)
        ledger.save_card("ok")
        cancelled = ledger.command(ledger.bought(addon="training"), "cancel").json()
        assert ledger.show("orders", ROOT, owed="true")["data"] == []
        [made] = ledger.gateway.payments.fetch(cancelled["charge_ref"]).refunds
        bank.fail_refund(made.ref)
        ledger.deliver_webhooks()
        ledger.work()
        [order] = ledger.show("orders", ROOT, owed="true")["data"]
        assert (order["status"], order["owed_cents"]) == ("cancelled", 20_000)
        assert ledger.command(order["purchase_id"], "refund").status_code == 200
        assert ledger.show("orders", ROOT, owed="true")["data"] == []

    def test_is_for_the_platform(self, ledger: AddonService) -> None:
        for headers in (OWNER, bearer("auditor"), bearer("service")):
            answer = ledger.client.get("/v1/projections/orders", headers=headers)
            assert code(answer) == (403, "forbidden")
