"""What the read models of money show at the end of any life is what the gateway's books say."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction

import pytest

from projections.invoices.http import router as invoices_router
from projections.invoices.projector import READ_MODEL as INVOICES
from projections.revenue.http import router as revenue_router
from projections.revenue.projector import READ_MODEL as REVENUE
from projections.subscriptions.http import router as subscriptions_router
from projections.subscriptions.projector import READ_MODEL as SUBSCRIPTIONS
from tests.support.billing_service import BillingService, billing_service
from tests.support.gateway_driver import Books
from tests.support.gateway_drivers import KEEPING_BOOKS, open_money_driver
from tests.support.money_story import MoneyStory
from tests.support.read_models import ReadModels, read_models

STEPS = 40
LIVES = [
    pytest.param(driver, seed, marks=[pytest.mark.slow] if seed > 1 or driver != "stripe" else [])
    for driver in KEEPING_BOOKS
    for seed in (1, 2, 3)
]


@pytest.fixture
def model(read_url: str) -> Iterator[ReadModels]:
    routers = (invoices_router, subscriptions_router, revenue_router)
    with read_models(read_url, [INVOICES, SUBSCRIPTIONS, REVENUE], *routers) as opened:
        yield opened


def worth(billing: BillingService) -> int:
    """A month of the subscription that counts, rounded to the nearest cent."""
    live = billing.account.live
    if live is None or live.gateway is None or live.paused is not None:
        return 0
    if live.status not in ("active", "grace", "past_due"):
        return 0
    months = live.interval_count * (12 if live.price.interval == "year" else 1)
    return int(Fraction(live.charged_cents, months) + Fraction(1, 2))


class TestReadModelsAndBooks:
    @pytest.mark.parametrize(("driver_id", "seed"), LIVES)
    def test_agree_after_any_life_and_one_reconcile(
        self, billing_url: str, model: ReadModels, driver_id: str, seed: int
    ) -> None:
        with ExitStack() as stack:
            driver = stack.enter_context(open_money_driver(driver_id))
            drivers = {driver.gateway.name: driver}
            billing = stack.enter_context(billing_service(billing_url, drivers))
            told = MoneyStory(billing, driver, random.Random(seed))
            told.live(STEPS)
            billing.reconcile()
            model.now = driver.now()
            model.apply(billing.published(), batch=50)
            self.check_invoices(model, told)
            self.check_revenue(model, told, worth(billing))

    def check_invoices(self, model: ReadModels, told: MoneyStory) -> None:
        shown: dict[str, Books] = defaultdict(lambda: Books(paid=0, refunded=0, disputed=0))
        for row in model.pages("invoices", 20):
            before = shown[row["subscription_ref"]]
            shown[row["subscription_ref"]] = Books(
                paid=before.paid + row["paid_cents"],
                refunded=before.refunded + row["refunded_cents"],
                disputed=before.disputed + row["disputed_cents"],
            )
        for ref, books in told.theirs().items():
            assert shown[ref] == books

    def check_revenue(self, model: ReadModels, told: MoneyStory, worth: int) -> None:
        rows = model.pages("revenue", 20)
        refs = {row["subscription_ref"] for row in model.pages("invoices", 20)}
        books = [told.driver.books(ref) for ref in refs]
        kept = sum(each.paid - each.refunded - each.disputed for each in books)
        assert sum(row["net_cents"] for row in rows) == kept
        latest = [row for row in rows if row["month"] == rows[0]["month"]]
        assert sum(row["mrr_cents"] for row in latest) == worth
