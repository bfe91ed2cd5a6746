"""Decisions about one entry of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kernel.errors import ValidationFailed
from services.addons.application.catalogue import SEEDED
from services.addons.domain.addon.change import decide_change
from services.addons.domain.addon.create import decide_create
from services.addons.domain.addon.events import AddonChanged, AddonCreated
from services.addons.domain.addon.state import ADDON
from services.addons.domain.errors import AddonSlugTaken
from tests.support.decider import AT, given

created = given(ADDON, AddonCreated(timestamp=AT, entry=SEEDED))


class TestCreateAddon:
    def test_records_the_whole_entry(self) -> None:
        given(ADDON).when(decide_create, SEEDED, AT).then(AddonCreated(timestamp=AT, entry=SEEDED))

    def test_a_slug_of_64_characters_and_8_features_of_200_are_accepted(self) -> None:
        entry = replace(SEEDED, slug="a" * 64, features=["x" * 200] * 8)
        given(ADDON).when(decide_create, entry, AT).then(AddonCreated(timestamp=AT, entry=entry))

    def test_a_slug_is_taken_once(self) -> None:
        created.when(decide_create, SEEDED, AT).then_refused(AddonSlugTaken)

    @pytest.mark.parametrize(
        "changed",
        [
            {"slug": "a" * 65},
            {"slug": "with space"},
            {"slug": ""},
            {"features": ["x"] * 9},
            {"features": ["x" * 201]},
            {"features": [""]},
            {"price_cents": 0},
            {"currency": "ZZZ"},
            {"currency": "XAU"},
        ],
    )
    def test_what_exceeds_the_limits_is_refused(self, changed: dict[str, Any]) -> None:
        given(ADDON).when(decide_create, replace(SEEDED, **changed), AT).then_refused(
            ValidationFailed
        )


class TestChangeAddon:
    def test_records_the_whole_entry_as_it_is_then(self) -> None:
        created.when(decide_change, {"price_cents": 1_000, "is_active": True}, AT).then(
            AddonChanged(timestamp=AT, entry=replace(SEEDED, price_cents=1_000, is_active=True))
        )

    def test_what_changes_nothing_records_nothing(self) -> None:
        created.when(decide_change, {"name": SEEDED.name}, AT).then_nothing()

    def test_what_exceeds_the_limits_is_refused(self) -> None:
        created.when(decide_change, {"features": ["x"] * 9}, AT).then_refused(ValidationFailed)
