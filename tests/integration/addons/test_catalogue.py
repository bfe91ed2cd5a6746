"""The add-on catalogue over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.addon_service import OWNER, ROOT, SETUP, AddonService
from tests.support.answers import code
from tests.support.tokens import bearer

CATALOG = "/v1/addons/catalog"


class TestCreateAddon:
    def test_an_entry_is_created_with_its_defaults(self, addons: AddonService) -> None:
        body = {"slug": "training", "name": "Training", "price_cents": 100}
        answer = addons.client.post(CATALOG, json=body, headers=ROOT)
        assert answer.status_code == 201
        assert answer.json() == {
            **body,
            "currency": "USD",
            "description": "",
            "features": [],
            "sort_order": 0,
            "is_active": True,
            "kind": "service",
            "grants": [],
        }

    def test_credits_say_what_they_grant(self, addons: AddonService) -> None:
        grants = [{"meter": "tokens", "amount": 1000, "expires_in_days": None}]
        body = {"slug": "pack", "name": "Pack", "price_cents": 100, "grants": grants}
        assert code(addons.client.post(CATALOG, json=body, headers=ROOT))[0] == 422
        made = addons.client.post(CATALOG, json={**body, "kind": "credits"}, headers=ROOT)
        assert (made.status_code, made.json()["grants"]) == (201, grants)
        more = [{**grants[0], "amount": 2000, "expires_in_days": 30}]
        changed = addons.client.patch(f"{CATALOG}/pack", json={"grants": more}, headers=ROOT)
        assert (changed.status_code, changed.json()["grants"]) == (200, more)
        assert addons.client.patch(f"{CATALOG}/pack", json={"grants": []}, headers=ROOT).is_error
        kind = addons.client.patch(f"{CATALOG}/pack", json={"kind": "service"}, headers=ROOT)
        assert kind.status_code == 422

    def test_a_taken_slug_is_refused(self, addons: AddonService) -> None:
        answer = addons.client.post(CATALOG, json=SETUP, headers=ROOT)
        assert code(answer) == (409, "slug_taken")

    @pytest.mark.parametrize(
        "changed",
        [
            {"slug": "a" * 65},
            {"slug": "No"},
            {"name": " "},
            {"name": "a\nb"},
            {"price_cents": 0},
            {"price_cents": 1.5},
            {"currency": "usd"},
            {"currency": "ZZZ"},
            {"features": ["x"] * 9},
            {"features": ["x" * 201]},
            {"features": [" "]},
            {"color": "red"},
        ],
    )
    def test_what_exceeds_the_limits_is_refused(
        self, addons: AddonService, changed: dict[str, Any]
    ) -> None:
        answer = addons.client.post(
            CATALOG, json={**SETUP, "slug": "other", **changed}, headers=ROOT
        )
        assert code(answer) == (422, "validation_failed")

    @pytest.mark.parametrize("headers", [OWNER, bearer("service"), bearer("auditor")])
    def test_is_for_the_platform(self, addons: AddonService, headers: dict[str, str]) -> None:
        answer = addons.client.post(CATALOG, json=SETUP, headers=headers)
        assert code(answer) == (403, "forbidden")


class TestChangeAddon:
    def test_only_what_is_given_changes(self, addons: AddonService) -> None:
        changed = {"name": "Set-up", "features": ["One"], "sort_order": 7, "is_active": False}
        answer = addons.client.patch(f"{CATALOG}/setup", json=changed, headers=ROOT)
        assert answer.json() == {**SETUP, **changed, "kind": "service", "grants": []}

    @pytest.mark.parametrize(
        "changed", [{"slug": "other"}, {"price_cents": -1}, {"name": None}, {"features": ["x"] * 9}]
    )
    def test_the_slug_and_what_exceeds_the_limits_are_refused(
        self, addons: AddonService, changed: dict[str, Any]
    ) -> None:
        answer = addons.client.patch(f"{CATALOG}/setup", json=changed, headers=ROOT)
        assert code(answer) == (422, "validation_failed")

    def test_an_unknown_one_is_not_found(self, addons: AddonService) -> None:
        answer = addons.client.patch(f"{CATALOG}/other", json={"name": "x"}, headers=ROOT)
        assert code(answer) == (404, "addon_not_found")


class TestList:
    def test_shows_all_by_slug_whether_on_sale_or_not(self, addons: AddonService) -> None:
        addons.parts.catalogue.seed()
        for slug in ("b", "a"):
            addons.client.post(
                CATALOG, json={"slug": slug, "name": slug, "price_cents": 100}, headers=ROOT
            )
        whole = addons.client.get(CATALOG, headers=ROOT).json()
        slugs = [entry["slug"] for entry in whole["data"]]
        assert (slugs, whole["next"]) == (["a", "b", "professional-ai-setup", "setup"], None)
        assert whole["data"][2]["is_active"] is False
        first = addons.client.get(CATALOG, params={"limit": 3}, headers=ROOT).json()
        rest = addons.client.get(CATALOG, params={"cursor": first["next"]}, headers=ROOT).json()
        assert first["data"] + rest["data"] == whole["data"]

    def test_is_for_the_platform(self, addons: AddonService) -> None:
        assert code(addons.client.get(CATALOG, headers=OWNER)) == (403, "forbidden")


class TestSeed:
    def test_the_professional_set_up_is_there_but_inactive(self, addons: AddonService) -> None:
        addons.parts.catalogue.seed()
        answer = addons.client.patch(f"{CATALOG}/professional-ai-setup", json={}, headers=ROOT)
        seeded = answer.json()
        assert (seeded["price_cents"], seeded["currency"]) == (49_900, "EUR")
        assert seeded["is_active"] is False

    def test_what_was_changed_since_stays(self, addons: AddonService) -> None:
        addons.parts.catalogue.seed()
        path = f"{CATALOG}/professional-ai-setup"
        addons.client.patch(path, json={"is_active": True}, headers=ROOT)
        addons.parts.catalogue.seed()
        assert addons.client.patch(path, json={}, headers=ROOT).json()["is_active"] is True
