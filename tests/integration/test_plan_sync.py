"""Keeping the gateways' prices equal to the catalogue, whatever they do meanwhile."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateways.port import GatewayNotConfigured, PlanRef, PlanSpec
from gateways.sandbox.adapter import SandboxGateway
from kernel.clock import utc_clock
from kernel.errors import SlugTaken
from services.billing.application import PlanChange, Plans
from services.billing.application.plan_sync import CALLS_PER_SWEEP
from services.billing.domain.errors import PlanLocalOnly, PlanNotFound, PlanNotSynced
from services.billing.domain.terms import Price
from tests.support.catalogue import CAUSE, PRO, PROFILES, Catalogue, catalogue
from tests.support.gateway_driver import Fault
from tests.support.postgres import fresh_database

DEARER = Price(59_00, "USD", "month")


@pytest.fixture
def billing(database_url: str, tmp_path: Path) -> Iterator[Catalogue]:
    with catalogue(database_url, tmp_path) as opened:
        yield opened


def sold(billing: Catalogue, gateway: str, slug: str = PRO.slug) -> list[Price]:
    return [price for _, price in billing.sold(slug, gateway)]


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
        assert billing.plans.plan_of_price("stripe", old) == PRO.slug
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
        late = _Late(billing, lambda: billing.plans.change_plan(PRO.slug, change, CAUSE))
        slow = Plans(billing.store, {"stripe": late}, utc_clock)
        slow.change_plan(PRO.slug, {"price_cents": 59_00}, CAUSE)
        assert sold(billing, "stripe") == [Price(79_00, "USD", "month")]
        assert billing.states(PRO.slug)["stripe"] == "synced"

    def test_free_while_the_gateway_is_asked_leaves_nothing_for_sale(
        self, billing: Catalogue
    ) -> None:
        billing.plans.create_plan(PRO, CAUSE)
        late = _Late(
            billing, lambda: billing.plans.change_plan(PRO.slug, {"price_cents": 0}, CAUSE)
        )
        slow = Plans(billing.store, {"stripe": late}, utc_clock)
        slow.change_plan(PRO.slug, {"price_cents": 59_00}, CAUSE)
        assert sold(billing, "stripe") == []
        assert billing.states(PRO.slug)["stripe"] == "local_only"


class _Late(SandboxGateway):
    """Somebody else's whole command happens while the first request is on its way."""

    def __init__(self, billing: Catalogue, meanwhile: Callable[[], object]) -> None:
        super().__init__(
            billing.drivers["stripe"].state, "http://billing.example", "whsec_1", utc_clock
        )
        self.name = "stripe"
        self._meanwhile: list[Callable[[], object]] = [meanwhile]

    def ensure_plan(self, command_id: str, plan: PlanSpec, current: PlanRef | None) -> PlanRef:
        if self._meanwhile:
            self._meanwhile.pop()()
        return super().ensure_plan(command_id, plan, current)


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


class TestRaces:
    def test_of_two_plans_with_one_slug_one_is_created(self, billing: Catalogue) -> None:
        def create(name: str) -> bool:
            try:
                billing.plans.create_plan(replace(PRO, name=name), CAUSE)
            except SlugTaken:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            created = list(pool.map(create, "abcd"))
        assert created.count(True) == 1
        assert billing.topics(PRO.slug).count("PlanCreated") == 1

    def test_processes_that_seed_at_once_make_one_catalogue(self, billing: Catalogue) -> None:
        with ThreadPoolExecutor(3) as pool:
            created = list(pool.map(lambda _: billing.plans.seed(CAUSE), range(3)))
        assert sorted(slug for each in created for slug in each) == billing.plans.slugs()
        assert len(billing.plans.slugs()) == 4
        assert billing.plans.default_slug() == "free"

    def test_however_many_become_the_default_at_once_one_is(self, billing: Catalogue) -> None:
        billing.plans.seed(CAUSE)
        slugs = ["a", "b", "c"]
        for slug in slugs:
            free = replace(PRO, slug=slug, price=Price(0, "USD", "month"))
            billing.plans.create_plan(free, CAUSE)
        with ThreadPoolExecutor(3) as pool:
            list(
                pool.map(
                    lambda slug: billing.plans.change_plan(slug, {"is_default": True}, CAUSE), slugs
                )
            )
        defaults = [slug for slug in billing.plans.slugs() if billing.plans.get(slug).is_default]
        assert len(defaults) == 1
        assert billing.plans.default_slug() == defaults[0]


Edit = PlanChange | tuple[str, Fault, int] | None
PRICES = st.sampled_from([0, 49_00, 59_00, 69_00])
FAULTS: list[Fault] = ["timeout_after_effect", "timeout_before_effect", "throttled"]
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(lambda cents: PlanChange(price_cents=cents), PRICES),
    st.builds(lambda cents: PlanChange(price_cents=cents, interval="year"), PRICES),
    st.builds(lambda name: PlanChange(name=name), st.sampled_from(["Pro", "Team"])),
    st.builds(lambda code: PlanChange(currency=code), st.sampled_from(["USD", "EUR", "JPY"])),
    st.builds(lambda active: PlanChange(is_active=active), st.booleans()),
    st.tuples(st.sampled_from(PROFILES), st.sampled_from(FAULTS), st.integers(1, 3)),
    st.none(),
)


@pytest.fixture(scope="module")
def shared(postgres_url: str) -> Iterator[Catalogue]:
    with (
        tempfile.TemporaryDirectory() as directory,
        fresh_database(postgres_url) as url,
        catalogue(url, Path(directory)) as opened,
    ):
        yield opened


class TestAnySequenceOfEdits:
    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(edits=st.lists(EDITS, max_size=9))
    def test_ends_with_one_price_at_each_gateway_and_it_is_the_catalogues(
        self, shared: Catalogue, edits: list[Edit]
    ) -> None:
        """A tuple breaks a gateway, None is the sweep; at the end all gateways answer again."""
        slug = f"plan-{len(shared.plans.slugs())}"
        for driver in shared.drivers.values():
            driver.break_next("refused", 0)
        shared.plans.create_plan(replace(PRO, slug=slug), CAUSE)
        for edit in edits:
            _perform(shared, slug, edit)
        for driver in shared.drivers.values():
            driver.break_next("refused", 0)
        shared.plans.sync_plan(slug, CAUSE)
        _agree(shared, slug)


def _perform(billing: Catalogue, slug: str, edit: Edit) -> None:
    if edit is None:
        billing.plans.sync_failed()
    elif isinstance(edit, tuple):
        gateway, fault, calls = edit
        billing.drivers[gateway].break_next(fault, calls)
    else:
        billing.plans.change_plan(slug, edit, CAUSE)


def _agree(billing: Catalogue, slug: str) -> None:
    plan = billing.plans.get(slug)
    expected = [] if plan.price.is_free else [plan.price]
    assert set(billing.states(slug).values()) == {"synced" if expected else "local_only"}
    for gateway in ("stripe", "paypal"):
        assert sold(billing, gateway, slug) == expected
    for gateway in billing.drivers:
        offer = plan.sync(gateway).offer
        assert ([offer.price] if offer else []) == expected
        if offer:
            assert (offer.price_ref, offer.price) in billing.sold(slug, gateway)
            assert billing.plans.plan_of_price(gateway, offer.price_ref) == slug
