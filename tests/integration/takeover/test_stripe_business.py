"""A business with everything odd at Stripe comes here, and lives on."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from contracts.billing import PlanSubscribed
from gateways.port import Gateway, GatewayUnavailable, Subscriptions, SubscriptionSnapshot
from services.billing.application.cutover.survey import Assignments, Found
from services.billing.application.cutover.take_over import MOST_SILENT, Taken, TakeOver
from tests.support.billing_service import BillingService, billing_service
from tests.support.gateway_drivers import open_driver
from tests.support.stripe_business import STATES, STILL, StripeBusiness
from tests.support.stripe_driver import StripeDriver

CUSTOMERS = int(os.environ.get("BILLING_TEST_TAKEOVER", "2000"))


@dataclass
class Moving:
    """A business, and the billing that it comes to."""

    billing: BillingService
    business: StripeBusiness

    @property
    def given(self) -> Assignments:
        return Assignments(customers=self.business.customers, prices=self.business.assigned)

    @property
    def use_case(self) -> TakeOver:
        return replace(self.billing.billing.take_over, sleep=lambda _: None)

    def take_over(self, **options: object) -> tuple[Found, Taken]:
        return self.use_case(self.billing.gateway, self.given, **options)  # type: ignore[arg-type]

    @property
    def adopted(self) -> list[str]:
        rows = self.billing.database.rows("SELECT ref FROM cutover WHERE verdict = 'adopted'")
        return sorted(str(row["ref"]) for row in rows)

    @property
    def fitting(self) -> list[str]:
        expected = self.business.expected
        return sorted(ref for ref, verdict in expected.items() if verdict == "fits")

    def second_of_ended(self) -> list[str]:
        """Second subscriptions whose workspace's first has ended since: now they fit."""
        store = self.business.store
        seconds = [
            store.get(ref)
            for ref, verdict in self.business.expected.items()
            if verdict == "second_subscription"
        ]
        running = {
            each["customer"]
            for each in store.every("subscription", lambda each: each["status"] not in STILL)
            if self.business.expected[each["id"]] == "fits"
        }
        return [
            str(each["id"])
            for each in seconds
            if each["status"] not in STILL and each["customer"] not in running
        ]

    @property
    def subscribed(self) -> Counter[str]:
        return Counter(
            event.data.subscription.subscription_ref or ""
            for event in self.billing.published()
            if isinstance(event.data, PlanSubscribed)
        )

    def books(self) -> Counter[str]:
        """Of what was adopted: its customers are billed for other things, too."""
        books: Counter[str] = Counter()
        for row in self.billing.database.rows(
            "SELECT gateway, ref FROM invoices WHERE subscription = ANY(%s)", (self.adopted,)
        ):
            invoice = self.billing.billing.invoices.find(str(row["gateway"]), str(row["ref"]))
            assert invoice is not None
            books[f"total {invoice.currency}"] += invoice.total
            books[f"paid {invoice.currency}"] += invoice.paid
        return books


class Silent:
    """Lists what there is, and answers nothing else before it is heard again."""

    def __init__(self, inner: Subscriptions) -> None:
        self._inner = inner
        self.asked = 0
        self.heard = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def fetch(self, ref: str) -> SubscriptionSnapshot:
        self.asked += 1
        if self.heard:
            return self._inner.fetch(ref)
        raise GatewayUnavailable(gateway="stripe")


@pytest.fixture
def moving(billing_url: str) -> Iterator[Moving]:
    with open_driver("stripe") as opened:
        driver = cast(StripeDriver, opened)
        with billing_service(billing_url, {"stripe": driver}) as billing:
            business = StripeBusiness(driver)
            driver.double.requests.clear()
            yield Moving(billing, business)


class TestSurvey:
    def test_every_subscription_has_its_verdict_and_nothing_changes(self, moving: Moving) -> None:
        moving.business.grow(len(STATES))
        head = moving.billing.store.head()
        found = moving.use_case.survey(moving.billing.gateway, moving.given)
        assert {
            each.snapshot.ref: each.verdict for each in found.judged
        } == moving.business.expected
        assert moving.billing.store.head() == head
        assert {verb for verb, _, _ in moving.business.driver.double.requests} == {"GET"}

    def test_a_price_without_a_plan_is_proposed(self, moving: Moving) -> None:
        moving.business.sell("pro eur")
        moving.business.sell("pro")
        found = moving.use_case.survey(moving.billing.gateway, Assignments())
        assert found.matched == {moving.business.prices["pro"]: "pro"}
        assert [(each.slug, each.price.name, each.like) for each in found.proposals] == [
            ("pro-month", "Pro", ())
        ]


class TestTakeOver:
    def test_what_fits_is_adopted_once_and_its_books_agree(self, moving: Moving) -> None:
        moving.business.grow(len(STATES))
        moving.business.driver.double.requests.clear()
        _, taken = moving.take_over()
        assert (taken.failed, taken.books_agree) == ({}, True)
        assert moving.adopted == sorted(moving.subscribed) == moving.fitting
        assert moving.books() == moving.business.books(moving.fitting)
        assert {verb for verb, _, _ in moving.business.driver.double.requests} == {"GET"}
        head = moving.billing.store.head()
        assert moving.take_over()[1].adopted == 0
        assert moving.billing.store.head() == head

    @pytest.mark.slow
    def test_killed_and_gone_on_with_is_the_same(self, moving: Moving) -> None:
        moving.business.grow(len(STATES))

        def kill(ref: str) -> None:
            if ref == moving.fitting[3]:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            moving.take_over(progress=kill)
        assert len(moving.adopted) == 3
        moving.take_over()
        assert moving.subscribed == Counter(moving.fitting)

    @pytest.mark.slow
    def test_a_gateway_that_falls_silent_is_left_alone_and_gone_on_with(
        self, billing_url: str
    ) -> None:
        silent: list[Silent] = []

        def wrap(gateway: Gateway) -> Gateway:
            silent.append(Silent(gateway.subscriptions))
            return replace(gateway, subscriptions=cast(Subscriptions, silent[-1]))

        with (
            open_driver("stripe") as driver,
            billing_service(billing_url, {"stripe": driver}, wrap=wrap) as billing,
        ):
            moving = Moving(billing, StripeBusiness(cast(StripeDriver, driver)))
            for _ in range(MOST_SILENT + 2):
                moving.business.sell()
            _, taken = moving.take_over()
            assert set(taken.failed.values()) == {"gateway_unavailable"}
            assert silent[0].asked == len(taken.failed) == MOST_SILENT
            silent[0].heard = True
            assert moving.take_over()[1].failed == {}
            assert moving.subscribed == Counter(moving.fitting)

    @pytest.mark.slow
    def test_two_at_once_adopt_each_once(self, moving: Moving) -> None:
        moving.business.grow(len(STATES))
        with ThreadPoolExecutor(2) as both:
            runs = [both.submit(moving.take_over) for _ in range(2)]
            failed = [run.result()[1].failed for run in runs]
        assert failed == [{}, {}]
        assert moving.adopted == moving.fitting
        assert moving.subscribed == Counter(moving.fitting)
        assert moving.books() == moving.business.books(moving.fitting)

    @pytest.mark.slow
    def test_where_it_may_write_what_lies_beside_others_is_found(self, moving: Moving) -> None:
        moving.business.grow(len(STATES))
        moving.business.driver.double.requests.clear()
        _, taken = moving.take_over(write=True)
        assert taken.failed == {}
        beside = [
            ref for ref, why in moving.business.expected.items() if why == "plan_beside_others"
        ]
        assert moving.adopted == sorted([*moving.fitting, *beside])
        marked = moving.business.store.get(beside[0])["metadata"]
        assert list(marked) == ["billing_workspace_id"]
        written = {
            path for verb, path, _ in moving.business.driver.double.requests if verb == "POST"
        }
        assert all(path.startswith(("/v1/prices/", "/v1/subscriptions/")) for path in written)


class TestThreeMonths:
    @pytest.mark.slow
    def test_everybody_odd_once(self, moving: Moving) -> None:
        lives_on(moving, len(STATES))

    @pytest.mark.soak
    @pytest.mark.timeout(12 * 3600)
    def test_thousands(self, moving: Moving) -> None:
        """`BILLING_TEST_TAKEOVER` is the number of customers. Each costs a second and more: 21 took
        22 s, 150 under a profiler on a busy machine 7 minutes. Five sixths of that are webhooks: 24
        a customer, of three requests each."""
        lives_on(moving, CUSTOMERS)


def lives_on(moving: Moving, customers: int) -> None:
    """Beside its own webhooks. Nobody who pays is ended by us, and the books agree to the cent."""
    chance = random.Random(11).random
    business, billing = moving.business, moving.billing
    business.grow(customers)
    moving.take_over()
    for _ in range(3):
        business.live(30, chance)
        before, unpaid = set(billing.charging()), set(business.unpaid())
        billing.deliver()
        billing.sweep()
        assert before - set(billing.charging()) <= unpaid
    freed = moving.second_of_ended()
    assert moving.take_over()[1].failed == {}
    assert moving.subscribed == Counter([*moving.fitting, *freed])
    assert moving.books() == business.books([*moving.fitting, *freed])
    findings = billing.billing.doctor.examine().findings
    assert {each.kind for each in findings} <= {"parked_webhook", "unknown_subscription"}
