"""A subscription as Stripe has it and as the read model shows it, made comparable."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateways.stripe.metadata import facts
from tests.support.stripe_shapes import Record
from tests.support.stripe_store import Store

ENDED = ("canceled", "incomplete_expired")
DEFAULT_PLAN = "free"
Facts = dict[str, Any]


def in_our_words(store: Store, subscription: Record) -> Facts:
    """What the read model has to show of the double's subscription. Times in Unix seconds."""
    (item,) = subscription["items"]["data"]
    price, ended = item["price"], subscription["status"] in ENDED
    plan = _plan_of(store, price)
    return {
        "plan": DEFAULT_PLAN if ended else plan,
        "subscribed_plan": plan,
        "status": _status(subscription),
        "has_access": not ended,
        "gateway": "stripe",
        "subscription_ref": subscription["id"],
        "customer_ref": subscription["customer"],
        "checkout_id": facts(subscription["metadata"])["command_id"],
        "price_cents": price["unit_amount"],
        "currency": price["currency"].upper(),
        "interval": price["recurring"]["interval"],
        "grandfathered": not (ended or store.get(price["id"])["active"]),
        "started_at": subscription["start_date"],
        "period_start": item["current_period_start"],
        "period_end": item["current_period_end"],
        "cancel_at": None if ended else subscription["cancel_at"],
        "ended_at": subscription["ended_at"],
        "next_plan": _next_plan(store, subscription),
    }


def in_their_words(shown: Mapping[str, Any]) -> Facts:
    """The same facts of the read model's answer."""
    facts = {name: shown[name] for name in _PLAIN}
    return facts | {name: _seconds(shown[name]) for name in _MOMENTS}


def differing(one: Facts, other: Facts) -> list[str]:
    return [name for name in one if one[name] != other[name]]


def _plan_of(store: Store, price: Record) -> str:
    return str(facts(store.get(price["product"])["metadata"])["plan"])


def _next_plan(store: Store, subscription: Record) -> str | None:
    """Of the phase that has not begun, while a schedule governs."""
    if not subscription["schedule"]:
        return None
    schedule = store.get(subscription["schedule"])
    begun = schedule["current_phase"]["start_date"]
    coming = [phase for phase in schedule["phases"] if phase["start_date"] > begun]
    return _plan_of(store, store.get(coming[0]["items"][0]["price"])) if coming else None


def _status(subscription: Record) -> str:
    known = {"past_due": "past_due", "unpaid": "suspended", "canceled": "cancelled"}
    running = "active" if subscription["cancel_at"] is None else "grace"
    return known.get(subscription["status"], running)


def _seconds(text: str | None) -> int | None:
    return None if text is None else int(datetime.fromisoformat(text).timestamp())


_PLAIN = (
    "plan",
    "subscribed_plan",
    "status",
    "has_access",
    "gateway",
    "subscription_ref",
    "customer_ref",
    "checkout_id",
    "price_cents",
    "currency",
    "interval",
    "grandfathered",
    "next_plan",
)
_MOMENTS = ("started_at", "period_start", "period_end", "cancel_at", "ended_at")
