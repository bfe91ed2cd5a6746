"""What support and sales do in the double's dashboard."""

from __future__ import annotations

from datetime import datetime

from tests.support.gateway_driver import SavedCard
from tests.support.stripe_catalogue import create_price
from tests.support.stripe_periods import add_item
from tests.support.stripe_phases import made_phase, phase_of
from tests.support.stripe_shapes import Record, blank
from tests.support.stripe_store import Store
from tests.support.stripe_subscriptions import create_schedule


class StripeDashboard:
    def __init__(self, store: Store) -> None:
        self._store = store

    def give_coupon(self, subscription: str, percent: int) -> None:
        found = self._store.get(subscription)
        coupon = self._store.add(
            "coupon",
            name=f"{percent} % off",
            percent_off=float(percent),
            duration="forever",
            valid=True,
            metadata={},
        )
        discount = self._store.add(
            "discount",
            subscription=subscription,
            customer=found["customer"],
            start=self._store.timestamp(),
            source={"type": "coupon", "coupon": coupon["id"]},
        )
        found["discounts"].append(discount["id"])
        self._changed(found)

    def add_item(self, subscription: str, amount: int) -> None:
        """Before ours, so that nothing is found by position."""
        found = self._store.get(subscription)
        product = self._store.add("product", name="Extra", active=True, metadata={})
        price = create_price(
            self._store,
            {
                "product": product["id"],
                "currency": found["currency"],
                "unit_amount": amount,
                "recurring": {"interval": "month"},
            },
        )
        start = found["items"]["data"][0]["current_period_start"]
        add_item(self._store, found, price, 1, start)
        found["items"]["data"].reverse()
        self._changed(found)

    def set_quantity(self, subscription: str, quantity: int) -> None:
        found = self._store.get(subscription)
        found["items"]["data"][0]["quantity"] = quantity
        self._changed(found)

    def start_trial(self, subscription: str, until: datetime) -> None:
        """Without prorations: the period ends with the trial."""
        found, end = self._store.get(subscription), int(until.timestamp())
        found.update(status="trialing", trial_start=self._store.timestamp(), trial_end=end)
        for item in found["items"]["data"]:
            item.update(current_period_start=self._store.timestamp(), current_period_end=end)
        self._changed(found)

    def pause(self, subscription: str, resumes_at: datetime | None) -> None:
        found = self._store.get(subscription)
        pause = blank("subscriptions_resource_pause_collection")
        pause.update(behavior="void")
        pause["resumes_at"] = int(resumes_at.timestamp()) if resumes_at else None
        found["pause_collection"] = pause
        self._changed(found)

    def plan_price(self, subscription: str, price_ref: str) -> None:
        found = self._store.get(subscription)
        schedule = create_schedule(self._store, {"from_subscription": subscription})
        present = phase_of(found)
        coming = {
            **present,
            "items": [{"price": price_ref, "quantity": 1}],
            "start_date": present["end_date"],
            "end_date": present["end_date"] + 30 * 86_400,
            "trial_end": None,
        }
        schedule["phases"].append(made_phase(coming))
        self._changed(found)

    def set_card(self, subscription: str, card: SavedCard) -> None:
        self._store.cards[self._store.get(subscription)["default_payment_method"]] = card

    def delete_customer(self, subscription: str) -> None:
        found = self._store.get(subscription)
        self._store.get(found["customer"])["deleted"] = True
        ended = self._store.timestamp()
        found.update(status="canceled", ended_at=ended, canceled_at=ended)
        self._store.emit("customer.subscription.deleted", found)

    def _changed(self, subscription: Record) -> None:
        self._store.emit("customer.subscription.updated", subscription)
