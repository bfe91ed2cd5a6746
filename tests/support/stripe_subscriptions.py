"""Subscriptions and their schedules in the double: what requests change of them."""

from __future__ import annotations

from tests.support.stripe_adjustments import adjust
from tests.support.stripe_bills import add_line
from tests.support.stripe_calendar import after
from tests.support.stripe_changes import change_item, preview_lines
from tests.support.stripe_phases import made_phase, phase_of, take_from
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
        change_item(store, subscription, params)
    adjust(store, subscription, params)
    _change_end(subscription, params)
    store.update(subscription, {"metadata": params.get("metadata", {})})
    store.emit("customer.subscription.updated", subscription)
    return store.view(subscription, params.get("expand", []))


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
        phases=[phase_of(subscription)],
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
    for item in planned["items"]:
        store.get(item["price"], param="phases[1][items][price]", status=400)
    begins = {"start_date": now["end_date"], "end_date": _end_of(now, planned)}
    schedule["phases"] = [made_phase(now), made_phase({**planned, **begins})]
    take_from(store, store.get(schedule["subscription"]), schedule["phases"][0])
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
    made = blank("invoice")
    made.update(id="upcoming_in_1", currency=subscription["currency"], status="draft")
    for line in preview_lines(store, subscription, params):
        add_line(store, made, line)
    return made


@route("GET", "/v1/coupons/{coupon}")
def show_coupon(store: Store, params: Params, identity: str) -> Record:
    return store.get(identity)


def _end_of(now: Params, planned: Params) -> int:
    if "end_date" in planned:
        return int(planned["end_date"])
    return after(now["end_date"], planned["duration"]["interval"])


def end_subscription(store: Store, subscription: Record) -> None:
    ended = store.timestamp()
    subscription.update(status="canceled", ended_at=ended, canceled_at=ended, schedule=None)
    store.emit("customer.subscription.deleted", subscription)


def _living(store: Store, identity: str) -> Record:
    subscription = store.get(identity)
    if subscription["status"] in ("canceled", "incomplete_expired"):
        raise Refusal(404, f"No such subscription: '{identity}'", code="resource_missing")
    return subscription


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
