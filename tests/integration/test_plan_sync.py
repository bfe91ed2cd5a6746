"""Keeping the gateways' prices equal to the catalogue, whatever they do meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateways.port import Catalogue as GatewayCatalogue
from gateways.port import Gateway, GatewayNotConfigured, PlanRef, PlanSpec
from kernel.clock import utc_clock
from services.billing.application import PlanChange, Plans
from services.billing.application.plan_sync import CALLS_PER_SWEEP
from services.billing.domain.errors import PlanLocalOnly, PlanNotFound, PlanNotSynced
from services.billing.domain.terms import Price
from tests.support.catalogue import CAUSE, PRO, Catalogue, catalogue

DEARER = Price(59_00, "USD", "month")


@pytest.fixture
def billing(database_url: str, tmp_path: Path) -> Iterator[Catalogue]:
    with catalogue(database_url, tmp_path) as opened:
        yield opened


def sold(billing: Catalogue, gateway: str) -> list[Price]:
    return [price for _, price in billing.sold(PRO.slug, gateway)]


class TestSyncPlan:
    def test_syncing_twice_changes_nothing(self, billing: Catalogue) -> None:
        billing.plans.create_plan(PRO, CAUSE)
        before, head = billing.sold(PRO.slug, "stripe"), billing.store.head()
        billing.plans.sync_plan(PRO.slug, CAUSE)
        assert billing.sold(PRO.slug, "stripe") == before
        assert billing.store.head() == head

    def test_a_gateway_that_is_down_keeps_neither_the_plan_nor_the_others_back(
        self, billing: Catalogue
    ) -> None:
        billing.drivers["paypal"].break_next("refused")
        plan = billing.plans.create_plan(PRO, CAUSE)
        assert billing.states(PRO.slug) == {
            "stripe": "synced",
            "paypal": "failed",
            "razorpay": "synced",
        }
        assert (plan.sync("paypal").reason or "").startswith("gateway_unavailable: ")

    def test_failing_again_for_the_same_reason_is_no_news(self, billing: Catalogue) -> None:
        billing.drivers["paypal"].break_next("throttled", 3)
        billing.plans.create_plan(PRO, CAUSE)
        head = billing.store.head()
        billing.plans.sync_plan(PRO.slug, CAUSE)
        billing.plans.sync_failed(CAUSE)
        assert billing.store.head() == head

    def test_a_lost_answer_leads_to_no_second_product(self, billing: Catalogue) -> None:
        billing.drivers["stripe"].break_next("timeout_after_effect")
        billing.plans.create_plan(PRO, CAUSE)
        billing.plans.sync_plan(PRO.slug, CAUSE)
        driver = billing.drivers["stripe"]
        assert (driver.effects("product"), driver.effects("price")) == (1, 1)
        assert billing.states(PRO.slug)["stripe"] == "synced"

    def test_a_crash_of_the_adapter_is_a_failure_with_a_reason(self, billing: Catalogue) -> None:
        billing.drivers["stripe"].state.close()
        plan = billing.plans.create_plan(PRO, CAUSE)
        assert plan.sync("stripe").reason == "internal_error: ProgrammingError"
        assert plan.sync_state("paypal") == "synced"

    def test_a_gateway_that_was_added_later_is_pending_until_the_sweep(
        self, billing: Catalogue
    ) -> None:
        only_stripe = {"stripe": billing.drivers["stripe"].gateway}
        Plans(billing.store, only_stripe, utc_clock).create_plan(PRO, CAUSE)
        assert billing.states(PRO.slug)["paypal"] == "pending"
        assert billing.plans.sync_failed() == 1
        assert set(billing.states(PRO.slug).values()) == {"synced"}
        assert billing.plans.sync_failed() == 0


class TestReprice:
    def test_the_old_price_is_archived_and_stays_known(self, billing: Catalogue) -> None:
        billing.plans.create_plan(PRO, CAUSE)
        old = billing.plans.price_ref(PRO.slug, "stripe", CAUSE)
        billing.plans.change_plan(PRO.slug, {"price_cents": 59_00}, CAUSE)
        new = billing.plans.price_ref(PRO.slug, "stripe", CAUSE)
        assert billing.sold(PRO.slug, "stripe") == [(new, DEARER)]
        known = billing.plans.price_at("stripe", old)
        assert known is not None
        assert known.plan == PRO.slug
        assert billing.plans.get(PRO.slug).offers.ever("stripe")[old].price == PRO.price
        assert old != new

    def test_a_gateway_that_archives_nothing_gets_a_new_price_all_the_same(
        self, billing: Catalogue
    ) -> None:
        billing.plans.create_plan(PRO, CAUSE)
        billing.plans.change_plan(PRO.slug, {"price_cents": 59_00}, CAUSE)
        assert sold(billing, "razorpay") == [PRO.price, DEARER]
        assert billing.states(PRO.slug)["razorpay"] == "synced"

    def test_free_archives_and_paid_again_sells_again(self, billing: Catalogue) -> None:
        billing.plans.create_plan(PRO, CAUSE)
        billing.plans.change_plan(PRO.slug, {"price_cents": 0}, CAUSE)
        assert sold(billing, "stripe") == sold(billing, "paypal") == []
        assert set(billing.states(PRO.slug).values()) == {"local_only"}
        billing.plans.change_plan(PRO.slug, {"price_cents": 59_00}, CAUSE)
        assert sold(billing, "stripe") == sold(billing, "paypal") == [DEARER]

    def test_free_after_a_lost_answer_withdraws_what_nobody_heard_of(
        self, billing: Catalogue
    ) -> None:
        billing.drivers["stripe"].break_next("timeout_after_effect")
        billing.plans.create_plan(PRO, CAUSE)
        assert sold(billing, "stripe") == [PRO.price]
        billing.plans.change_plan(PRO.slug, {"price_cents": 0}, CAUSE)
        assert sold(billing, "stripe") == []

    def test_a_change_while_the_gateway_is_asked_has_the_last_word(
        self, billing: Catalogue
    ) -> None:
        """The first sync reaches the gateway last; the catalogue's price must win still."""
        billing.plans.create_plan(PRO, CAUSE)
        change: PlanChange = {"price_cents": 79_00}
        late = interrupted(billing, lambda: billing.plans.change_plan(PRO.slug, change, CAUSE))
        slow = Plans(billing.store, {"stripe": late}, utc_clock)
        slow.change_plan(PRO.slug, {"price_cents": 59_00}, CAUSE)
        assert sold(billing, "stripe") == [Price(79_00, "USD", "month")]
        assert billing.states(PRO.slug)["stripe"] == "synced"

    def test_free_while_the_gateway_is_asked_leaves_nothing_for_sale(
        self, billing: Catalogue
    ) -> None:
        billing.plans.create_plan(PRO, CAUSE)
        late = interrupted(
            billing, lambda: billing.plans.change_plan(PRO.slug, {"price_cents": 0}, CAUSE)
        )
        slow = Plans(billing.store, {"stripe": late}, utc_clock)
        slow.change_plan(PRO.slug, {"price_cents": 59_00}, CAUSE)
        assert sold(billing, "stripe") == []
        assert billing.states(PRO.slug)["stripe"] == "local_only"


class _Interrupted:
    """Somebody else's whole command happens while the first request is on its way."""

    def __init__(self, inner: GatewayCatalogue, meanwhile: Callable[[], object]) -> None:
        self._inner = inner
        self._meanwhile: list[Callable[[], object]] = [meanwhile]

    def ensure_plan(self, command_id: str, plan: PlanSpec, current: PlanRef | None) -> PlanRef:
        if self._meanwhile:
            self._meanwhile.pop()()
        return self._inner.ensure_plan(command_id, plan, current)

    def archive_plan(self, command_id: str, current: PlanRef) -> None:
        self._inner.archive_plan(command_id, current)


def interrupted(billing: Catalogue, meanwhile: Callable[[], object]) -> Gateway:
    gateway = billing.drivers["stripe"].gateway
    return replace(gateway, catalogue=_Interrupted(gateway.catalogue, meanwhile))


class TestPriceRef:
    def test_a_failed_sync_is_made_up_for(self, billing: Catalogue) -> None:
        billing.drivers["stripe"].break_next("html")
        billing.plans.create_plan(PRO, CAUSE)
        ref = billing.plans.price_ref(PRO.slug, "stripe", CAUSE)
        assert billing.sold(PRO.slug, "stripe") == [(ref, PRO.price)]

    def test_an_outdated_price_is_never_given(self, billing: Catalogue) -> None:
        billing.plans.create_plan(PRO, CAUSE)
        billing.drivers["stripe"].break_next("server_error", 2)
        billing.plans.change_plan(PRO.slug, {"price_cents": 59_00}, CAUSE)
        with pytest.raises(PlanNotSynced) as refused:
            billing.plans.price_ref(PRO.slug, "stripe", CAUSE)
        assert "gateway_unavailable" in refused.value.details["reason"]

    def test_what_can_not_be_sold_is_refused(self, billing: Catalogue) -> None:
        billing.plans.seed(CAUSE)
        with pytest.raises(PlanLocalOnly):
            billing.plans.price_ref("free", "stripe", CAUSE)
        with pytest.raises(GatewayNotConfigured):
            billing.plans.price_ref("pro-monthly", "sandbox", CAUSE)
        with pytest.raises(PlanNotFound):
            billing.plans.price_ref("gold", "stripe", CAUSE)


class TestSweep:
    def test_it_asks_a_silent_gateway_once_and_the_others_on(self, billing: Catalogue) -> None:
        slugs = ["gold", "silver", "tin"]
        nobody = Plans(billing.store, {}, utc_clock)
        for slug in slugs:
            nobody.create_plan(replace(PRO, slug=slug), CAUSE)
        billing.drivers["paypal"].break_next("refused", 1)
        billing.plans.sync_failed()
        states = [billing.states(slug) for slug in slugs]
        assert [each["stripe"] for each in states] == ["synced"] * 3
        assert [each["paypal"] for each in states] == ["failed", "pending", "pending"]
        billing.plans.sync_failed()
        assert {billing.states(slug)["paypal"] for slug in slugs} == {"synced"}

    def test_one_run_is_bounded_and_the_next_goes_on_behind_it(self, billing: Catalogue) -> None:
        nobody = Plans(billing.store, {}, utc_clock)
        slugs = [f"plan-{number:02}" for number in range(CALLS_PER_SWEEP + 3)]
        for slug in slugs:
            nobody.create_plan(replace(PRO, slug=slug), CAUSE)
        assert billing.plans.sync_failed() == CALLS_PER_SWEEP
        assert billing.plans.sync_failed() == 3
        assert {billing.states(slug)["razorpay"] for slug in slugs} == {"synced"}
