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
    "renew": lambda ledger, body: subscriptions.renew(ledger, body.subscription, paid=True),
    "fail_payment": lambda ledger, body: subscriptions.renew(ledger, body.subscription, paid=False),
    "recover_payment": lambda ledger, body: subscriptions.recover(ledger, body.subscription),
    "suspend": lambda ledger, body: subscriptions.suspend(ledger, body.subscription),
    "give_coupon": lambda ledger, body: dashboard.give_coupon(
        ledger, body.subscription, min(body.amount, 100)
    ),
    "add_item": lambda ledger, body: dashboard.add_item(ledger, body.subscription, body.amount),
    "set_quantity": lambda ledger, body: dashboard.set_quantity(
        ledger, body.subscription, body.amount
    ),
    "start_trial": lambda ledger, body: dashboard.start_trial(
        ledger, body.subscription, ledger.now + timedelta(seconds=body.seconds)
    ),
    "pause": lambda ledger, body: dashboard.pause(
        ledger,
        body.subscription,
        ledger.now + timedelta(seconds=body.seconds) if body.seconds else None,
    ),
    "plan_price": lambda ledger, body: dashboard.plan_price(ledger, body.subscription, body.price),
    "set_card": lambda ledger, body: dashboard.set_card(
        ledger, body.subscription, _test_card(body.card)
    ),
    "delete_customer": lambda ledger, body: dashboard.delete_customer(ledger, body.subscription),
    "refund": lambda ledger, body: disputes.refund_by_hand(ledger, body.ref, body.amount),
    "fail_refund": lambda ledger, body: disputes.fail_refund(ledger, body.ref),
    "open_dispute": lambda ledger, body: disputes.open_dispute(ledger, body.ref),
    "win_dispute": lambda ledger, body: disputes.close_dispute(ledger, body.ref, won=True),
    "lose_dispute": lambda ledger, body: disputes.close_dispute(ledger, body.ref, won=False),
}


def _test_card(number: str) -> Card:
    known = card(number)
    if known is None:
        raise GatewayRejected("This is not a test card number.")
    return known
