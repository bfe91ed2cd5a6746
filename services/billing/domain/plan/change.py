"""A partial change of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypedDict

from kernel.events import DomainEvent
from services.billing.domain.errors import DefaultPlanRequired
from services.billing.domain.plan import events
from services.billing.domain.plan.sale import PerUnit, SaleTerms
from services.billing.domain.plan.state import Plan
from services.billing.domain.terms import (
    ApplyTo,
    Flag,
    Interval,
    MonthlyCredits,
    Price,
    Quota,
    Terms,
    WhilePaused,
    check_name,
)

PRICE_FIELDS = frozenset({"price_cents", "currency", "interval"})
TRIAL_FIELDS = frozenset({"trial_days", "trial_requires_card"})
PLAIN_TERMS = frozenset(
    {
        "monthly_conversations",
        "monthly_messages",
        "max_tokens_per_response",
        "family",
        "past_due_days",
        "reminder_days",
        "contact_us",
        "while_paused",
    }
)


class PlanChange(TypedDict, total=False):
    """Any subset. What has keys is merged by them: a flag, a quota, monthly credits or a price of
    None are removed, a limit of None is unlimited."""

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
    past_due_days: int | None
    reminder_days: list[int] | None
    quotas: dict[str, Quota | None]
    monthly_credits: dict[str, MonthlyCredits | None]
    per_unit: Mapping[str, Any] | None
    trial_days: int | None
    trial_requires_card: bool
    prices: dict[str, int | None]
    contact_us: bool
    while_paused: WhilePaused
    is_active: bool
    is_default: bool
    apply_to: ApplyTo


def decide_change(plan: Plan, change: PlanChange, at: datetime) -> list[DomainEvent]:
    """All but `is_default`, which concerns two plans. `apply_to` is of the limits and flags."""
    apply_to = change.get("apply_to", "everyone")
    return [
        *_renamed(plan, change.get("name", plan.name), at),
        *_repriced(plan, _price(plan.price, change), at),
        *_terms_changed(plan, _terms(plan.terms, change), apply_to, at),
        *_sale_changed(plan, _price(plan.price, change), _sale(plan.sale, change), at),
        *_activity_changed(plan, change.get("is_active", plan.is_active), at),
    ]


def _renamed(plan: Plan, name: str, at: datetime) -> list[DomainEvent]:
    if name == plan.name:
        return []
    check_name(name)
    return [events.PlanRenamed(timestamp=at, name=name)]


def _repriced(plan: Plan, price: Price, at: datetime) -> list[DomainEvent]:
    """Who subscribed before stays on the price they bought."""
    price.check()
    if plan.is_default and not price.is_free:
        raise DefaultPlanRequired
    if price == plan.price:
        return []
    return [events.PlanRepriced(timestamp=at, price=price, previous=plan.price)]


def _terms_changed(plan: Plan, terms: Terms, apply_to: ApplyTo, at: datetime) -> list[DomainEvent]:
    if terms == plan.terms:
        return []
    terms.check()
    return [events.PlanLimitsChanged(timestamp=at, terms=terms, apply_to=apply_to)]


def _sale_changed(plan: Plan, price: Price, sale: SaleTerms, at: datetime) -> list[DomainEvent]:
    """Who subscribed before keeps what they bought."""
    sale.check(price)
    if sale == plan.sale:
        return []
    return [events.PlanSaleTermsChanged(timestamp=at, sale=sale)]


def _activity_changed(plan: Plan, is_active: bool, at: datetime) -> list[DomainEvent]:
    if is_active:
        return [] if plan.is_active else [events.PlanActivated(timestamp=at)]
    if plan.is_default:
        raise DefaultPlanRequired
    return [events.PlanDeactivated(timestamp=at)] if plan.is_active else []


def _price(price: Price, change: PlanChange) -> Price:
    return replace(price, **_picked(change, PRICE_FIELDS))


def _terms(terms: Terms, change: PlanChange) -> Terms:
    features = {**terms.features, **change.get("features", {})}
    quotas = {**terms.quotas, **change.get("quotas", {})}
    given = {**terms.monthly_credits, **change.get("monthly_credits", {})}
    return replace(
        terms,
        features={name: flag for name, flag in features.items() if flag is not None},
        quotas={meter: quota for meter, quota in quotas.items() if quota is not None},
        monthly_credits={meter: each for meter, each in given.items() if each is not None},
        limits={**terms.limits, **change.get("limits", {})},
        **_picked(change, PLAIN_TERMS),
    )


def _sale(sale: SaleTerms, change: PlanChange) -> SaleTerms:
    if "per_unit" in change:
        units = change["per_unit"]
        sale = replace(sale, per_unit=PerUnit(**units) if units is not None else None)
    prices = {**sale.prices, **change.get("prices", {})}
    sold = {currency: cents for currency, cents in prices.items() if cents is not None}
    return replace(sale, prices=sold, **_picked(change, TRIAL_FIELDS))


def _picked(change: PlanChange, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in change.items() if name in names}
