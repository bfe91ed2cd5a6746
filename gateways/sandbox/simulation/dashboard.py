"""What support and sales do in a gateway's dashboard, past us."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from gateways.port import Discount, GatewayRejected, Item, Pause
from gateways.sandbox.simulation import subscriptions
from gateways.sandbox.simulation.cards import Card
from gateways.sandbox.simulation.customers import save_card
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import Customer, Price, Subscription
from kernel.ids import new_id
from kernel.money import Money


def give_coupon(ledger: Ledger, ref: str, percent: int) -> None:
    """For ever."""
    found = _living(ledger, ref)
    given = Discount(ref=new_id("di"), name=f"{percent} % off", percent=Decimal(percent))
    subscriptions.announce_update(ledger, replace(found, discounts=(*found.discounts, given)))


def add_item(ledger: Ledger, ref: str, amount: int) -> None:
    found = _living(ledger, ref)
    item = Item(
        ref=new_id("si"),
        price_ref=new_id("price"),
        amount=Money(amount, found.amount.currency),
    )
    subscriptions.announce_update(ledger, replace(found, extras=(*found.extras, item)))


def set_quantity(ledger: Ledger, ref: str, quantity: int) -> None:
    found = _living(ledger, ref)
    if quantity < 1:
        raise GatewayRejected("A quantity is at least 1.")
    unit = ledger.get(Price, found.price).amount
    whole = Money(unit.amount * quantity, unit.currency)
    subscriptions.announce_update(ledger, replace(found, quantity=quantity, amount=whole))


def start_trial(ledger: Ledger, ref: str, until: datetime) -> None:
    """Free from now on, without prorations; the period ends with it."""
    found = _living(ledger, ref)
    if until <= ledger.now:
        raise GatewayRejected("A trial ends in the future.")
    trial = replace(found, trial_end=until, anchor=until, period_start=ledger.now, period_end=until)
    subscriptions.announce_update(ledger, trial)


def pause(ledger: Ledger, ref: str, resumes_at: datetime | None) -> None:
    """Nothing is collected meanwhile."""
    found = _living(ledger, ref)
    subscriptions.announce_update(ledger, replace(found, paused=Pause("collection", resumes_at)))


def plan_price(ledger: Ledger, ref: str, price_ref: str) -> None:
    """Another price from the next period on."""
    found, price = _living(ledger, ref), ledger.get(Price, price_ref)
    planned = replace(found, next_price=price.id, planned_by_hand=True)
    subscriptions.announce_update(ledger, planned)


def set_card(ledger: Ledger, ref: str, card: Card) -> None:
    customer = ledger.get(Customer, _living(ledger, ref).customer)
    save_card(ledger, customer, card)


def delete_customer(ledger: Ledger, ref: str) -> None:
    """Ends all that the customer has."""
    customer = ledger.get(Customer, ledger.get(Subscription, ref).customer)
    for subscription in list(ledger.every(Subscription)):
        if subscription.customer == customer.id:
            subscriptions.cancel(ledger, subscription.id, at_period_end=False)
    ledger.put(replace(ledger.get(Customer, customer.id), deleted=True, method=None))


def _living(ledger: Ledger, ref: str) -> Subscription:
    found = ledger.get(Subscription, ref)
    if found.phase == "cancelled":
        raise GatewayRejected("The subscription has ended.", subscription=ref)
    return found
