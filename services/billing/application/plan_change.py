"""A partial change of a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, TypedDict

from services.billing.domain.plan import Plan
from services.billing.domain.terms import Flag, Interval, Price, Terms

PRICE_FIELDS = frozenset({"price_cents", "currency", "interval"})
PLAIN_TERMS = frozenset(
    {"monthly_conversations", "monthly_messages", "max_tokens_per_response", "family"}
)


class PlanChange(TypedDict, total=False):
    """Any subset. `features` and `limits` are merged by key: a flag of None is removed, a limit
    of None is unlimited."""

    name: str
    price_cents: int
    currency: str
    interval: Interval
    monthly_conversations: int
    monthly_messages: int | None
    max_tokens_per_response: int | None
    features: dict[str, Flag]
    limits: dict[str, int | None]
    family: str | None
    is_active: bool
    is_default: bool


def apply_change(plan: Plan, change: PlanChange, at: datetime) -> None:
    """All but `is_default`, which concerns two plans."""
    if "name" in change:
        plan.rename(change["name"], at)
    plan.reprice(_price(plan.price, change), at)
    plan.change_terms(_terms(plan.terms, change), at)
    if "is_active" in change:
        (plan.activate if change["is_active"] else plan.deactivate)(at)


def _price(price: Price, change: PlanChange) -> Price:
    return replace(price, **_picked(change, PRICE_FIELDS))


def _terms(terms: Terms, change: PlanChange) -> Terms:
    features = {**terms.features, **change.get("features", {})}
    return replace(
        terms,
        features={name: flag for name, flag in features.items() if flag is not None},
        limits={**terms.limits, **change.get("limits", {})},
        **_picked(change, PLAIN_TERMS),
    )


def _picked(change: PlanChange, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in change.items() if name in names}
