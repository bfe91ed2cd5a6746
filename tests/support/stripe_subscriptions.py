"""Subscriptions and their schedules in the double: what requests change of them."""

from __future__ import annotations

from tests.support.stripe_card_outcomes import add_line
from tests.support.stripe_periods import after, change_price, prorations, restarts
from tests.support.stripe_routes import Params, route
from tests.support.stripe_shapes import Record, blank
from tests.support.stripe_store import Refusal, Store


@route("GET", "/v1/subscriptions/{subscription_exposed_id}")
def show_subscription(store: Store, params: Params, identity: str) -> Record:
    return store.view(store.get(identity), params.get("expand", []))


@route("GET", "/v1/subscriptions")
def list_subscriptions(store: Store, params: Params) -> Record:
    return store.listed(store.every("subscription"), "/v1/subscriptions", params)


@route("POST", "/v1/subscriptions/{subscription_exposed_id}")
def update_subscription(store: Store, params: Params, identity: str) -> Record:
    subscription = _living(store, identity)
    _refuse_what_a_schedule_governs(subscription, params)
    if "items" in params:
        (wanted,) = params["items"]
        _sold(store, wanted["price"])
        change_price(store, subscription, wanted["price"], charge_now=True)
    _change_end(subscription, params)
    store.update(subscription, {"metadata": params.get("metadata", {})})
    store.emit("customer.subscription.updated", subscription)
    return subscription


@route("DELETE", "/v1/subscriptions/{subscription_exposed_id}")
def cancel_subscription(store: Store, params: Params, identity: str) -> Record:
    subscription = _living(store, identity)
    end_subscription(store, subscription)
    return subscription


@route("POST", "/v1/subscription_schedules")
def create_schedule(store: Store, params: Params) -> Record:
    subscription = _living(store, params["from_subscription"])
    if subscription["schedule"]:
        raise Refusal(400, "You cannot migrate a subscription that is attached to a schedule.")
    item = subscription["items"]["data"][0]
    start, end = item["current_period_start"], item["current_period_end"]
    schedule = store.add(
        "subscription_schedule",
        subscription=subscription["id"],
        customer=subscription["customer"],
        status="active",
        end_behavior="release",
        metadata={},
        current_phase={"start_date": start, "end_date": end},
        phases=[_phase(item["price"]["id"], start, end)],
    )
    subscription["schedule"] = schedule["id"]
    return schedule


@route("GET", "/v1/subscription_schedules/{schedule}")
def show_schedule(store: Store, params: Params, identity: str) -> Record:
    return store.get(identity)


@route("POST", "/v1/subscription_schedules/{schedule}")
def update_schedule(store: Store, params: Params, identity: str) -> Record:
    schedule = store.get(identity)
    now, planned = params["phases"]
    if schedule["status"] != "active":
        raise Refusal(400, f"You cannot update a schedule that is {schedule['status']}.")
    if now["start_date"] != schedule["current_phase"]["start_date"]:
        raise Refusal(400, "You can not modify the start date of the current phase.")
    _sold(store, planned["items"][0]["price"])
    end = after(now["end_date"], planned["duration"]["interval"])
    schedule["phases"] = [
        _phase(now["items"][0]["price"], now["start_date"], now["end_date"]),
        _phase(planned["items"][0]["price"], now["end_date"], end, planned.get("metadata")),
    ]
    schedule["current_phase"]["end_date"] = now["end_date"]
    schedule["end_behavior"] = params["end_behavior"]
    store.update(schedule, {"metadata": params["metadata"]})
    return schedule


@route("POST", "/v1/subscription_schedules/{schedule}/release")
def release_schedule(store: Store, params: Params, identity: str) -> Record:
    schedule = store.get(identity)
    if schedule["status"] != "active":
        raise Refusal(400, f"You cannot release a schedule that is {schedule['status']}.")
    store.get(schedule["subscription"])["schedule"] = None
    schedule.update(
        status="released", released_subscription=schedule["subscription"], subscription=None
    )
    return schedule


@route("POST", "/v1/invoices/create_preview")
def preview(store: Store, params: Params) -> Record:
    """An invoice that exists nowhere: what a change of price would add."""
    subscription = _living(store, params["subscription"])
    details = params["subscription_details"]
    (wanted,) = details["items"]
    price = _sold(store, wanted["price"])
    item = subscription["items"]["data"][0]
    made = blank("invoice")
    made.update(id="upcoming_in_1", currency=subscription["currency"], status="draft")
    at = details["proration_date"]
    for amount, description in prorations(item, price, at):
        add_line(store, made, amount, description)
        made["lines"]["data"][-1]["parent"] = _proration(wanted["id"])
    add_line(store, made, price["unit_amount"], price["id"])
    made["lines"]["data"][-1]["parent"] = _proration(wanted["id"], proration=False)
    if restarts(item["price"], price):
        made["lines"]["data"].pop(1)
        made["total"] = sum(line["amount"] for line in made["lines"]["data"])
    return made


def end_subscription(store: Store, subscription: Record) -> None:
    ended = store.timestamp()
    subscription.update(status="canceled", ended_at=ended, canceled_at=ended, schedule=None)
    store.emit("customer.subscription.deleted", subscription)


def _living(store: Store, identity: str) -> Record:
    subscription = store.get(identity)
    if subscription["status"] in ("canceled", "incomplete_expired"):
        raise Refusal(404, f"No such subscription: '{identity}'", code="resource_missing")
    return subscription


def _sold(store: Store, identity: str) -> Record:
    price = store.get(identity, param="items[0][price]", status=400)
    if not price["active"]:
        raise Refusal(400, "The price specified is inactive.", param="items[0][price]")
    return price


def _refuse_what_a_schedule_governs(subscription: Record, params: Params) -> None:
    if "cancel_at" in params and "cancel_at_period_end" in params:
        raise Refusal(400, "You can't set both cancel_at and cancel_at_period_end.")
    if subscription["schedule"] and {"cancel_at", "cancel_at_period_end"} & set(params):
        raise Refusal(
            400,
            f"The subscription is managed by the subscription schedule "
            f"`{subscription['schedule']}`, and updating any cancelation behavior directly is "
            f"not allowed. Please update the schedule instead.",
        )


def _change_end(subscription: Record, params: Params) -> None:
    if "cancel_at_period_end" in params:
        ends = params["cancel_at_period_end"]
        period_end = subscription["items"]["data"][0]["current_period_end"]
        subscription.update(cancel_at_period_end=ends, cancel_at=period_end if ends else None)
    elif "cancel_at" in params:
        subscription["cancel_at"] = params["cancel_at"] or None


def _phase(price: str, start: int, end: int, metadata: Record | None = None) -> Record:
    item = blank("subscription_schedule_configuration_item")
    item.update(price=price, quantity=1)
    phase = blank("subscription_schedule_phase_configuration")
    phase.update(items=[item], start_date=start, end_date=end, metadata=metadata)
    return phase


def _proration(item: str, *, proration: bool = True) -> Record:
    parent = blank("billing_bill_resource_invoicing_lines_parents_invoice_line_item_parent")
    details = blank(
        "billing_bill_resource_invoicing_lines_parents_invoice_line_item_subscription_item_parent"
    )
    details.update(subscription_item=item, proration=proration)
    parent.update(type="subscription_item_details", subscription_item_details=details)
    return parent
