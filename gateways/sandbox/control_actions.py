"""The actions of `/sandbox/control`, by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateways.port import GatewayRejected
from gateways.sandbox.simulation import dashboard, disputes, subscriptions
from gateways.sandbox.simulation.cards import Card, card
from gateways.sandbox.simulation.ledger import Ledger

Action = Literal[
    "renew",
    "fail_payment",
    "recover_payment",
    "suspend",
    "give_coupon",
    "add_item",
    "set_quantity",
    "start_trial",
    "pause",
    "plan_price",
    "set_card",
    "delete_customer",
    "refund",
    "fail_refund",
    "open_dispute",
    "win_dispute",
    "lose_dispute",
]


class ActionBody(BaseModel):
    """What an action is done to and with: `subscription` for what people do to one; `ref` names an
    invoice, a refund or a dispute. `amount` is minor units, percent or a quantity."""

    model_config = ConfigDict(extra="forbid")

    subscription: str = ""
    ref: str = ""
    amount: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    price: str = ""
    card: str = ""
    seconds: Annotated[float, Field(ge=0, le=400 * 86_400)] = 0


ACTIONS: dict[Action, Callable[[Ledger, ActionBody], object]] = {
    "renew": lambda ledger, wish: subscriptions.renew(ledger, wish.subscription, paid=True),
    "fail_payment": lambda ledger, wish: subscriptions.renew(ledger, wish.subscription, paid=False),
    "recover_payment": lambda ledger, wish: subscriptions.recover(ledger, wish.subscription),
    "suspend": lambda ledger, wish: subscriptions.suspend(ledger, wish.subscription),
    "give_coupon": lambda ledger, wish: dashboard.give_coupon(
        ledger, wish.subscription, min(wish.amount, 100)
    ),
    "add_item": lambda ledger, wish: dashboard.add_item(ledger, wish.subscription, wish.amount),
    "set_quantity": lambda ledger, wish: dashboard.set_quantity(
        ledger, wish.subscription, wish.amount
    ),
    "start_trial": lambda ledger, wish: dashboard.start_trial(
        ledger, wish.subscription, ledger.now + timedelta(seconds=wish.seconds)
    ),
    "pause": lambda ledger, wish: dashboard.pause(
        ledger,
        wish.subscription,
        ledger.now + timedelta(seconds=wish.seconds) if wish.seconds else None,
    ),
    "plan_price": lambda ledger, wish: dashboard.plan_price(ledger, wish.subscription, wish.price),
    "set_card": lambda ledger, wish: dashboard.set_card(
        ledger, wish.subscription, _test_card(wish.card)
    ),
    "delete_customer": lambda ledger, wish: dashboard.delete_customer(ledger, wish.subscription),
    "refund": lambda ledger, wish: disputes.refund_by_hand(ledger, wish.ref, wish.amount),
    "fail_refund": lambda ledger, wish: disputes.fail_refund(ledger, wish.ref),
    "open_dispute": lambda ledger, wish: disputes.open_dispute(ledger, wish.ref),
    "win_dispute": lambda ledger, wish: disputes.close_dispute(ledger, wish.ref, won=True),
    "lose_dispute": lambda ledger, wish: disputes.close_dispute(ledger, wish.ref, won=False),
}


def _test_card(number: str) -> Card:
    known = card(number)
    if known is None:
        raise GatewayRejected("This is not a test card number.")
    return known
