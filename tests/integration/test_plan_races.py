"""Who creates or changes plans at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from kernel.errors import SlugTaken
from services.billing.domain.terms import Price
from tests.support.catalogue import CAUSE, PRO, Catalogue, catalogue


@pytest.fixture
def billing(database_url: str, tmp_path: Path) -> Iterator[Catalogue]:
    with catalogue(database_url, tmp_path) as opened:
        yield opened


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
