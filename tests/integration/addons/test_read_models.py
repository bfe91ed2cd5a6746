"""The add-on page, the purchase history and the order ledger."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from projections.orders import queries
from runtime import read_model
from runtime.feed import Publisher
from runtime.positions import Positions
from runtime.rebuild import rebuild
from services.addons.published import publish
from tests.support.addon_house import OWNER, READ_MODELS, ROOT, AddonHouse
from tests.support.tokens import bearer

BOB = bearer(subject="bob", beta="owner")


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


class TestAddonPage:
    def test_active_addons_come_in_order_with_what_blocks_them(self, house: AddonHouse) -> None:
        house.offer(slug="second", sort_order=2)
        house.offer(slug="first", sort_order=0, features=["a", "b"])
        house.offer(slug="hidden", is_active=False)
        purchase_id = house.bought()
        shown = house.show("workspaces/acme/addons")["data"]
        assert [(each["slug"], each["can_buy"]) for each in shown] == [
            ("first", True),
            ("setup", False),
            ("second", True),
        ]
        assert shown[0]["features"] == ["a", "b"]
        blocked = shown[1]["blocked_by"]
        assert (blocked["purchase_id"], blocked["status"], blocked["color"]) == (
            purchase_id,
            "pending",
            "yellow",
        )
        assert blocked["confirmation_url"]

    def test_another_workspace_may_still_buy(self, house: AddonHouse) -> None:
        house.bought()
        [offered] = house.show("workspaces/beta/addons", BOB)["data"]
        assert offered["can_buy"]

    def test_without_active_addons_the_list_is_empty(self, house: AddonHouse) -> None:
        house.client.patch("/v1/addons/catalog/setup", json={"is_active": False}, headers=ROOT)
        assert house.show("workspaces/acme/addons") == {"data": [], "next": None}

    @pytest.mark.parametrize("ending", ["cancel", "refund", "reopen"])
    def test_what_ended_blocks_no_more(self, house: AddonHouse, ending: str) -> None:
        house.save_card("ok")
        purchase_id = house.bought()
        if ending == "reopen":
            house.command(purchase_id, "deliver")
        house.command(purchase_id, ending)
        [offered] = house.show("workspaces/acme/addons")["data"]
        assert (offered["can_buy"], offered["blocked_by"]) == (True, None)

    def test_pages_follow_each_other(self, house: AddonHouse) -> None:
        for number in range(4):
            house.offer(slug=f"more-{number}", sort_order=number % 2)
        slugs, cursor = [], ""
        while True:
            page = house.show("workspaces/acme/addons", limit=2, cursor=cursor)
            slugs += [each["slug"] for each in page["data"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert slugs == ["more-0", "more-2", "more-1", "more-3", "setup"]

    @pytest.mark.parametrize("path", ["addons", "purchases"])
    @pytest.mark.parametrize(
        "headers", [bearer("super_admin"), bearer("service"), bearer(acme="editor"), BOB]
    )
    def test_is_for_owners_and_admins(
        self, house: AddonHouse, path: str, headers: dict[str, str]
    ) -> None:
        answer = house.client.get(f"/v1/projections/workspaces/acme/{path}", headers=headers)
        assert code(answer) == (403, "forbidden")


class TestPurchaseHistory:
    def test_each_step_has_its_time(self, house: AddonHouse) -> None:
        house.save_card("ok")
        purchase_id = house.bought()
        for verb in ("deliver", "reopen"):
            house.clock.advance(timedelta(hours=1))
            house.command(purchase_id, verb)
        house.command(purchase_id, "refund", amount_cents=9_900, reason="late")
        [shown] = house.show("workspaces/acme/purchases")["data"]
        steps = [(step["step"], step["at"]) for step in shown["steps"]]
        assert steps == [
            ("started", "2026-11-22T10:00:00Z"),
            ("paid", "2026-11-22T10:00:00Z"),
            ("delivered", "2026-11-22T11:00:00Z"),
            ("reopened", "2026-11-22T12:00:00Z"),
            ("refund_started", "2026-11-22T12:00:00Z"),
            ("refunded", "2026-11-22T12:00:00Z"),
        ]
        refund = shown["steps"][-1]
        assert (refund["amount_cents"], refund["reason"]) == (9_900, "late")
        assert refund["refund_ref"]
        assert (shown["status"], shown["color"]) == ("delivered", "green")
        assert (shown["price_cents"], shown["refunded_cents"]) == (49_900, 9_900)
        assert shown["buyer_email"] == "ann@acme.example"

    @pytest.mark.parametrize(
        ("card", "verbs", "status", "color"),
        [
            ("3ds", [], "pending", "yellow"),
            ("ok", [], "paid", "blue"),
            ("ok", ["deliver"], "delivered", "green"),
            ("declined", [], "failed", "red"),
            ("ok", ["cancel"], "cancelled", "grey"),
            ("ok", ["refund"], "refunded", "purple"),
        ],
    )
    def test_every_status_has_its_color(
        self, house: AddonHouse, card: str, verbs: list[str], status: str, color: str
    ) -> None:
        house.save_card(card)
        answer = house.buy().json()
        for verb in verbs:
            house.command(answer["purchase_id"], verb)
        [shown] = house.show("workspaces/acme/purchases")["data"]
        assert (shown["status"], shown["color"]) == (status, color)

    def test_newest_first_page_by_page(self, house: AddonHouse) -> None:
        house.save_card("declined")
        for _ in range(3):
            house.buy()
        first = house.show("workspaces/acme/purchases", limit=2)
        rest = house.show("workspaces/acme/purchases", limit=2, cursor=first["next"])
        ids = [each["purchase_id"] for each in first["data"] + rest["data"]]
        purchases = house.parts.purchases.find("acme", "setup")
        assert purchases is not None
        assert ids == list(purchases.purchases)[::-1]
        assert rest["next"] is None

    def test_the_caller_may_wait_for_their_own_write(
        self, house: AddonHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(read_model, "AFTER_SECONDS", 0.1)
        position = house.buy().headers["x-event-position"]
        behind = house.client.get(
            "/v1/projections/workspaces/acme/purchases",
            params={"after": "addons:999999"},
            headers=OWNER,
        )
        assert code(behind) == (504, "projection_behind")
        assert house.show("workspaces/acme/purchases", after=position)["data"]


class TestOrderLedger:
    @pytest.fixture
    def ledger(self, house: AddonHouse) -> AddonHouse:
        """acme: one delivered and one failed, beta: one paid in dollars, last month."""
        house.clock.now = datetime(2026, 10, 31, 23, 59, tzinfo=UTC)
        house.offer(slug="training", name="Training", price_cents=20_000, currency="USD")
        house.save_card("ok", workspace="beta")
        house.buy(BOB, "beta", addon="training")
        house.clock.now = datetime(2026, 11, 1, tzinfo=UTC)
        house.save_card("ok")
        house.command(house.bought(), "deliver")
        house.save_card("declined")
        house.buy(addon="training")
        return house

    def test_totals_per_currency_count_what_is_paid_or_delivered(self, ledger: AddonHouse) -> None:
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
        self, ledger: AddonHouse, query: dict[str, str], found: list[str]
    ) -> None:
        shown = ledger.show("orders", ROOT, **query)["data"]
        assert [order["workspace_id"] for order in shown] == found

    def test_is_searched_by_gateway_reference(self, ledger: AddonHouse) -> None:
        [order] = ledger.show("orders", ROOT, status="delivered")["data"]
        assert order["charge_ref"]
        [found] = ledger.show("orders", ROOT, q=order["charge_ref"])["data"]
        assert found == order

    def test_a_search_for_an_address_goes_on_where_it_stopped(
        self, ledger: AddonHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "MOST_OPENED", 2)
        page = ledger.show("orders", ROOT, q="bob@")
        assert (page["data"], page["next"] is None) == ([], False)
        [found] = ledger.show("orders", ROOT, q="bob@", cursor=page["next"])["data"]
        assert found["workspace_id"] == "beta"

    def test_pages_follow_each_other(self, ledger: AddonHouse) -> None:
        first = ledger.show("orders", ROOT, limit=2)
        rest = ledger.show("orders", ROOT, limit=2, cursor=first["next"])
        assert [len(first["data"]), len(rest["data"]), rest["next"]] == [2, 1, None]

    def test_is_exported_whole_as_csv(
        self, ledger: AddonHouse, monkeypatch: pytest.MonkeyPatch
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

    def test_nothing_in_the_export_is_a_formula(self, ledger: AddonHouse) -> None:
        ledger.offer(slug="trap", name="=HYPERLINK(1)")
        ledger.buy(addon="trap")
        ledger.follow()
        answer = ledger.client.get("/v1/projections/orders", params={"format": "csv"}, headers=ROOT)
        assert "'=HYPERLINK(1)" in answer.text

    def test_is_for_the_platform(self, ledger: AddonHouse) -> None:
        for headers in (OWNER, bearer("auditor"), bearer("service")):
            answer = ledger.client.get("/v1/projections/orders", headers=headers)
            assert code(answer) == (403, "forbidden")


class TestRebuild:
    @pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
    def test_gives_the_same_rows_and_sends_nothing(self, house: AddonHouse, model: Any) -> None:
        house.save_card("ok")
        first = house.bought()
        house.work()
        house.command(first, "deliver")
        house.command(first, "reopen")
        house.command(house.bought(), "refund")
        house.follow()
        before, head = rows_of(house, model.name), house.parts.store.head()
        publishers = {"addons": Publisher(house.parts.store, publish)}
        rebuild(model, Positions(house.read_database), publishers)
        assert rows_of(house, model.name) == before
        assert house.parts.store.head() == head


def rows_of(house: AddonHouse, model: str) -> list[dict[str, Any]]:
    tables = house.read_database.rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'projections' "
        "AND tablename LIKE %s ORDER BY 1",
        (f"{model}%",),
    )
    assert tables
    return [
        row
        for table in tables
        for row in house.read_database.rows(f"SELECT * FROM {table['tablename']} ORDER BY 1, 2")
    ]
