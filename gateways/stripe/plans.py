"""Plans as products and prices."""

from __future__ import annotations

import stripe

from gateways.port import PlanRef, PlanSpec
from gateways.stripe.connection import Connection, asks, is_missing, once
from gateways.stripe.currencies import from_stripe, to_stripe


class Plans(Connection):
    """One account serves one catalogue: the product's id is made of the slug, so a product is
    never made twice, and of its active prices only the catalogue's own stays active."""

    @asks
    def ensure_plan(self, command_id: str, plan: PlanSpec, current: PlanRef | None) -> PlanRef:
        product = self._product(command_id, plan, current)
        offered = self._offered(product.id)
        price = next((price for price in offered if _sells(price, plan)), None)
        if price is None:
            price = self._new_price(command_id, plan, product.id)
        retired = [old.id for old in offered if old.id != price.id]
        if current is not None and current.price not in (price.id, *retired):
            retired.append(current.price)
        for old in retired:
            self._retire(old)
        amount = from_stripe(price.unit_amount or 0, price.currency)
        return PlanRef(product.id, price.id, amount, _replaced(current, retired))

    @asks
    def archive_plan(self, command_id: str, current: PlanRef) -> None:
        for price in self._offered(current.product):
            self._retire(price.id)
        try:
            self._api.products.update(current.product, {"active": False})
        except stripe.InvalidRequestError as error:
            if not is_missing(error):
                raise

    def _product(
        self, command_id: str, plan: PlanSpec, current: PlanRef | None
    ) -> stripe.Product:
        product_id = current.product if current else f"plan-{plan.slug}"
        try:
            product = self._api.products.retrieve(product_id)
        except stripe.InvalidRequestError as error:
            if not is_missing(error):
                raise
            return self._new_product(command_id, plan)
        if product.name == plan.name and product.active:
            return product
        return self._api.products.update(product.id, {"name": plan.name, "active": True})

    def _new_product(self, command_id: str, plan: PlanSpec) -> stripe.Product:
        product_id = f"plan-{plan.slug}"
        try:
            return self._api.products.create(
                {
                    "id": product_id,
                    "name": plan.name,
                    "metadata": {"plan": plan.slug, "command_id": command_id},
                }
            )
        except stripe.InvalidRequestError as error:
            if error.code != "resource_already_exists":
                raise
            return self._api.products.retrieve(product_id)

    def _offered(self, product: str) -> list[stripe.Price]:
        """The active recurring prices of a product that we made, newest first."""
        prices = self._api.prices.list({"product": product, "active": True, "limit": 100})
        return [
            price
            for price in prices.auto_paging_iter()
            if price.recurring is not None and "plan" in price.metadata.to_dict()
        ]

    def _new_price(self, command_id: str, plan: PlanSpec, product: str) -> stripe.Price:
        amount, currency = to_stripe(plan.price)
        return self._api.prices.create(
            {
                "product": product,
                "currency": currency,
                "unit_amount": amount,
                "recurring": {"interval": plan.interval},
                "metadata": {"plan": plan.slug, "command_id": command_id},
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
