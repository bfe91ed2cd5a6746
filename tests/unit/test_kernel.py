"""Months, money, ids: the pure words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import as_utc, rfc3339
from kernel.ids import is_slug, is_workspace_id, new_id
from kernel.money import Money, exponent
from kernel.month import Month

MOMENTS = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


class TestMonth:
    @given(MOMENTS)
    def test_a_moment_lies_in_exactly_its_month(self, instant: datetime) -> None:
        month = Month.of(instant)
        assert month.start <= instant < month.end
        assert Month.parse(str(month)) == month
        assert month.next.previous == month == month.previous.next

    def test_the_last_millisecond_of_the_year_is_still_december(self) -> None:
        assert str(Month.of(datetime(2026, 12, 31, 23, 59, 59, 999000, tzinfo=UTC))) == "2026-12"
        assert str(Month.of(datetime(2027, 1, 1, tzinfo=UTC))) == "2027-01"

    def test_another_zone_is_converted_first(self) -> None:
        east = timezone(timedelta(hours=14))
        assert str(Month.of(datetime(2026, 12, 1, 13, 59, tzinfo=east))) == "2026-11"

    def test_february_of_a_leap_year_has_its_29th(self) -> None:
        february = Month.parse("2028-02")
        assert (february.end - february.start).days == 29

    @pytest.mark.parametrize(
        "text", ["2026-13", "2026-00", "26-11", "2026-1", "2026/11", "", "0000-01"]
    )
    def test_what_is_no_month_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="not a month"):
            Month.parse(text)


class TestMoney:
    @pytest.mark.parametrize(
        ("money", "text"),
        [
            (Money(4999, "USD"), "49.99 USD"),
            (Money(500, "JPY"), "500 JPY"),
            (Money(1500, "KWD"), "1.500 KWD"),
            (Money(12345, "HUF"), "123.45 HUF"),
        ],
    )
    def test_major_units_follow_iso_4217(self, money: Money, text: str) -> None:
        assert str(money) == text

    def test_a_gateway_may_count_other_places(self) -> None:
        assert str(Money(123, "HUF").decimal(places=0)) == "123"

    @pytest.mark.parametrize("currency", ["XXX", "usd", "ABC", ""])
    def test_what_can_not_be_charged_is_refused(self, currency: str) -> None:
        with pytest.raises(ValueError, match=r"currency|minor unit"):
            exponent(currency)


class TestIds:
    def test_new_ids_differ_and_say_what_they_are(self) -> None:
        assert len({new_id("chk") for _ in range(1000)}) == 1000
        assert new_id("chk").startswith("chk_")

    @pytest.mark.parametrize(
        ("text", "valid"),
        [
            ("pro-monthly", True),
            ("a", True),
            ("Pro", False),
            ("-a", False),
            ("a-", False),
            ("a" * 65, False),
        ],
    )
    def test_slugs(self, text: str, valid: bool) -> None:
        assert is_slug(text) is valid

    @pytest.mark.parametrize(
        ("text", "valid"), [("ws_1.A-b", True), ("", False), ("a/b", False), ("a" * 129, False)]
    )
    def test_workspace_ids(self, text: str, valid: bool) -> None:
        assert is_workspace_id(text) is valid


class TestClock:
    def test_a_time_without_a_zone_names_no_moment(self) -> None:
        with pytest.raises(ValueError, match="zone"):
            as_utc(datetime(2026, 1, 1))  # noqa: DTZ001

    def test_times_read_as_rfc_3339(self) -> None:
        assert rfc3339(datetime(2026, 11, 22, 10, tzinfo=UTC)) == "2026-11-22T10:00:00Z"
