"""Who began to pay together, and what became of them: always what the months add up to."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import billing
from projections.revenue.http import router
from projections.revenue.projector import READ_MODEL
from tests.support.audit_history import subscription
from tests.support.read_models import SUPPORT, ReadModels, read_models

PATH = "revenue/cohorts"
NOVEMBER, DECEMBER = datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 10, tzinfo=UTC)
JANUARY = datetime(2027, 1, 10, tzinfo=UTC)
MONTHS = (NOVEMBER, DECEMBER, JANUARY)
moves = st.tuples(
    st.sampled_from(["acme", "beta", "gamma"]),
    st.sampled_from([0, 1_000, 4_900]),
    st.sampled_from(["USD", "EUR"]),
    st.sampled_from(["basic", "pro"]),
)
lives = st.lists(st.lists(moves, max_size=8), min_size=3, max_size=3)


@pytest.fixture(scope="module")
def opened(read_url: str) -> Iterator[ReadModels]:
    with read_models(read_url, [READ_MODEL], router) as opened:
        opened.now = JANUARY
        yield opened


@pytest.fixture
def model(opened: ReadModels) -> ReadModels:
    opened.clear()
    return opened


def worth(cents: int, workspace: str, plan: str = "pro", **facts: Any) -> Any:
    facts = {"price_cents": cents, "plan": plan, **facts}
    return billing.SubscriptionAmended(
        workspace_id=workspace, subscription=subscription(workspace, **facts)
    )


class TestCohorts:
    def test_stay_where_they_began_whatever_they_live_on_later(self, model: ReadModels) -> None:
        model.tell(worth(4900, "acme"), worth(4900, "beta"), worth(900, "c", "basic"), at=NOVEMBER)
        model.tell(worth(9900, "acme", "max"), worth(4900, "late"), at=DECEMBER)
        model.tell(worth(0, "beta", status="cancelled"), at=JANUARY)
        shown = model.pages(PATH, 1)
        assert [(each["cohort"], each["plan"], each["workspaces"]) for each in shown] == [
            ("2026-12", "pro", 1),
            ("2026-11", "basic", 1),
            ("2026-11", "pro", 2),
        ]
        assert shown[2]["started_cents"] == 9800
        stages = [(it["age"], it["subscribers"], it["mrr_cents"]) for it in shown[2]["months"]]
        assert stages == [(0, 2, 9800), (1, 2, 14800), (2, 1, 9900)]

    def test_one_that_left_and_came_back_is_of_the_cohort_that_it_began_in(
        self, model: ReadModels
    ) -> None:
        model.tell(worth(4900, "acme"), at=NOVEMBER)
        model.tell(worth(0, "acme", status="cancelled"), at=DECEMBER)
        model.tell(worth(900, "acme", "basic"), at=JANUARY)
        [cohort] = model.get(PATH)["data"]
        assert [it["subscribers"] for it in cohort["months"]] == [1, 0, 1]
        assert cohort["months"][-1]["mrr_cents"] == 900

    def test_each_figure_is_led_back_to_the_movements_that_made_it(self, model: ReadModels) -> None:
        model.tell(worth(4900, "acme"), worth(4900, "beta"), worth(900, "c", "basic"), at=NOVEMBER)
        model.tell(worth(9900, "acme", "max"), worth(4900, "late"), at=DECEMBER)
        model.tell(worth(0, "acme", status="cancelled"), at=JANUARY)
        asked = {"currency": "USD", "cohort": "2026-11", "cohort_plan": "pro", "until": "2026-12"}
        found = model.pages("revenue/movements", 1, **asked)
        assert [(each["workspace_id"], each["change_cents"]) for each in found] == [
            ("acme", 5000),
            ("beta", 4900),
            ("acme", 4900),
        ]

    def test_are_exported_month_by_month(self, model: ReadModels) -> None:
        model.tell(worth(4900, "acme"), worth(900, "c", "basic"), at=DECEMBER)
        rows = list(csv.DictReader(io.StringIO(model.csv(PATH, plan="pro"))))
        assert [(row["cohort"], row["month"], row["mrr_cents"]) for row in rows] == [
            ("2026-12", "2026-12", "4900"),
            ("2026-12", "2027-01", "4900"),
        ]

    def test_are_narrowed(self, model: ReadModels) -> None:
        model.tell(worth(4900, "acme"), at=NOVEMBER)
        model.tell(worth(4900, "beta", currency="EUR"), at=DECEMBER)
        queries: list[dict[str, Any]] = [{"currency": "EUR"}, {"since": "2026-12"}]
        for query in queries:
            assert [each["currency"] for each in model.get(PATH, **query)["data"]] == ["EUR"]
        assert model.get(PATH, until="2026-10") == {"data": [], "next": None}

    @pytest.mark.parametrize("query", [{"cursor": "2026-11:USD"}, {"plan": "Pro"}, {"since": "1"}])
    def test_a_wrong_question_is_refused(self, model: ReadModels, query: dict[str, str]) -> None:
        assert model.status(PATH, SUPPORT, **query) == 422

    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(lives)
    def test_add_up_to_the_revenue_of_each_month(
        self, opened: ReadModels, told: list[list[tuple[str, int, str, str]]]
    ) -> None:
        opened.clear()
        for month, moved in zip(MONTHS, told, strict=True):
            facts = [worth(cents, ws, plan, currency=money) for ws, cents, money, plan in moved]
            opened.tell(*facts, at=month)
        total: Counter[tuple[str, str, str]] = Counter()
        for cohort in opened.pages(PATH, 2):
            for stage in cohort["months"]:
                for figure in ("subscribers", "mrr_cents"):
                    total[stage["month"], cohort["currency"], figure] += stage[figure]
        months = opened.pages("revenue", 50)
        assert +total == +Counter(
            {
                (month["month"], month["currency"], figure): month[figure]
                for month in months
                for figure in ("subscribers", "mrr_cents")
            }
        )
