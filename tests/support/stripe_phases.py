"""Phases of the double's schedules, and what a subscription takes from the one it is in."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.support.stripe_shapes import Record, blank
from tests.support.stripe_store import Store

_TAKEN = ("default_payment_method", "collection_method", "description")


def phase_of(subscription: Record) -> Record:
    """What a schedule made of a subscription begins with."""
    item = subscription["items"]["data"][0]
    trial_end = subscription["trial_end"]
    return made_phase(
        {
            "items": [
                {
                    "price": each["price"]["id"],
                    "quantity": each["quantity"],
                    "discounts": [{"discount": ref} for ref in each["discounts"]],
                    "metadata": each["metadata"],
                }
                for each in subscription["items"]["data"]
            ],
            "discounts": [{"discount": ref} for ref in subscription["discounts"]],
            "start_date": item["current_period_start"],
            "end_date": item["current_period_end"],
            "trial_end": trial_end if subscription["status"] == "trialing" else None,
            "metadata": {},
            **{name: subscription[name] for name in _TAKEN},
        }
    )


def made_phase(given: Record) -> Record:
    """As it is shown; what was left out is null."""
    phase = blank("subscription_schedule_phase_configuration")
    items = [_item(each) for each in given["items"]]
    phase.update({name: deepcopy(value) for name, value in given.items() if name in phase})
    phase.update(items=items, discounts=_discounts(given.get("discounts")))
    return phase


def take_from(store: Store, subscription: Record, phase: Record) -> None:
    """All that the phase says is so, and what it leaves out is no more."""
    before = {each["price"]["id"]: each for each in subscription["items"]["data"]}
    spare = [each for price, each in before.items() if price not in _prices(phase)]
    items = []
    for wanted in phase["items"]:
        item = before.get(wanted["price"]) or spare.pop(0)
        item.update(
            price=deepcopy(store.get(wanted["price"])),
            quantity=wanted["quantity"],
            discounts=[each["discount"] for each in wanted["discounts"]],
        )
        items.append(item)
    subscription["items"]["data"] = items
    subscription["discounts"] = [each["discount"] for each in phase["discounts"]]
    for name in _TAKEN:
        subscription[name] = phase[name] or subscription[name]
    trial_end = phase["trial_end"]
    if subscription["status"] == "trialing" and trial_end != subscription["trial_end"]:
        subscription.update(trial_end=store.timestamp(), status="active")


def enter_phase(store: Store, subscription: Record, boundary: int) -> None:
    if not subscription["schedule"]:
        return
    schedule = store.get(subscription["schedule"])
    for phase in schedule["phases"]:
        if phase["start_date"] == boundary:
            take_from(store, subscription, phase)
            store.update(subscription, {"metadata": phase["metadata"] or {}})
            schedule["current_phase"] = {"start_date": boundary, "end_date": phase["end_date"]}
            return
    schedule.update(status="released", subscription=None)
    subscription["schedule"] = None


def _prices(phase: Record) -> set[str]:
    return {each["price"] for each in phase["items"]}


def _item(given: Record) -> Record:
    item = blank("subscription_schedule_configuration_item")
    item.update(
        price=given["price"],
        quantity=given.get("quantity", 1),
        discounts=_discounts(given.get("discounts")),
        metadata=given.get("metadata"),
    )
    return item


def _discounts(given: Any) -> list[Record]:
    empty = {"coupon": None, "discount": None, "promotion_code": None}
    return [{**empty, **each} for each in given or []]
