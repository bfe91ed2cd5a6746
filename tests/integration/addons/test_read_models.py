"""The add-on page and the purchase history; and how all three read models are rebuilt."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from runtime.feed.feed import Publisher
from runtime.feed.positions import Positions
from runtime.readmodels.rebuild import rebuild
from services.addons.published import publish
from tests.support.addon_service import OWNER, READ_MODELS, ROOT, AddonService
from tests.support.answers import code
from tests.support.tokens import bearer

BOB = bearer(subject="bob", beta="owner")


class TestAddonPage:
    def test_active_addons_come_in_order_with_what_blocks_them(self, addons: AddonService) -> None:
        addons.offer(slug="second", sort_order=2)
        addons.offer(slug="first", sort_order=0, features=["a", "b"])
        addons.offer(slug="hidden", is_active=False)
        purchase_id = addons.bought()
        shown = addons.show("workspaces/acme/addons")["data"]
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

    def test_another_workspace_may_still_buy(self, addons: AddonService) -> None:
        addons.bought()
        [offered] = addons.show("workspaces/beta/addons", BOB)["data"]
        assert offered["can_buy"]

    def test_without_active_addons_the_list_is_empty(self, addons: AddonService) -> None:
        addons.client.patch("/v1/addons/catalog/setup", json={"is_active": False}, headers=ROOT)
        assert addons.show("workspaces/acme/addons") == {"data": [], "next": None}

    @pytest.mark.parametrize("ending", ["cancel", "refund", "reopen"])
    def test_what_ended_blocks_no_more(self, addons: AddonService, ending: str) -> None:
        addons.save_card("ok")
        purchase_id = addons.bought()
        if ending == "reopen":
            addons.command(purchase_id, "deliver")
        addons.command(purchase_id, ending)
        [offered] = addons.show("workspaces/acme/addons")["data"]
        assert (offered["can_buy"], offered["blocked_by"]) == (True, None)

    def test_pages_follow_each_other(self, addons: AddonService) -> None:
        for number in range(4):
            addons.offer(slug=f"more-{number}", sort_order=number % 2)
        slugs, cursor = [], ""
        while True:
            page = addons.show("workspaces/acme/addons", limit=2, cursor=cursor)
            slugs += [each["slug"] for each in page["data"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert slugs == ["more-0", "more-2", "more-1", "more-3", "setup"]

    @pytest.mark.parametrize(
        ("path", "headers"),
        [
            ("addons", bearer("super_admin")),
            ("addons", bearer("support")),
            *product(["addons", "purchases"], [bearer("service"), bearer(acme="editor"), BOB]),
        ],
    )
    def test_is_for_owners_and_admins(
        self, addons: AddonService, path: str, headers: dict[str, str]
    ) -> None:
        answer = addons.client.get(f"/v1/projections/workspaces/acme/{path}", headers=headers)
        assert code(answer) == (403, "forbidden")


class TestPurchaseHistory:
    def test_each_step_has_its_time(self, addons: AddonService) -> None:
        addons.save_card("ok")
        purchase_id = addons.bought()
        for verb in ("deliver", "reopen"):
            addons.clock.advance(timedelta(hours=1))
            addons.command(purchase_id, verb)
        addons.command(purchase_id, "refund", amount_cents=9_900, reason="late")
        [shown] = addons.show("workspaces/acme/purchases")["data"]
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
        self, addons: AddonService, card: str, verbs: list[str], status: str, color: str
    ) -> None:
        addons.save_card(card)
        answer = addons.buy().json()
        for verb in verbs:
            addons.command(answer["purchase_id"], verb)
        [shown] = addons.show("workspaces/acme/purchases")["data"]
        assert (shown["status"], shown["color"]) == (status, color)

    def test_newest_first_page_by_page(self, addons: AddonService) -> None:
        addons.save_card("declined")
        for _ in range(3):
            addons.buy()
        first = addons.show("workspaces/acme/purchases", limit=2)
        rest = addons.show("workspaces/acme/purchases", limit=2, cursor=first["next"])
        ids = [each["purchase_id"] for each in first["data"] + rest["data"]]
        purchases = addons.parts.purchases.load("acme", "setup").state
        assert purchases is not None
        assert ids == list(purchases.purchases)[::-1]
        assert rest["next"] is None

    def test_the_caller_may_wait_for_their_own_write(self, addons: AddonService) -> None:
        position = addons.buy().headers["x-event-position"]
        behind = addons.client.get(
            "/v1/projections/workspaces/acme/purchases", params={"after": position}, headers=OWNER
        )
        assert code(behind) == (504, "projection_behind")
        assert addons.show("workspaces/acme/purchases", after=position)["data"]


class TestRebuild:
    @pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
    def test_gives_the_same_rows_and_sends_nothing(self, addons: AddonService, model: Any) -> None:
        addons.save_card("ok")
        first = addons.bought()
        addons.work()
        addons.command(first, "deliver")
        addons.command(first, "reopen")
        addons.command(addons.bought(), "refund")
        addons.follow()
        before, head = rows_of(addons, model.name), addons.parts.store.head()
        publishers = {"addons": Publisher(addons.parts.store, publish)}
        rebuild(model, Positions(addons.read_database), publishers)
        assert rows_of(addons, model.name) == before
        assert addons.parts.store.head() == head


def rows_of(addons: AddonService, model: str) -> list[dict[str, Any]]:
    tables = addons.read_database.rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'projections' "
        "AND tablename LIKE %s ORDER BY 1",
        (f"{model}%",),
    )
    assert tables
    return [
        row
        for table in tables
        for row in addons.read_database.rows(f"SELECT * FROM {table['tablename']} ORDER BY 1, 2")
    ]
