"""The plan catalogue over HTTP, on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.support.answers import code
from tests.support.catalogue import ADMIN, CAUSE, MEMBER, Catalogue, catalogue
from tests.support.postgres import fresh_database
from tests.support.tokens import bearer

PLANS = "/v1/billing/plans"
PRO = {
    "slug": "pro-monthly",
    "name": "Pro",
    "price_cents": 4900,
    "monthly_conversations": 2000,
    "features": {"remove_branding": True, "sso": "saml", "seats": 3},
    "limits": {"agents": 10, "members": None, "integrations": 0},
    "family": "pro",
}
SYNCED = {"state": "synced", "reason": None}
LOCAL_ONLY = {"state": "local_only", "reason": None}


@pytest.fixture
def billing(database_url: str, tmp_path: Path) -> Iterator[Catalogue]:
    with catalogue(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def client(billing: Catalogue) -> Iterator[TestClient]:
    with billing.client() as opened:
        yield opened


@pytest.fixture(scope="module")
def empty(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """For refusals only: nothing is ever stored in it."""
    directory = tmp_path_factory.mktemp("empty")
    with fresh_database(postgres_url) as url, catalogue(url, directory) as opened:
        yield opened


@pytest.fixture(scope="module")
def refusing(empty: Catalogue) -> Iterator[TestClient]:
    with empty.client() as opened:
        yield opened


def create(client: TestClient, **changed: Any) -> dict[str, Any]:
    answer = client.post(PLANS, json={**PRO, **changed}, headers=ADMIN)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def patch(client: TestClient, slug: str = "pro-monthly", **changed: Any) -> dict[str, Any]:
    answer = client.patch(f"{PLANS}/{slug}", json=changed, headers=ADMIN)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


class TestCreatePlan:
    def test_a_paid_plan_is_created_with_its_defaults_and_synced(self, client: TestClient) -> None:
        plan = create(client)
        assert plan == {
            **PRO,
            "currency": "USD",
            "interval": "month",
            "monthly_messages": None,
            "max_tokens_per_response": None,
            "is_active": True,
            "is_default": False,
            "past_due_days": None,
            "reminder_days": None,
            "quotas": {},
            "monthly_credits": {},
            "per_unit": None,
            "trial_days": None,
            "trial_requires_card": True,
            "prices": {},
            "contact_us": False,
            "while_paused": "default_plan",
            "sync": {"stripe": SYNCED, "paypal": SYNCED, "razorpay": SYNCED},
        }
        assert client.get(f"{PLANS}/pro-monthly", headers=MEMBER).json() == plan

    def test_the_answer_names_the_position_of_its_last_event(
        self, client: TestClient, billing: Catalogue
    ) -> None:
        answer = client.post(PLANS, json=PRO, headers=ADMIN)
        assert answer.headers["x-event-position"] == f"billing:{billing.store.head()}"

    def test_a_free_plan_never_meets_a_gateway(
        self, client: TestClient, billing: Catalogue
    ) -> None:
        plan = create(client, slug="gift", price_cents=0)
        assert plan["sync"] == dict.fromkeys(billing.drivers, LOCAL_ONLY)
        client.post(f"{PLANS}/gift/sync", headers=ADMIN)
        assert all(driver.effects("product") == 0 for driver in billing.drivers.values())

    def test_a_taken_slug_is_refused(self, client: TestClient) -> None:
        create(client)
        assert code(client.post(PLANS, json=PRO, headers=ADMIN)) == (409, "slug_taken")

    def test_the_same_key_gets_the_same_answer_and_one_plan(
        self, client: TestClient, billing: Catalogue
    ) -> None:
        headers = {**ADMIN, "idempotency-key": "create-pro"}
        first = client.post(PLANS, json=PRO, headers=headers)
        again = client.post(PLANS, json=PRO, headers=headers)
        assert (again.status_code, again.json()) == (201, first.json())
        assert billing.topics("pro-monthly").count("PlanCreated") == 1

    @pytest.mark.parametrize(
        "changed",
        [
            {"slug": "Pro"},
            {"slug": "a" * 65},
            {"name": " "},
            {"name": "Pro\x00"},
            {"price_cents": -1},
            {"price_cents": 49.5},
            {"price_cents": True},
            {"price_cents": None},
            {"currency": "usd"},
            {"currency": "ZZZ"},
            {"currency": "XAU"},
            {"interval": "week"},
            {"monthly_conversations": -1},
            {"monthly_messages": -1},
            {"max_tokens_per_response": 99},
            {"max_tokens_per_response": 8001},
            {"features": {"remove_branding": "yes"}},
            {"features": {"nested": {"a": 1}}},
            {"limits": {"agents": -1}},
            {"limits": {"agents": 1.5}},
            {"limits": {"messages": 10}},
            {"family": "Pro Family"},
            {"reminder_days": [5, 2]},
            {"reminder_days": [0]},
            {"colour": "blue"},
        ],
    )
    def test_bad_input_is_refused_and_stores_nothing(
        self, refusing: TestClient, empty: Catalogue, changed: dict[str, Any]
    ) -> None:
        answer = refusing.post(PLANS, json={**PRO, **changed}, headers=ADMIN)
        assert code(answer) == (422, "validation_failed")
        assert empty.store.head() == 0


class TestChangePlan:
    def test_any_subset_changes_and_the_rest_stays(self, client: TestClient) -> None:
        before = create(client, monthly_messages=500)
        changed = patch(client, name="Professional", monthly_messages=None, is_active=False)
        assert changed == {
            **before,
            "name": "Professional",
            "monthly_messages": None,
            "is_active": False,
        }

    def test_flags_and_limits_are_merged_by_key(self, client: TestClient) -> None:
        create(client)
        plan = patch(
            client,
            features={"remove_branding": False, "sso": None},
            limits={"agents": None, "members": 5},
        )
        assert plan["features"] == {"remove_branding": False, "seats": 3}
        assert plan["limits"] == {"agents": None, "members": 5, "integrations": 0}

    @pytest.mark.parametrize("quota", ["conversations", "messages"])
    def test_a_limit_named_like_a_monthly_quota_is_refused(
        self, client: TestClient, quota: str
    ) -> None:
        before = create(client)
        answer = client.patch(f"{PLANS}/pro-monthly", json={"limits": {quota: 1}}, headers=ADMIN)
        assert code(answer) == (422, "validation_failed")
        assert answer.json()["error"]["details"]["fields"][0]["field"] == "limits"
        assert f"monthly_{quota}" in answer.json()["error"]["message"]
        assert client.get(f"{PLANS}/pro-monthly", headers=ADMIN).json() == before

    def test_an_empty_change_changes_nothing(self, client: TestClient, billing: Catalogue) -> None:
        before, head = create(client), billing.store.head()
        assert patch(client) == before
        assert billing.store.head() == head

    def test_naming_the_slug_is_refused_even_with_the_same_value(self, client: TestClient) -> None:
        create(client)
        answer = client.patch(f"{PLANS}/pro-monthly", json={"slug": "pro-monthly"}, headers=ADMIN)
        assert code(answer) == (422, "validation_failed")
        assert "slug never changes" in answer.text

    @pytest.mark.parametrize("field", ["name", "price_cents", "features", "is_active", "interval"])
    def test_null_where_a_value_is_required_is_refused(
        self, refusing: TestClient, field: str
    ) -> None:
        answer = refusing.patch(f"{PLANS}/pro-monthly", json={field: None}, headers=ADMIN)
        assert code(answer) == (422, "validation_failed")

    def test_one_wrong_field_changes_nothing(self, client: TestClient, billing: Catalogue) -> None:
        before = create(client)
        answer = client.patch(
            f"{PLANS}/pro-monthly", json={"name": "New", "currency": "ZZZ"}, headers=ADMIN
        )
        assert code(answer) == (422, "validation_failed")
        assert client.get(f"{PLANS}/pro-monthly", headers=ADMIN).json() == before

    @pytest.mark.parametrize("slug", ["nothing", "No%20Slug", "%00", "a" * 300])
    def test_an_unknown_plan_is_not_found(self, refusing: TestClient, slug: str) -> None:
        path = f"{PLANS}/{slug}"
        not_found = (404, "plan_not_found")
        assert code(refusing.get(path, headers=ADMIN)) == not_found
        assert code(refusing.patch(path, json={"name": "x"}, headers=ADMIN)) == not_found
        assert code(refusing.post(f"{path}/sync", headers=ADMIN)) == not_found


class TestDefaultPlan:
    def test_making_another_plan_the_default_ends_the_former(
        self, client: TestClient, billing: Catalogue
    ) -> None:
        billing.plans.seed(CAUSE)
        create(client, slug="starter", price_cents=0)
        assert patch(client, "starter", is_default=True)["is_default"]
        assert not client.get(f"{PLANS}/free", headers=ADMIN).json()["is_default"]
        assert billing.plans.default_slug() == "starter"

    def test_a_plan_created_as_the_default_replaces_the_former(
        self, client: TestClient, billing: Catalogue
    ) -> None:
        billing.plans.seed(CAUSE)
        assert create(client, slug="starter", price_cents=0, is_default=True)["is_default"]
        defaults = [slug for slug in billing.plans.slugs() if billing.plans.get(slug).is_default]
        assert defaults == ["starter"] == [billing.plans.default_slug()]

    @pytest.mark.parametrize(
        "change", [{"is_active": False}, {"price_cents": 100}, {"is_default": False}]
    )
    def test_what_would_leave_no_free_active_default_is_refused(
        self, client: TestClient, billing: Catalogue, change: dict[str, Any]
    ) -> None:
        billing.plans.seed(CAUSE)
        answer = client.patch(f"{PLANS}/free", json=change, headers=ADMIN)
        assert code(answer) == (409, "default_plan_required")
        assert billing.plans.default_slug() == "free"

    def test_a_paid_plan_can_become_free_and_the_default_in_one_change(
        self, client: TestClient, billing: Catalogue
    ) -> None:
        billing.plans.seed(CAUSE)
        create(client, slug="gift", is_active=False)
        plan = patch(client, "gift", price_cents=0, is_active=True, is_default=True)
        assert plan["is_default"]
        assert plan["sync"] == dict.fromkeys(billing.drivers, LOCAL_ONLY)


class TestSeed:
    def test_the_catalogue_of_a_fresh_installation(self, billing: Catalogue) -> None:
        assert billing.plans.seed(CAUSE) == ["free", "pro-monthly", "pro-yearly", "enterprise"]
        free, yearly = billing.plans.get("free"), billing.plans.get("pro-yearly")
        assert (free.is_default, free.price.price_cents) == (True, 0)
        assert free.terms.monthly_conversations == 50
        assert free.terms.features == {"remove_branding": False}
        assert (yearly.price.price_cents, yearly.price.interval) == (49_000, "year")
        assert yearly.terms.family == billing.plans.get("pro-monthly").terms.family == "pro"
        assert billing.plans.get("enterprise").terms.monthly_conversations == 0

    def test_seeding_again_leaves_everything_as_it_is(self, billing: Catalogue) -> None:
        billing.plans.seed(CAUSE)
        billing.plans.change_plan("free", {"monthly_conversations": 70}, CAUSE)
        head = billing.store.head()
        assert billing.plans.seed(CAUSE) == []
        assert billing.store.head() == head


class TestAccess:
    @pytest.mark.parametrize("method", ["POST", "PATCH", "SYNC"])
    @pytest.mark.parametrize(
        ("headers", "refusal"),
        [
            ({}, (401, "unauthenticated")),
            (bearer(acme="owner"), (403, "forbidden")),
            (bearer("auditor"), (403, "forbidden")),
            (bearer("service"), (403, "forbidden")),
        ],
    )
    def test_only_super_admins_change_the_catalogue(
        self,
        refusing: TestClient,
        method: str,
        headers: dict[str, str],
        refusal: tuple[int, str],
    ) -> None:
        if method == "POST":
            answer = refusing.post(PLANS, json=PRO, headers=headers)
        elif method == "PATCH":
            answer = refusing.patch(f"{PLANS}/x", json={"name": "x"}, headers=headers)
        else:
            answer = refusing.post(f"{PLANS}/x/sync", headers=headers)
        assert code(answer) == refusal

    @pytest.mark.parametrize("path", ["plans/pro-monthly", "gateways"])
    def test_reading_takes_any_token(self, client: TestClient, path: str) -> None:
        create(client)
        assert client.get(f"/v1/billing/{path}", headers=MEMBER).status_code == 200
        assert code(client.get(f"/v1/billing/{path}")) == (401, "unauthenticated")


class TestGateways:
    def test_the_matrix_comes_from_the_adapters(self, client: TestClient) -> None:
        matrix = client.get("/v1/billing/gateways", headers=MEMBER).json()["gateways"]
        offers = {name: each.pop("offers") for name, each in matrix.items()}
        now = {"methods": [], "at": "now"}
        assert offers["stripe"]["pause"] == {"support": "native", "reason": "", **now}
        assert offers["paypal"]["quantity_change"]["support"] == "impossible"
        assert offers["paypal"]["quantity_change"]["reason"]
        assert set(matrix) == {"stripe", "paypal", "razorpay"}
        assert matrix["stripe"] == {
            "cancels": "period_end",
            "resume": True,
            "swap_in_place": True,
            "saved_method_charge": True,
            "portal": True,
            "archive_price": True,
            "proration_preview": True,
            "emulates_end": False,
        }
        assert (matrix["paypal"]["cancels"], matrix["paypal"]["resume"]) == ("immediately", False)
