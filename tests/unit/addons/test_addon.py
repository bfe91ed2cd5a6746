"""Decisions about one entry of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kernel.errors import ValidationFailed
from services.addons.application.catalogue import SEEDED
from services.addons.domain.addon import Addon
from services.addons.domain.events import AddonChanged, AddonCreated
from tests.support.aggregates import AT, fact, given


class TestCreateAddon:
    def test_records_the_whole_entry(self) -> None:
        [event] = Addon.create(SEEDED, AT).collect_events()
        assert isinstance(event, AddonCreated)
        assert event.entry == SEEDED

    def test_a_slug_of_64_characters_and_8_features_of_200_are_accepted(self) -> None:
        entry = replace(SEEDED, slug="a" * 64, features=["x" * 200] * 8)
        assert Addon.create(entry, AT).entry == entry

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
        with pytest.raises(ValidationFailed):
            Addon.create(replace(SEEDED, **changed), AT)


class TestChangeAddon:
    def test_records_the_whole_entry_as_it_is_now(self) -> None:
        given(Addon.create(SEEDED, AT)).when(
            lambda addon: addon.change({"price_cents": 1_000, "is_active": True}, AT)
        ).then(fact(AddonChanged, entry=replace(SEEDED, price_cents=1_000, is_active=True)))

    def test_what_changes_nothing_records_nothing(self) -> None:
        given(Addon.create(SEEDED, AT)).when(
            lambda addon: addon.change({"name": SEEDED.name}, AT)
        ).then_nothing()

    def test_what_exceeds_the_limits_is_refused(self) -> None:
        given(Addon.create(SEEDED, AT)).when(
            lambda addon: addon.change({"features": ["x"] * 9}, AT)
        ).then_refused(ValidationFailed)
