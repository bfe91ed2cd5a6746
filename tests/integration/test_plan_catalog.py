"""The plan catalogue as a read model, from billing's events, on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from projections.plan_catalog.projector import READ_MODEL
from runtime.feed.feed import EventStoreFeed, Publisher
from runtime.feed.follower import Follower
from runtime.feed.wakeup import Wakeup
from services.billing.domain.terms import Price
from services.billing.published import publish
from tests.support.catalogue import ADMIN, CAUSE, MEMBER, PRO
from tests.support.plan_catalog import ALL, PRICING, PlanCatalogModel, plan_catalog_model
from tests.support.tokens import bearer

YEARLY = replace(PRO, slug="pro-yearly", price=Price(490_00, "USD", "year"))


@pytest.fixture
def model(database_url: str, tmp_path: Path) -> Iterator[PlanCatalogModel]:
    with plan_catalog_model(database_url, tmp_path) as opened:
        yield opened


class TestPricing:
    def test_everyone_sees_the_active_plans_cheapest_first(self, model: PlanCatalogModel) -> None:
        model.billing.plans.seed(CAUSE)
        model.billing.plans.change_plan("enterprise", {"is_active": False}, CAUSE)
        model.project()
        plans = model.pricing()["data"]
        assert [plan["slug"] for plan in plans] == ["free", "pro-monthly", "pro-yearly"]
        assert plans[0] == {
            "slug": "free",
            "name": "Free",
            "family": None,
            "price_cents": 0,
            "currency": "USD",
            "interval": "month",
            "monthly_conversations": 50,
            "monthly_messages": None,
            "max_tokens_per_response": None,
            "features": {"remove_branding": False},
            "limits": {"agents": 1, "members": 1, "integrations": 1},
            "per_unit": None,
            "trial_days": None,
            "trial_requires_card": True,
            "prices": {},
            "contact_us": False,
            "while_paused": "default_plan",
            "is_default": True,
        }

    def test_prices_are_shown_in_the_currency_that_is_asked_for(
        self, model: PlanCatalogModel
    ) -> None:
        model.billing.plans.seed(CAUSE)
        model.billing.plans.change_plan("pro-monthly", {"prices": {"EUR": 4500}}, CAUSE)
        model.project()
        plans = {each["slug"]: each for each in model.pricing(currency="EUR")["data"]}
        pro, yearly = plans["pro-monthly"], plans["pro-yearly"]
        assert (pro["price_cents"], pro["currency"]) == (4500, "EUR")
        assert pro["prices"] == {"USD": 4900}
        assert yearly["currency"] == "USD"
        assert {each["currency"] for each in model.pricing()["data"]} == {"USD"}

    def test_what_has_to_be_asked_for_comes_last_and_without_a_price(
        self, model: PlanCatalogModel
    ) -> None:
        model.billing.plans.seed(CAUSE)
        model.billing.plans.change_plan("pro-yearly", {"contact_us": True}, CAUSE)
        model.project()
        shown = model.pricing()
        last = shown["data"][-1]
        assert (last["slug"], last["price_cents"], last["contact_us"]) == ("pro-yearly", None, True)
        (family,) = shown["families"]
        assert family["yearly_saving_cents"] is None
        first = model.pricing(limit=len(shown["data"]) - 1)
        assert model.pricing(cursor=first["next"])["data"] == [last]
        model.billing.plans.change_plan("pro-yearly", {"contact_us": False}, CAUSE)
        model.project()
        assert model.pricing()["data"][-1]["price_cents"] == 49_000

    def test_a_family_pairs_its_variants_with_the_yearly_saving(
        self, model: PlanCatalogModel
    ) -> None:
        model.billing.plans.seed(CAUSE)
        model.project()
        (family,) = model.pricing()["families"]
        assert (family["family"], family["currency"]) == ("pro", "USD")
        assert family["monthly"]["slug"] == "pro-monthly"
        assert family["yearly"]["slug"] == "pro-yearly"
        assert family["yearly_saving_cents"] == 12 * 4_900 - 49_000
        assert family["yearly_saving_percent"] == 16.67

    def test_a_variant_alone_or_in_another_currency_saves_nothing(
        self, model: PlanCatalogModel
    ) -> None:
        model.billing.plans.create_plan(PRO, CAUSE)
        euros = replace(YEARLY, price=Price(490_00, "EUR", "year"))
        model.billing.plans.create_plan(euros, CAUSE)
        model.project()
        families = model.pricing()["families"]
        assert [family["currency"] for family in families] == ["EUR", "USD"]
        assert {family["yearly_saving_cents"] for family in families} == {None}

    def test_pages_follow_one_another_and_each_has_all_families(
        self, model: PlanCatalogModel
    ) -> None:
        model.billing.plans.seed(CAUSE)
        model.project()
        seen, cursor = [], ""
        while True:
            page = model.pricing(limit=1, cursor=cursor)
            seen += [plan["slug"] for plan in page["data"]]
            assert len(page["families"]) == 1
            if page["next"] is None:
                break
            cursor = page["next"]
        assert seen == ["enterprise", "free", "pro-monthly", "pro-yearly"]

    @pytest.mark.parametrize(
        "parameters",
        [{"limit": 0}, {"limit": 501}, {"cursor": "x"}, {"cursor": "1"}, {"after": "billing"}],
    )
    def test_a_wrong_parameter_is_refused(
        self, model: PlanCatalogModel, parameters: dict[str, Any]
    ) -> None:
        answer = model.client.get(PRICING, params=parameters)
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "validation_failed"


class TestAdminCatalogue:
    @pytest.mark.parametrize(
        ("headers", "status"), [({}, 401), (MEMBER, 403), (bearer("service"), 403), (ADMIN, 200)]
    )
    def test_only_super_admins_see_it(
        self, model: PlanCatalogModel, headers: dict[str, str], status: int
    ) -> None:
        assert model.client.get(ALL, headers=headers).status_code == status

    def test_subscribers_and_grandfathered_ones_are_counted(self, model: PlanCatalogModel) -> None:
        model.billing.plans.create_plan(PRO, CAUSE)
        model.billing.plans.change_plan(PRO.slug, {"price_cents": 59_00}, CAUSE)
        for workspace in ("a", "b", "c"):
            model.subscribe(workspace, PRO.slug, 49_00)
        model.subscribe("c", PRO.slug, 59_00)
        model.subscribe("d", PRO.slug, 49_00, "past_due")
        model.subscribe("e", PRO.slug, 49_00, "cancelled")
        model.project()
        plan = model.admin()[PRO.slug]
        assert (plan["subscribers"], plan["grandfathered"]) == (4, 3)

    def test_the_sync_state_of_each_gateway_has_its_reason(self, model: PlanCatalogModel) -> None:
        billing = model.billing
        billing.drivers["paypal"].break_next("refused", 1)
        billing.plans.create_plan(PRO, CAUSE)
        billing.plans.seed(CAUSE)
        model.project()
        sync = model.admin()[PRO.slug]["sync"]
        assert {gateway: each["state"] for gateway, each in sync.items()} == {
            "stripe": "synced",
            "paypal": "failed",
            "razorpay": "synced",
        }
        assert sync["paypal"]["reason"].startswith("gateway_unavailable: ")
        assert sync["stripe"]["price_ref"] == billing.plans.price_ref(PRO.slug, "stripe", CAUSE)

    def test_every_state_is_that_of_the_write_side(self, model: PlanCatalogModel) -> None:
        billing = model.billing
        billing.plans.seed(CAUSE)
        billing.plans.create_plan(replace(PRO, slug="gift"), CAUSE)
        billing.plans.change_plan("gift", {"price_cents": 0, "name": "Gift"}, CAUSE)
        billing.plans.change_plan("gift", {"name": "Present"}, CAUSE)
        billing.drivers["stripe"].break_next("refused", 2)
        billing.plans.change_plan("pro-monthly", {"price_cents": 59_00}, CAUSE)
        billing.plans.change_plan("pro-yearly", {"price_cents": 0}, CAUSE)
        billing.drivers["stripe"].break_next("refused", 0)
        billing.plans.change_plan("free", {"features": {"sso": True}, "limits": {"x": 1}}, CAUSE)
        billing.plans.change_plan("enterprise", {"is_default": True}, CAUSE)
        model.project()
        shown = model.admin()
        assert set(shown) == set(billing.plans.slugs())
        for slug, plan in shown.items():
            truth = billing.plans.get(slug)
            states = {gateway: each["state"] for gateway, each in plan["sync"].items()}
            assert (slug, states) == (slug, billing.states(slug))
            assert (plan["name"], plan["is_active"], plan["is_default"]) == (
                truth.name,
                truth.is_active,
                truth.is_default,
            )
            assert (plan["features"], plan["limits"]) == (truth.terms.features, truth.terms.limits)
            assert Price(plan["price_cents"], plan["currency"], plan["interval"]) == truth.price

    def test_pages_follow_one_another(self, model: PlanCatalogModel) -> None:
        model.billing.plans.seed(CAUSE)
        model.project()
        first = model.client.get(ALL, params={"limit": 3}, headers=ADMIN).json()
        assert [plan["slug"] for plan in first["data"]] == ["enterprise", "free", "pro-monthly"]
        assert set(model.admin(limit=3, cursor=first["next"])) == {"pro-yearly"}


class TestRebuild:
    @pytest.mark.parametrize("batch", [1, 3])
    def test_any_size_of_batches_gives_the_same_rows(
        self, model: PlanCatalogModel, batch: int
    ) -> None:
        model.billing.plans.seed(CAUSE)
        model.billing.plans.change_plan("pro-monthly", {"price_cents": 0, "name": "X"}, CAUSE)
        for cents, workspace in ((49_00, "a"), (59_00, "b"), (59_00, "a")):
            model.subscribe(workspace, "pro-monthly", cents)
        model.project()
        whole = model.rows()
        model.project(batch)
        assert model.rows() == whole
        assert '"workspace_id": "b"' in whole


class TestReadYourWrites:
    def test_without_a_token_nobody_waits_and_nothing_stale_is_shown(
        self, model: PlanCatalogModel
    ) -> None:
        model.billing.plans.create_plan(PRO, CAUSE)
        head = model.billing.store.head()
        for position, status in ((head, 504), (head + 1, 409)):
            answer = model.client.get(PRICING, params={"after": f"billing:{position}"})
            assert answer.status_code == status, answer.text

    def test_after_a_command_its_effect_is_shown(self, model: PlanCatalogModel) -> None:
        store = model.billing.store
        wakeup = Wakeup({model.billing.database.url: [store.channel]})
        feed = EventStoreFeed({"billing": Publisher(store, publish)}, wakeup)
        follower = Follower(READ_MODEL.consumer(), feed, model.side.positions)
        wakeup.start()
        follower.start()
        try:
            for name in ("One", "Two", "Three"):
                if name == "One":
                    model.billing.plans.create_plan(replace(PRO, name=name), CAUSE)
                else:
                    model.billing.plans.change_plan(PRO.slug, {"name": name}, CAUSE)
                (plan,) = model.pricing(ADMIN, after=f"billing:{store.head()}")["data"]
                assert plan["name"] == name
        finally:
            follower.stop()
            follower.join(5)
            wakeup.stop()
