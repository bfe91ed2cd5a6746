"""Coupons, trials and pauses in the double: as requests and checkouts make them."""

from __future__ import annotations

from typing import Any

from tests.support.stripe_card_outcomes import settle
from tests.support.stripe_offers import end_periods, give
from tests.support.stripe_periods import bill, period_end
from tests.support.stripe_routes import Params, route
from tests.support.stripe_shapes import Record, blank
from tests.support.stripe_store import Refusal, Store

_REFUSED = {"code": "card_declined", "decline_code": "insufficient_funds"}
_LONGEST = 730 * 86_400


@route("POST", "/v1/coupons")
def create_coupon(store: Store, params: Params) -> Record:
    identity = params["id"]
    if identity in store.objects:
        raise Refusal(400, "Coupon already exists.", code="resource_already_exists", param="id")
    if ("percent_off" in params) == ("amount_off" in params):
        raise Refusal(400, "You must specify percent_off or amount_off.")
    if params["duration"] == "repeating" and not params.get("duration_in_months"):
        raise Refusal(400, "duration_in_months is required when duration is repeating.")
    made = store.add("coupon", **{name: each for name, each in params.items() if name != "id"})
    store.objects[identity] = store.objects.pop(made["id"])
    made.update(id=identity, valid=True, created=store.timestamp())
    return made


def adjust(store: Store, subscription: Record, params: Params) -> None:
    if "discounts" in params:
        subscription["discounts"] = []
        for each in params["discounts"] or ():
            give(store, subscription, each["coupon"])
    if "pause_collection" in params:
        subscription["pause_collection"] = _paused(params["pause_collection"])
    if "trial_end" in params:
        _move_trial(store, subscription, params)


def _move_trial(store: Store, subscription: Record, params: Params) -> None:
    now, wanted = store.timestamp(), params["trial_end"]
    if wanted != "now":
        if not now < int(wanted) <= now + _LONGEST:
            raise Refusal(400, "Timestamp is invalid: must be in the future.", param="trial_end")
        subscription.update(status="trialing", trial_end=int(wanted))
        end_periods(subscription, subscription["trial_start"] or now, int(wanted))
        return
    method = subscription["default_payment_method"]
    if store.cards[method] != "ok":
        raise Refusal(402, "Your card was declined.", "card_error", **_REFUSED)
    subscription.update(status="active", trial_end=now)
    for item in subscription["items"]["data"]:
        item.update(current_period_start=now, current_period_end=period_end(item["price"], now))
    settle(store, bill(store, subscription, "subscription_update"), method)


def _paused(wanted: Any) -> Record | None:
    if wanted == "":
        return None
    made = blank("subscriptions_resource_pause_collection")
    made.update(behavior=wanted["behavior"], resumes_at=wanted.get("resumes_at"))
    return made
