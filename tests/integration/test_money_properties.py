"""Published properties of money: whatever happens at the gateway and whatever the network loses,
doubles and reorders, one reconcile later the gateway's books and ours agree to the cent."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from services.billing.domain.account.schedule import is_unsettled
from tests.support.billing_service import billing_service
from tests.support.gateway_drivers import KEEPING_BOOKS, open_money_driver
from tests.support.money_story import MoneyStory

STEPS, LIVES = 10_000, 100
MANY = range(4, 40)


@contextmanager
def story(billing_url: str, driver_id: str, seed: int) -> Iterator[MoneyStory]:
    with ExitStack() as stack:
        driver = stack.enter_context(open_money_driver(driver_id))
        drivers = {driver.gateway.name: driver}
        billing = stack.enter_context(billing_service(billing_url, drivers))
        yield MoneyStory(billing, driver, random.Random(seed))


def check(told: MoneyStory) -> None:
    billing = told.billing
    billing.reconcile()
    assert told.ours() == told.theirs()
    assert len(billing.charging()) <= 1
    account = billing.billing.accounts.load("acme").account
    assert not is_unsettled(account)
    for books in told.ours().values():
        assert books.refunded <= books.paid
    head = billing.store.head()
    billing.reconcile()
    billing.deliver(times=2, backwards=True)
    assert billing.store.head() == head or not _money_events(told, head)


def _money_events(told: MoneyStory, after: int) -> list[str]:
    """Of invoices and of the subscription; webhooks are events too."""
    recorded = told.billing.store.read(after, 1_000)
    return [each.topic for each in recorded if not each.stream.startswith("webhook:")]


@pytest.mark.parametrize("driver_id", KEEPING_BOOKS)
@pytest.mark.slow
class TestBooks:
    @pytest.mark.parametrize(
        "seed",
        [
            1,
            *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3)),
            *(pytest.param(seed, marks=pytest.mark.soak) for seed in MANY),
        ],
    )
    def test_agree_after_any_life_and_one_reconcile(
        self, billing_url: str, driver_id: str, seed: int
    ) -> None:
        with story(billing_url, driver_id, seed) as told:
            told.live(40)
            check(told)

    @pytest.mark.soak
    @pytest.mark.timeout(3600)
    def test_agree_after_ten_thousand_steps(self, billing_url: str, driver_id: str) -> None:
        for seed in range(LIVES):
            with story(billing_url, driver_id, seed) as told:
                told.live(STEPS // LIVES)
                check(told)
