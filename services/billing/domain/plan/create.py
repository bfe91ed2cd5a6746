"""A plan is added to the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kernel.events import DomainEvent
from kernel.ids import is_slug
from services.billing.domain.errors import DefaultPlanRequired
from services.billing.domain.plan.events import PlanCreated, PlanSaleTermsChanged
from services.billing.domain.plan.sale import ORDINARY, SaleTerms
from services.billing.domain.terms import Price, Terms, check_name, require


@dataclass(frozen=True, slots=True)
class PlanDefinition:
    """A plan as it is to be created."""

    slug: str
    name: str
    price: Price
    terms: Terms
    is_active: bool = True
    is_default: bool = False
    sale: SaleTerms = ORDINARY

    def check(self) -> None:
        require(is_slug(self.slug), "slug", "A slug is lower-case words joined by hyphens.")
        check_name(self.name)
        self.price.check()
        self.terms.check()
        self.sale.check(self.price)
        if self.is_default and not (self.is_active and self.price.is_free):
            raise DefaultPlanRequired


def decide_create(plan: PlanDefinition, at: datetime) -> list[DomainEvent]:
    """One that is the default is the catalogue's first; later ones are made so."""
    plan.check()
    sold = [PlanSaleTermsChanged(timestamp=at, sale=plan.sale)] if plan.sale != ORDINARY else []
    return [
        PlanCreated(
            timestamp=at,
            slug=plan.slug,
            name=plan.name,
            price=plan.price,
            terms=plan.terms,
            is_active=plan.is_active,
            is_default=plan.is_default,
        ),
        *sold,
    ]
