"""A business that lived at the double of Stripe before, its customers in odd states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.support.stripe_catalogue import create_customer, create_price, create_product
from tests.support.stripe_driver import StripeDriver
from tests.support.stripe_sales import StripeSales
from tests.support.stripe_subscriptions import end_subscription

STILL = ("canceled", "incomplete", "incomplete_expired")
PRICES = {
    "pro": ("usd", 4900, "month"),
    "pro eur": ("eur", 4500, "month"),
    "pro inr": ("inr", 399_900, "month"),
    "yearly": ("usd", 49_000, "year"),
}


@dataclass
class StripeBusiness:
    """`expected` is the verdict that each subscription deserves; `customers` the workspaces that
    people have to name, because no metadata do."""

    driver: StripeDriver
    prices: dict[str, str] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    customers: dict[str, str] = field(default_factory=dict)
    made: int = 0

    def __post_init__(self) -> None:
        self.sales = StripeSales(self.driver)
        self.store = self.driver.store
        product = create_product(self.store, {"name": "Pro"})["id"]
        for name, (currency, amount, interval) in PRICES.items():
            self.prices[name] = self._price(product, currency, amount, interval)
        club = create_product(self.store, {"name": "Coffee club"})["id"]
        self.prices["coffee"] = self._price(club, "usd", 1900, "month")
        self.prices["weekly"] = self._price(club, "usd", 900, "week")

    @property
    def assigned(self) -> dict[str, str]:
        """The plans that people named. That of `pro` is found by name and terms."""
        return {
            self.prices["pro eur"]: "pro",
            self.prices["pro inr"]: "pro",
            self.prices["yearly"]: "pro-yearly",
            self.prices["weekly"]: "team",
        }

    def grow(self, customers: int) -> None:
        """Each in the next of the odd states."""
        for number in range(customers):
            STATES[number % len(STATES)](self)
        self.driver.deliveries()  # nobody listened then

    def live(self, days: int, chance: Callable[[], float]) -> None:
        """Time goes on; cards fail and recover. Whatever falls due is billed in its order."""
        end = int((self.driver.now() + timedelta(days=days)).timestamp())
        while due := self._next_due(end):
            if chance() < 0.05:
                self.driver.fail_payment(due)
            else:
                self.driver.renew(due)
        self.store.reach(end)
        for each in self.store.every("subscription", lambda each: each["status"] == "past_due"):
            if chance() < 0.5:
                self.driver.recover_payment(each["id"])

    def unpaid(self) -> list[str]:
        """Those that a plan's days past due may end."""
        owing = ("past_due", "unpaid")
        found = self.store.every("subscription", lambda each: each["status"] in owing)
        return [str(each["id"]) for each in found]

    def books(self, subscriptions: list[str]) -> Counter[str]:
        """What was billed and came in, by currency, as Stripe itself has it."""
        books: Counter[str] = Counter()
        wanted = set(subscriptions)
        for each in self.store.every("invoice", lambda each: each["status"] != "draft"):
            if each["parent"]["subscription_details"]["subscription"] in wanted:
                currency = each["currency"].upper()
                books[f"total {currency}"] += each["total"]
                books[f"paid {currency}"] += each["amount_paid"]
        return books

    def _next_due(self, end: int) -> str:
        running = self.store.every("subscription", lambda each: each["status"] not in STILL)
        ends = {each["id"]: each["items"]["data"][0]["current_period_end"] for each in running}
        due = [(at, ref) for ref, at in ends.items() if at <= end]
        return min(due)[1] if due else ""

    def _price(self, product: str, currency: str, amount: int, interval: str) -> str:
        price = create_price(
            self.store,
            {
                "product": product,
                "currency": currency,
                "unit_amount": amount,
                "recurring": {"interval": interval},
            },
        )
        return str(price["id"])

    # --- what is sold

    def customer(self, *, named: bool = True) -> str:
        """In turn by its metadata, or by people's word."""
        self.made += 1
        workspace = f"ws-{self.made}"
        metadata = {"workspace_id": workspace} if named and self.made % 2 else {}
        customer = str(create_customer(self.store, {"metadata": metadata})["id"])
        if named and not metadata:
            self.customers[customer] = workspace
        return customer

    def sell(
        self, price: str = "pro", verdict: str = "fits", customer: str = "", **facts: Any
    ) -> str:
        ref = self.sales.subscribe(self.prices[price], customer or self.customer(), **facts)
        self.expected[ref] = verdict
        return ref


def _twice(business: StripeBusiness) -> None:
    customer = business.customer()
    business.sell(customer=customer)
    business.sell("pro eur", "second_subscription", customer)


def _trial(business: StripeBusiness) -> None:
    until = business.driver.now() + timedelta(days=20)
    business.driver.by_hand.start_trial(business.sell(), until)


def _planned(business: StripeBusiness) -> None:
    business.driver.by_hand.plan_price(business.sell(), business.prices["yearly"])


def _deleted(business: StripeBusiness) -> None:
    business.driver.by_hand.delete_customer(business.sell(verdict="ended"))


def _ended(business: StripeBusiness) -> None:
    end_subscription(business.store, business.store.get(business.sell(verdict="ended")))


def _cancelled(business: StripeBusiness) -> None:
    business.driver.end_in_portal(business.sell())


def _beside(business: StripeBusiness) -> None:
    """Our price is not the first."""
    business.driver.by_hand.add_item(business.sell(verdict="plan_beside_others"), 500)


STATES: tuple[Callable[[StripeBusiness], object], ...] = (
    lambda business: business.sell(),
    lambda business: business.sell("yearly"),
    lambda business: business.sell("pro eur"),
    lambda business: business.sell("pro inr"),
    _twice,
    lambda business: business.driver.by_hand.give_coupon(business.sell(), 25),
    lambda business: business.driver.by_hand.set_quantity(business.sell("pro eur"), 3),
    _trial,
    _planned,
    lambda business: business.driver.by_hand.pause(business.sell(), None),
    _cancelled,
    lambda business: business.driver.fail_payment(business.sell()),
    lambda business: business.driver.suspend(business.sell("pro inr")),
    lambda business: business.sell(collection_method="send_invoice"),
    lambda business: business.sell("coffee", "no_plan"),
    lambda business: business.sell("weekly", "other_interval"),
    lambda business: business.sell("pro", "no_workspace", business.customer(named=False)),
    lambda business: business.sell(verdict="not_begun", status="incomplete"),
    _deleted,
    _ended,
    _beside,
)
