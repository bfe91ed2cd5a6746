"""Whatever is edited while gateways fail: in the end their prices are the catalogue's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.billing.application import PlanChange
from tests.support.catalogue import CAUSE, PRO, PROFILES, Catalogue, catalogue
from tests.support.gateway_driver import Fault
from tests.support.postgres import fresh_database
from tests.support.rounds import rounds

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
        max_examples=rounds(40),
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
        assert [price for _, price in billing.sold(slug, gateway)] == expected
    for gateway in billing.drivers:
        offer = plan.sync(gateway).offer
        assert ([offer.price] if offer else []) == expected
        if offer:
            assert (offer.price_ref, offer.price) in billing.sold(slug, gateway)
            known = billing.plans.price_at(gateway, offer.price_ref)
            assert known is not None
            assert known.plan == slug
