"""The catalogue's events in the published language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts import billing as contract
from contracts.envelope import EventData
from kernel.aggregate import DomainEvent
from services.billing.domain import events
from services.billing.domain.plan import slug_of
from services.billing.domain.terms import Price, Terms


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
    }


def _slug(event: DomainEvent) -> str:
    return slug_of(event.originator_id)


def _created(event: events.PlanCreated) -> contract.PlanCreated:
    return contract.PlanCreated(
        slug=event.slug,
        name=event.name,
        is_active=event.is_active,
        is_default=event.is_default,
        **_price(event.price),
        **_terms(event.terms),
    )


def _renamed(event: events.PlanRenamed) -> contract.PlanRenamed:
    return contract.PlanRenamed(slug=_slug(event), name=event.name)


def _repriced(event: events.PlanRepriced) -> contract.PlanRepriced:
    return contract.PlanRepriced(
        slug=_slug(event),
        previous_price_cents=event.previous.price_cents,
        previous_currency=event.previous.currency,
        **_price(event.price),
    )


def _limits_changed(event: events.PlanLimitsChanged) -> contract.PlanLimitsChanged:
    return contract.PlanLimitsChanged(slug=_slug(event), **_terms(event.terms))


def _activated(event: events.PlanActivated) -> contract.PlanActivated:
    return contract.PlanActivated(slug=_slug(event))


def _deactivated(event: events.PlanDeactivated) -> contract.PlanDeactivated:
    return contract.PlanDeactivated(slug=_slug(event))


def _made_default(event: events.PlanMadeDefault) -> contract.PlanMadeDefault:
    return contract.PlanMadeDefault(slug=_slug(event), previous=event.previous)


def _no_longer_default(event: events.PlanNoLongerDefault) -> contract.PlanNoLongerDefault:
    return contract.PlanNoLongerDefault(slug=_slug(event), successor=event.successor)


def _synced(event: events.PlanSynced) -> contract.PlanSynced:
    return contract.PlanSynced(
        slug=_slug(event),
        gateway=event.gateway,
        product_ref=event.product_ref,
        price_ref=event.price_ref,
        price_cents=event.price_cents,
        currency=event.currency,
        interval=event.interval,
        archived_price_ref=event.archived_price_ref,
    )


def _sync_failed(event: events.PlanSyncFailed) -> contract.PlanSyncFailed:
    return contract.PlanSyncFailed(slug=_slug(event), gateway=event.gateway, reason=event.reason)


def _withdrawn(event: events.PlanWithdrawn) -> contract.PlanWithdrawn:
    return contract.PlanWithdrawn(
        slug=_slug(event), gateway=event.gateway, archived_price_ref=event.archived_price_ref
    )


CONTRACTS: Mapping[type[DomainEvent], Callable[[Any], EventData]] = {
    events.PlanCreated: _created,
    events.PlanRenamed: _renamed,
    events.PlanRepriced: _repriced,
    events.PlanLimitsChanged: _limits_changed,
    events.PlanActivated: _activated,
    events.PlanDeactivated: _deactivated,
    events.PlanMadeDefault: _made_default,
    events.PlanNoLongerDefault: _no_longer_default,
    events.PlanSynced: _synced,
    events.PlanSyncFailed: _sync_failed,
    events.PlanWithdrawn: _withdrawn,
}
