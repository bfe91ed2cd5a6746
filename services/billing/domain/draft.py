"""A plan that is to be."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.ids import is_slug
from services.billing.domain.errors import DefaultPlanRequired
from services.billing.domain.terms import Price, Terms, check_name, require


@dataclass(frozen=True, slots=True)
class PlanDraft:
    slug: str
    name: str
    price: Price
    terms: Terms
    is_active: bool = True
    is_default: bool = False

    def check(self) -> None:
        require(is_slug(self.slug), "slug", "A slug is lower-case words joined by hyphens.")
        check_name(self.name)
        self.price.check()
        self.terms.check()
        if self.is_default and not (self.is_active and self.price.is_free):
            raise DefaultPlanRequired
