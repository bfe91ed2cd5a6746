"""The catalogue's events in the published language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from contracts import billing as contract
from contracts.envelope import EventData
from kernel.events import DomainEvent
from services.billing.domain.plan import events
from services.billing.domain.plan.state import slug_of
from services.billing.domain.terms import Price, Terms
from services.billing.published.plain import Convert, plain


def _price(price: Price) -> dict[str, Any]:
    return {
        "price_cents": price.price_cents,
        "currency": price.currency,
        "interval": price.interval,
    }


def _terms(terms: Terms) -> dict[str, Any]:
    return {
        "family": terms.family,
        "monthly_conversations": terms.monthly_conversations,
        "monthly_messages": terms.monthly_messages,
        "max_tokens_per_response": terms.max_tokens_per_response,
        "features": terms.features,
        "limits": terms.limits,
        "past_due_days": terms.past_due_days,
        "reminder_days": terms.reminder_days,
        "quotas": {
            meter: contract.MeterQuota(limit=quota.limit, mode=quota.mode)
            for meter, quota in terms.quotas.items()
        },
        "monthly_credits": {
            meter: contract.MonthlyCredits(amount=each.amount, rollover_months=each.rollover_months)
            for meter, each in terms.monthly_credits.items()
        },
        "contact_us": terms.contact_us,
        "while_paused": terms.while_paused,
    }


def _slug(event: DomainEvent) -> str:
    return slug_of(event.originator_id)


def _plain(kind: type[EventData]) -> Convert:
    return plain(kind, "slug", _slug)


def _created(event: events.PlanCreated) -> contract.PlanCreated:
    return contract.PlanCreated(
        slug=event.slug,
        name=event.name,
        is_active=event.is_active,
        is_default=event.is_default,
        **_price(event.price),
        **_terms(event.terms),
    )


def _repriced(event: events.PlanRepriced) -> contract.PlanRepriced:
    return contract.PlanRepriced(
        slug=_slug(event),
        previous_price_cents=event.previous.price_cents,
        previous_currency=event.previous.currency,
        **_price(event.price),
    )


def _limits_changed(event: events.PlanLimitsChanged) -> contract.PlanLimitsChanged:
    return contract.PlanLimitsChanged(
        slug=_slug(event), apply_to=event.apply_to, **_terms(event.terms)
    )


def _sale_changed(event: events.PlanSaleTermsChanged) -> contract.PlanSaleTermsChanged:
    sale, units = event.sale, event.sale.per_unit
    return contract.PlanSaleTermsChanged(
        slug=_slug(event),
        per_unit=contract.PerUnit(**asdict(units)) if units is not None else None,
        trial_days=sale.trial_days,
        trial_requires_card=sale.trial_requires_card,
        prices=sale.prices,
    )


CONTRACTS: Mapping[type[DomainEvent], Convert] = {
    events.PlanCreated: _created,
    events.PlanRenamed: _plain(contract.PlanRenamed),
    events.PlanRepriced: _repriced,
    events.PlanLimitsChanged: _limits_changed,
    events.PlanSaleTermsChanged: _sale_changed,
    events.PlanActivated: _plain(contract.PlanActivated),
    events.PlanDeactivated: _plain(contract.PlanDeactivated),
    events.PlanMadeDefault: _plain(contract.PlanMadeDefault),
    events.PlanNoLongerDefault: _plain(contract.PlanNoLongerDefault),
    events.PlanSynced: _plain(contract.PlanSynced),
    events.PlanPriceAdopted: _plain(contract.PlanPriceAdopted),
    events.PlanSyncFailed: _plain(contract.PlanSyncFailed),
    events.PlanWithdrawn: _plain(contract.PlanWithdrawn),
}
