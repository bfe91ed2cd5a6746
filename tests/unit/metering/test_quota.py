"""The arithmetic of quotas, and the months that usage falls into."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.cause import Cause
from kernel.errors import ValidationFailed
from services.metering.application.months import month_from, month_of, number_in, number_of
from services.metering.application.reported import instant_of
from services.metering.domain.quota import (
    Plan,
    Usage,
    allows_one_more,
    percents_reached,
    remaining,
    threshold,
)

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CAUSE = Cause("service:host", "req_1", "request:req_1")


class TestAllowance:
    def test_zero_and_null_are_unlimited(self) -> None:
        plan = Plan("free", 0, None, None, remove_branding=False)
        assert plan.limit_of("conversation") is None
        assert plan.limit_of("message") is None
        assert allows_one_more(None, Usage(used=10**9))
        assert remaining(None, Usage(used=10**9)) is None

    def test_held_units_take_from_what_remains(self) -> None:
        assert remaining(10, Usage(used=7, held=2)) == 1
        assert allows_one_more(10, Usage(used=7, held=2))
        assert not allows_one_more(10, Usage(used=7, held=3))

    def test_nothing_remains_when_the_limit_was_lowered_below_what_is_used(self) -> None:
        assert remaining(5, Usage(used=9)) == 0
        assert not allows_one_more(5, Usage(used=9))

    def test_tokens_default_to_800(self) -> None:
        assert Plan("a", 0, None, None, remove_branding=False).max_tokens == 800
        assert Plan("a", 0, None, 100, remove_branding=False).max_tokens == 100


class TestThresholds:
    @pytest.mark.parametrize(("limit", "eighty"), [(1, 1), (2, 2), (5, 4), (10, 8), (99, 80)])
    def test_eighty_percent_is_the_first_unit_at_or_above_it(self, limit: int, eighty: int) -> None:
        assert threshold(limit, 80) == eighty

    @given(limit=st.integers(1, 10**9), used=st.integers(0, 10**9))
    def test_percents_are_reached_exactly_when_the_share_is(self, limit: int, used: int) -> None:
        assert (80 in percents_reached(limit, used)) == (used * 100 >= limit * 80)
        assert (100 in percents_reached(limit, used)) == (used >= limit)

    def test_an_unlimited_quota_has_none(self) -> None:
        assert percents_reached(None, 10**9) == []


class TestMoments:
    def test_five_minutes_ahead_is_the_most(self) -> None:
        assert instant_of(NOW + timedelta(minutes=5), NOW)
        with pytest.raises(ValidationFailed, match="future"):
            instant_of(NOW + timedelta(minutes=5, microseconds=1), NOW)

    def test_now_is_the_default(self) -> None:
        assert instant_of(None, NOW) == NOW

    @pytest.mark.parametrize(
        ("text", "month"),
        [
            ("2026-11-30T23:59:59.999Z", "2026-11"),
            ("2026-12-01T00:00:00Z", "2026-12"),
            ("2026-12-01T00:30:00+01:00", "2026-11"),
            ("2024-02-29T23:59:59-05:00", "2024-03"),
            ("2023-12-31T23:59:59.999999Z", "2023-12"),
        ],
    )
    def test_the_month_is_that_of_utc(self, text: str, month: str) -> None:
        instant = instant_of(datetime.fromisoformat(text), datetime(2027, 1, 1, tzinfo=UTC))
        assert month_of(instant) == (int(month.replace("-", "")), month)

    @pytest.mark.parametrize("text", ["0001-01", "2026-11", "2026-12", "9999-12"])
    def test_a_months_number_and_text_lead_to_each_other(self, text: str) -> None:
        month = month_from(number_in(text))
        assert (str(month), number_of(month)) == (text, number_in(text))

    @pytest.mark.parametrize("text", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
    def test_what_has_no_time_in_utc_is_refused(self, text: str) -> None:
        with pytest.raises(ValidationFailed):
            instant_of(datetime.fromisoformat(text), NOW)
