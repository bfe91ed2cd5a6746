"""The pages in every language that they are shipped in."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from pages.language import SHIPPED, Language, preferred
from tools.messages import LOCALES, kept, problems

PLACEHOLDER = re.compile(r"%\(\w+\)s")


class TestCatalogues:
    def test_every_language_but_english_has_one(self) -> None:
        assert set(LOCALES) == set(SHIPPED) - {"en"}

    @pytest.mark.parametrize("locale", LOCALES)
    def test_everything_is_translated_and_in_use(self, locale: str) -> None:
        assert problems(locale) == [], "run `python -m tools.messages`, then translate"

    @pytest.mark.parametrize("locale", LOCALES)
    def test_what_is_filled_in_stands_in_the_translation_too(self, locale: str) -> None:
        for message in kept(locale):
            if message.id:
                asked = set(PLACEHOLDER.findall(str(message.id)))
                assert set(PLACEHOLDER.findall(str(message.string))) == asked, message.id


class TestALanguage:
    def test_writes_money_numbers_and_days_as_its_readers_do(self) -> None:
        german, english = (Language(code) for code in ("de", "en"))
        assert german.money(123_456, "EUR") == "1.234,56\N{NO-BREAK SPACE}€"
        assert english.money(123_456, "USD") == "$1,234.56"
        assert english.money(500, "JPY") == "¥500"
        assert german.day(NOW) == "22.11.2026"
        assert english.day(NOW) == "Nov 22, 2026"

    def test_has_singular_and_plural(self) -> None:
        texts = Language("de").texts
        asked = ("%(num)s event", "%(num)s events")
        assert texts.ngettext(*asked, 1) == "%(num)s Ereignis"
        assert texts.ngettext(*asked, 2) == "%(num)s Ereignisse"

    @pytest.mark.parametrize(
        ("accepted", "chosen"),
        [
            ("", "en"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("fr,en;q=0.5,de;q=0.7", "de"),
            ("fr", "en"),
            ("de;q=nonsense, en", "en"),
        ],
    )
    def test_is_the_one_that_the_browser_likes_best(self, accepted: str, chosen: str) -> None:
        assert preferred(accepted) == chosen


NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
