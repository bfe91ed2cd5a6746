"""Phases of a schedule: read as Stripe shows them, written as it takes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import stripe

Phase = stripe.params.SubscriptionScheduleUpdateParamsPhase

_CARRIED = (
    "application_fee_percent",
    "automatic_tax",
    "billing_thresholds",
    "collection_method",
    "default_payment_method",
    "default_tax_rates",
    "description",
    "invoice_settings",
    "metadata",
    "on_behalf_of",
    "transfer_data",
)
_CARRIED_ITEM = ("billing_thresholds", "metadata", "quantity", "tax_rates")
_NAMED_BY = ("discount", "promotion_code", "coupon")
_READ_ONLY = frozenset({"disabled_reason"})


def carried(phase: stripe.SubscriptionSchedule.Phase) -> Phase:
    """All that may be written of a phase, without its times. Discounts are named as they are,
    also that there are none: left out, the customer's own would take their place."""
    shown = phase.to_dict()
    written = _written(shown, _CARRIED)
    items = [
        {
            **_written(item, _CARRIED_ITEM),
            "price": _flat(item["price"]),
            **({"discounts": _discounts(item["discounts"])} if item.get("discounts") else {}),
        }
        for item in shown["items"]
    ]
    return cast(
        "Phase", {**written, "items": items, "discounts": _discounts(shown["discounts"]) or ""}
    )


def repriced(phase: Phase, old_price: str, new_price: str, quantity: int | None = None) -> Phase:
    """The same with another price for one item, and perhaps another quantity."""
    other = {"price": new_price} if quantity is None else {"price": new_price, "quantity": quantity}
    items = [
        {**item, **other} if item.get("price") == old_price else item for item in phase["items"]
    ]
    return cast("Phase", {**phase, "items": items})


def current(schedule: stripe.SubscriptionSchedule) -> stripe.SubscriptionSchedule.Phase:
    """The phase that the subscription is in; the first, of one that has just been made."""
    begun = schedule.current_phase.start_date if schedule.current_phase else None
    return next((each for each in schedule.phases if each.start_date == begun), schedule.phases[0])


def has_more_to_come(schedule: stripe.SubscriptionSchedule) -> bool:
    return any(each.start_date > current(schedule).start_date for each in schedule.phases)


def _discounts(discounts: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        next({kind: _flat(each[kind])} for kind in _NAMED_BY if each.get(kind))
        for each in discounts
    ]


def _written(shown: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: _flat(shown[name]) for name in names if shown.get(name) not in (None, [], {})}


def _flat(value: Any) -> Any:
    """Ids in the place of expanded objects; nothing that is null or can't be written."""
    if isinstance(value, dict):
        if "object" in value:
            return value["id"]
        return {
            name: _flat(each)
            for name, each in value.items()
            if each is not None and name not in _READ_ONLY
        }
    return [_flat(each) for each in value] if isinstance(value, list) else value
