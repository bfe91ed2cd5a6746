"""What becomes of those who began together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kernel.month import Month
from projections.revenue.cohorts import Change, Stage, developed

NOVEMBER, DECEMBER, FEBRUARY = Month(2026, 11), Month(2026, 12), Month(2027, 2)
months = st.integers(1, 12).map(lambda number: Month(2027, number))
changes = st.builds(Change, st.integers(-9, 9), st.integers(-(10**9), 10**9))


class TestACohort:
    def test_is_shown_in_every_month_up_to_the_present_one(self) -> None:
        moved = {NOVEMBER: Change(2, 9_800), Month(2027, 1): Change(-1, -4_900)}
        assert developed(moved, NOVEMBER, FEBRUARY) == [
            Stage("2026-11", 0, 2, 9_800),
            Stage("2026-12", 1, 2, 9_800),
            Stage("2027-01", 2, 1, 4_900),
            Stage("2027-02", 3, 1, 4_900),
        ]

    def test_of_a_gateway_that_is_ahead_goes_on_beyond_the_present(self) -> None:
        shown = developed({FEBRUARY: Change(1, 1)}, FEBRUARY, DECEMBER)
        assert shown == [Stage("2027-02", 0, 1, 1)]

    @given(st.dictionaries(months, changes, min_size=1), months)
    def test_each_month_differs_from_the_one_before_by_what_happened_in_it(
        self, moved: dict[Month, Change], present: Month
    ) -> None:
        shown = developed(moved, began := min(moved), max(present, began))
        before = Stage("", -1, 0, 0)
        for stage in shown:
            change = moved.get(Month.parse(stage.month), Change())
            assert stage.subscribers - before.subscribers == change.subscribers
            assert stage.mrr_cents - before.mrr_cents == change.mrr_cents
            assert stage.age == before.age + 1
            before = stage
        assert shown[-1].month == str(max(present, *moved))
