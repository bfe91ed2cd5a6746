"""Plans as products and prices."""

from __future__ import annotations

import stripe

from gateways.port import PlanRef, PlanSpec
from gateways.stripe.client import StripeClient, once, translates_errors
from gateways.stripe.failures import is_missing
from gateways.stripe.metadata import facts, is_a_plan
from gateways.stripe.money import from_stripe, to_stripe
from gateways.stripe.references import reference


class Catalogue:
    """One account serves one catalogue: the product's id is made of the slug, so a product is
    never made twice. Its prices are listed before one is made: a fitting one is taken, also one
    that was retired (a plan may return to it), and of the rest none stays active."""

    def __init__(self, client: StripeClient) -> None:
        self.client = client
        self._api = client.api
        self._written = client.installation.written

    @translates_errors
    def ensure_plan(self, command_id: str, plan: PlanSpec, current: PlanRef | None) -> PlanRef:
        product = self._product(command_id, plan, current)
        known = self._prices(product.id)
        price = self._offered(known, plan) or self._new_price(command_id, plan, product.id)
        retired = [
            old.id
            for old in known
            if old.active and old.id != price.id and old.currency == price.currency
        ]
        if current is not None and current.price not in (price.id, *retired):
            retired.append(current.price)
        for old in retired:
            self._retire(old)
        amount = from_stripe(price.unit_amount or 0, price.currency)
        return PlanRef(product.id, price.id, amount, _replaced(current, retired))

    @translates_errors
    def archive_plan(self, command_id: str, current: PlanRef) -> None:
        try:
            for price in self._prices(current.product):
                if price.active:
                    self._retire(price.id)
            self._api.products.update(
                current.product,
                {"active": False, "metadata": self._written({"archived_by": command_id})},
            )
        except stripe.InvalidRequestError as error:
            if not is_missing(error):
                raise

    def offer(self, price_ref: str) -> bool:
        """Sells again what people archived. False when there was nothing to do, or we did."""
        price = self._api.prices.retrieve(price_ref)
        product = self._api.products.retrieve(reference(price.product))
        if facts(product.metadata).get("archived_by"):
            return False
        if not product.active:
            self._api.products.update(product.id, {"active": True})
        if not price.active:
            self._api.prices.update(price.id, {"active": True})
        return not (product.active and price.active)

    def _product(self, command_id: str, plan: PlanSpec, current: PlanRef | None) -> stripe.Product:
        product_id = current.product if current else f"plan-{plan.slug}"
        try:
            product = self._api.products.retrieve(product_id)
        except stripe.InvalidRequestError as error:
            if not is_missing(error):
                raise
            return self._new_product(command_id, plan)
        if product.name == plan.name and product.active:
            return product
        return self._api.products.update(
            product.id,
            {
                "name": plan.name,
                "active": True,
                "metadata": {"archived_by": "", "billing_archived_by": ""},
            },
        )

    def _new_product(self, command_id: str, plan: PlanSpec) -> stripe.Product:
        product_id = f"plan-{plan.slug}"
        try:
            return self._api.products.create(
                {
                    "id": product_id,
                    "name": plan.name,
                    "metadata": self._written({"plan": plan.slug, "command_id": command_id}),
                }
            )
        except stripe.InvalidRequestError as error:
            if error.code != "resource_already_exists":
                raise
            return self._api.products.retrieve(product_id)

    def _offered(self, known: list[stripe.Price], plan: PlanSpec) -> stripe.Price | None:
        fitting = sorted(
            (price for price in known if _sells(price, plan)), key=lambda price: not price.active
        )
        if not fitting or fitting[0].active:
            return next(iter(fitting), None)
        return self._api.prices.update(fitting[0].id, {"active": True})

    def _prices(self, product: str) -> list[stripe.Price]:
        """The recurring prices of a product that we made, newest first."""
        prices = self._api.prices.list({"product": product, "limit": 100})
        return [
            price
            for price in prices.auto_paging_iter()
            if price.recurring is not None and is_a_plan(price.metadata)
        ]

    def _new_price(self, command_id: str, plan: PlanSpec, product: str) -> stripe.Price:
        amount, currency = to_stripe(plan.price)
        return self._api.prices.create(
            {
                "product": product,
                "currency": currency,
                "unit_amount": amount,
                "recurring": {"interval": plan.interval},
                "metadata": self._written({"plan": plan.slug, "command_id": command_id}),
            },
            once(command_id, f"price-{amount}-{currency}-{plan.interval}"),
        )

    def _retire(self, price: str) -> None:
        try:
            self._api.prices.update(price, {"active": False})
        except stripe.InvalidRequestError as error:
            if not is_missing(error):
                raise


def _sells(price: stripe.Price, plan: PlanSpec) -> bool:
    return (
        (price.unit_amount, price.currency) == to_stripe(plan.price)
        and price.recurring is not None
        and price.recurring.interval == plan.interval
        and price.recurring.interval_count == 1
    )


def _replaced(current: PlanRef | None, retired: list[str]) -> str | None:
    if current is not None and current.price in retired:
        return current.price
    return retired[0] if retired else None
