"""How plans are sold beside their price."""

from __future__ import annotations

import pytest

from kernel.errors import ValidationFailed
from services.billing.domain.plan import events
from services.billing.domain.plan.change import PlanChange, decide_change
from services.billing.domain.plan.create import PlanDefinition, decide_create
from services.billing.domain.plan.sale import ORDINARY, PerUnit, SaleTerms
from services.billing.domain.plan.state import PLAN
from services.billing.domain.terms import Price, Terms
from tests.support.accounts import NOW
from tests.support.decider import given

PRO = PlanDefinition("pro", "Pro", Price(4900, "USD", "month"), Terms(100))
SEATS = SaleTerms(per_unit=PerUnit("seat", 2, 50, ("members",)), trial_days=14)


def test_a_plan_is_sold_one_by_one_unless_it_says_otherwise() -> None:
    assert [type(each) for each in decide_create(PRO, NOW)] == [events.PlanCreated]
    assert given(PLAN, *decide_create(PRO, NOW)).state.sale == ORDINARY


def test_terms_of_sale_are_told_and_changed_one_by_one() -> None:
    plan = given(PLAN, *decide_create(PRO, NOW))
    units = {"unit": "seat", "min": 2, "max": 50, "scales": ("members",)}
    changed = plan.after(decide_change, {"per_unit": units, "trial_days": 14}, NOW)
    assert changed.state.sale == SEATS
    changed.when(decide_change, {"trial_days": 14}, NOW).then_nothing()
    assert changed.after(decide_change, {"per_unit": None}, NOW).state.sale.trial_days == 14


@pytest.mark.parametrize(
    "change",
    [
        {"trial_days": 0},
        {"trial_days": 731},
        {"per_unit": {"unit": "seat", "min": 0}},
        {"per_unit": {"unit": "seat", "min": 5, "max": 4}},
    ],
)
def test_terms_that_nobody_can_keep_are_refused(change: PlanChange) -> None:
    plan = given(PLAN, *decide_create(PRO, NOW))
    plan.when(decide_change, change, NOW).then_refused(ValidationFailed)


@pytest.mark.parametrize(
    ("sale", "quantity", "sold"),
    [
        (ORDINARY, 1, True),
        (ORDINARY, 2, False),
        (SEATS, 1, False),
        (SEATS, 2, True),
        (SEATS, 50, True),
        (SEATS, 51, False),
        (SaleTerms(per_unit=PerUnit("seat")), 999_999, True),
    ],
)
def test_a_quantity_is_within_the_bounds(sale: SaleTerms, quantity: int, sold: bool) -> None:
    if sold:
        sale.check_quantity(quantity)
    else:
        with pytest.raises(ValidationFailed):
            sale.check_quantity(quantity)
