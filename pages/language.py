"""The reader's language: texts, and how money, numbers and days are written in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from gettext import NullTranslations
from importlib.resources import files
from typing import Any
from unicodedata import normalize

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from iso4217 import Currency

SHIPPED = ("en", "de")
# Codes beside the countries: unions, outlying Oceania, pseudo-locales, unknown.
NO_COUNTRY = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
NOTHING = "\N{EN DASH}"


class Translated(NullTranslations):
    """A catalogue as it is kept in the tree; English is what stands in the templates."""

    def __init__(self, catalogue: Catalog) -> None:
        super().__init__()
        self._texts: dict[Any, Any] = {
            message.id if isinstance(message.id, str) else message.id[0]: message.string
            for message in catalogue
            if message.id
        }
        self._plural = catalogue.plural_expr

    def gettext(self, message: str) -> str:
        found = self._texts.get(message)
        return found if isinstance(found, str) and found else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        found = self._texts.get(msgid1)
        if not isinstance(found, tuple) or not all(found):
            return super().ngettext(msgid1, msgid2, n)
        return str(found[0 if n == 1 else 1])


@dataclass(frozen=True)
class Language:
    code: str

    @cached_property
    def locale(self) -> Locale:
        return Locale.parse(self.code)

    @cached_property
    def texts(self) -> NullTranslations:
        if self.code == "en":
            return NullTranslations()
        source = files("pages") / "locale" / f"{self.code}.po"
        with source.open("rb") as file:
            return Translated(read_po(file, locale=self.code))

    def money(self, cents: int | None, currency: str | None) -> str:
        if cents is None or not currency:
            return NOTHING
        places = Currency(currency).exponent or 0
        return str(format_currency(cents / 10**places, currency, locale=self.locale))

    def number(self, value: int | None) -> str:
        return "∞" if value is None else str(format_decimal(value, locale=self.locale))

    def percent(self, value: float) -> str:
        return str(format_percent(value / 100, locale=self.locale))

    def day(self, value: date | datetime | None) -> str:
        if value is None:
            return NOTHING
        return str(format_date(_in_utc(value), "medium", locale=self.locale))

    def moment(self, value: datetime | None) -> str:
        if value is None:
            return NOTHING
        return f"{format_datetime(_in_utc(value), 'medium', locale=self.locale)} UTC"

    @cached_property
    def countries(self) -> list[tuple[str, str]]:
        """Codes and names, by name."""
        names = self.locale.territories.items()
        found = [(code, name) for code, name in names if code.isalpha() and code not in NO_COUNTRY]
        return sorted(found, key=lambda each: normalize("NFKD", each[1]).casefold())


def _in_utc(value: date | datetime) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def preferred(accepted: str) -> str:
    """Of those that are shipped, the one that the browser's `Accept-Language` likes best."""
    preferred: list[tuple[float, str]] = []
    for part in accepted.split(",")[:20]:
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        preferred.append((-weight, name.split("-")[0].lower()))
    return next((name for _, name in sorted(preferred) if name in SHIPPED), SHIPPED[0])
