"""The discounts' events in the published language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from contracts import billing as contract
from contracts.envelope import EventData
from kernel.events import DomainEvent
from services.billing.domain.discount import events
from services.billing.domain.discount.state import PREFIX
from services.billing.published.plain import Convert, plain

T = TypeVar("T", bound=contract.DiscountTerms)


def _code(event: DomainEvent) -> str:
    return event.originator_id.removeprefix(PREFIX)


def _terms(kind: type[T]) -> Convert:
    def convert(event: events.DiscountCreated | events.DiscountChanged) -> T:
        offer = event.offer
        return kind(
            code=_code(event),
            name=offer.name,
            percent=str(offer.percent) if offer.percent is not None else None,
            amount_cents=offer.amount_cents,
            currency=offer.currency,
            months=offer.months,
            plans=offer.plans,
            max_redemptions=offer.max_redemptions,
            expires_at=offer.expires_at,
            is_active=offer.is_active,
        )

    return convert


def _plain(kind: type[EventData]) -> Convert:
    return plain(kind, "code", _code)


CONTRACTS: Mapping[type[DomainEvent], Convert] = {
    events.DiscountCreated: _terms(contract.DiscountCreated),
    events.DiscountChanged: _terms(contract.DiscountChanged),
    events.DiscountRedeemed: _plain(contract.DiscountRedeemed),
    events.DiscountReleased: _plain(contract.DiscountReleased),
}
