"""What a business had at Stripe before it came here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import stripe

from gateways.port import CustomerRecord, Interval, PriceRecord
from gateways.stripe.client import StripeClient, translates_errors
from gateways.stripe.items import unit_amount
from gateways.stripe.metadata import facts
from gateways.stripe.money import from_stripe
from gateways.stripe.references import reference

_INTERVALS: frozenset[str] = frozenset(get_args(Interval))


class Holdings:
    def __init__(self, client: StripeClient) -> None:
        self.client = client
        self._api = client.api
        self._written = client.installation.written

    def customers(self) -> Iterator[CustomerRecord]:
        page, more = self._customers(None)
        yield from page
        while more and page:
            page, more = self._customers(page[-1].ref)
            yield from page

    @translates_errors
    def price(self, ref: str) -> PriceRecord:
        price = self._api.prices.retrieve(ref, {"expand": ["product"]})
        product, recurring = price.product, price.recurring
        named = getattr(product, "name", "") or ""
        unit = unit_amount(price, price.currency)
        whole = unit is not None and unit == int(unit)
        return PriceRecord(
            ref=price.id,
            product_ref=reference(product),
            name=named if not price.nickname else f"{named} ({price.nickname})",
            amount=from_stripe(int(unit), price.currency) if unit is not None and whole else None,
            interval=_interval(recurring),
            interval_count=recurring.interval_count if recurring else 1,
            plan=facts(price.metadata).get("plan", ""),
        )

    @translates_errors
    def mark_price(self, ref: str, plan: str) -> None:
        """So that its item is found beside others."""
        self._api.prices.update(ref, {"metadata": self._written({"plan": plan})})

    @translates_errors
    def mark_subscription(self, ref: str, workspace: str) -> None:
        metadata = self._written({"workspace_id": workspace})
        self._api.subscriptions.update(ref, {"metadata": metadata})

    @translates_errors
    def _customers(self, after: str | None) -> tuple[list[CustomerRecord], bool]:
        """Up to 100, and whether there are more."""
        params: stripe.params.CustomerListParams = {"limit": 100}
        if after is not None:
            params["starting_after"] = after
        listed = self._api.customers.list(params)
        found = [CustomerRecord(each.id, facts(each.metadata)) for each in listed.data]
        return found, listed.has_more


def _interval(recurring: stripe.Price.Recurring | None) -> Interval | None:
    if recurring is None or recurring.interval not in _INTERVALS:
        return None
    return "year" if recurring.interval == "year" else "month"
