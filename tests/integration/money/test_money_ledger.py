"""Published properties of the read models of money, over random histories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from projections.invoices.http import router as invoices_router
from projections.invoices.projector import READ_MODEL as INVOICES
from projections.revenue.http import router as revenue_router
from projections.revenue.projector import READ_MODEL as REVENUE
from projections.subscriptions.http import router as subscriptions_router
from projections.subscriptions.projector import READ_MODEL as SUBSCRIPTIONS
from tests.support.money_ledger import Ledger
from tests.support.read_models import ReadModels, read_models
from tests.support.rounds import rounds

MOVEMENTS = ("new", "expansion", "contraction", "churn", "reactivation")
EVENTS = 250
SEEDS = [1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 3 + rounds(27)))]


@pytest.fixture
def model(read_url: str) -> Iterator[ReadModels]:
    routers = (invoices_router, subscriptions_router, revenue_router)
    with read_models(read_url, [INVOICES, SUBSCRIPTIONS, REVENUE], *routers) as opened:
        yield opened


def lived(model: ReadModels, seed: int) -> Ledger:
    ledger = Ledger(seed)
    for _ in range(EVENTS):
        at, happened = ledger.step()
        model.history.add(happened, at=at)
    model.apply(model.history.events, ledger.chance.randint(1, 60))
    model.now = ledger.now
    return ledger


@pytest.mark.parametrize("seed", SEEDS)
class TestMoney:
    def test_adds_up_to_an_independent_ledger(self, model: ReadModels, seed: int) -> None:
        ledger = lived(model, seed)
        rows = model.pages("revenue", 7)
        assert len({(row["month"], row["currency"]) for row in rows}) == len(rows)
        for row in rows:
            moved = sum(row[f"{kind}_cents"] for kind in MOVEMENTS)
            assert row["mrr_start_cents"] + moved == row["mrr_cents"]
            assert row["net_cents"] == ledger.net[row["month"], row["currency"]]
            if (known := ledger.at_the_end_of.get(row["month"])) is not None:
                assert row["mrr_cents"] == known[row["currency"]]
        invoices, net = model.pages("invoices", 40), Counter[str]()
        for each in invoices:
            net[each["currency"]] += (
                each["paid_cents"] - each["refunded_cents"] - each["disputed_cents"]
            )
        for currency, cents in net.items():
            of_months = sum(row["net_cents"] for row in rows if row["currency"] == currency)
            assert cents == of_months

    def test_each_movement_follows_the_one_before(self, model: ReadModels, seed: int) -> None:
        lived(model, seed)
        events = {each.id for each in model.history.events}
        last: dict[str, tuple[str, int]] = {}
        for row in reversed(model.pages("revenue/movements", 30)):
            event, after = last.get(row["workspace_id"], (None, 0))
            assert row["event"] in events
            assert row["follows"] in (event, None) or row["event"] == event
            assert row["before_cents"] in (after, 0)
            last[row["workspace_id"]] = (row["event"], row["after_cents"])

    def test_is_the_same_after_any_rebuild(self, model: ReadModels, seed: int) -> None:
        ledger = lived(model, seed)
        live = model.rows()
        assert model.rebuilt(1) == live
        assert model.rebuilt(ledger.chance.randint(2, EVENTS), doubled=True) == live

    def test_that_is_heard_of_in_another_order_adds_up_all_the_same(
        self, model: ReadModels, seed: int
    ) -> None:
        """Times of events don't grow with their positions: totals hold, months may differ."""
        ledger = Ledger(seed)
        for _ in range(EVENTS):
            at, happened = ledger.step()
            late = timedelta(days=ledger.chance.choice([0, 0, 40]))
            model.history.add(happened, at=at - late)
        model.apply(model.history.events)
        model.now = ledger.now
        shown: Counter[str] = Counter()
        for row in model.pages("revenue", 50):
            assert row["mrr_cents"] >= 0
            assert row["subscribers"] >= 0
            shown[row["currency"]] += sum(row[f"{kind}_cents"] for kind in MOVEMENTS)
        assert +shown == +ledger.at_the_end_of[ledger.month]
