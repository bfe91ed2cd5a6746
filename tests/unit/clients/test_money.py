"""Amounts of money as a client counts them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from iso4217 import Currency

from kernel import money
from workspace_billing import Money
from workspace_billing.money import exponent


class TestMoney:
    @pytest.mark.parametrize(
        ("amount", "currency", "cents"),
        [("49.9", "USD", 4990), ("4900", "JPY", 4900), (1, "KWD", 1000), ("-0.01", "EUR", -1)],
    )
    def test_has_as_many_places_as_its_currency(
        self, amount: str | int, currency: str, cents: int
    ) -> None:
        assert Money(amount, currency).cents == cents
        assert Money.of_cents(cents, currency) == Money(amount, currency)

    def test_is_shown_with_all_its_places(self) -> None:
        assert str(Money("49.9", "USD")) == "49.90 USD"
        assert str(Money("4900", "JPY")) == "4900 JPY"

    @pytest.mark.parametrize("amount", ["4900.5", "1e", "", "NaN", "Infinity"])
    def test_what_is_no_amount_of_it_is_refused(self, amount: str) -> None:
        with pytest.raises(ValueError, match=r"places|amount"):
            Money(amount, "JPY")

    @pytest.mark.parametrize("amount", [0.1, True])
    def test_a_float_is_refused(self, amount: Any) -> None:
        with pytest.raises(TypeError):
            Money(amount, "USD")

    def test_places_are_those_of_the_system(self) -> None:
        for currency in Currency:
            if currency.exponent is not None:
                assert exponent(currency.code) == money.exponent(currency.code)

    def test_large_amounts_stay_exact(self) -> None:
        assert Money.of_cents(10**18 + 1, "USD").amount == Decimal("10000000000000000.01")
