"""Discounts and trials of the double's subscriptions, as checkouts and requests begin them."""

from __future__ import annotations

from tests.support.stripe_calendar import after
from tests.support.stripe_shapes import Record
from tests.support.stripe_store import Store


def give(store: Store, subscription: Record, coupon_ref: str) -> None:
    """A coupon that is sent is a discount that begins now."""
    coupon = store.get(coupon_ref, param="discounts[0][coupon]", status=400)
    months = coupon.get("duration_in_months")
    start = store.timestamp()
    made = store.add(
        "discount",
        subscription=subscription["id"],
        customer=subscription["customer"],
        start=start,
        end=after(start, "month", months) if months else None,
        source={"type": "coupon", "coupon": coupon["id"]},
    )
    subscription["discounts"].append(made["id"])


def drop_ended(store: Store, subscription: Record) -> None:
    """Those whose months are over take nothing off any more."""
    now = store.timestamp()
    subscription["discounts"] = [
        ref for ref in subscription["discounts"] if (store.get(ref)["end"] or now + 1) > now
    ]


def start_trial(store: Store, subscription: Record, days: int) -> None:
    """Of a checkout; the first period is the trial."""
    start = store.timestamp()
    end = start + days * 86_400
    subscription.update(status="trialing", trial_start=start, trial_end=end)
    end_periods(subscription, start, end)


def end_trial(store: Store, subscription: Record) -> None:
    """Its time has come."""
    if subscription["status"] == "trialing" and subscription["trial_end"] <= store.timestamp():
        subscription["status"] = "active"


def end_periods(subscription: Record, start: int, end: int) -> None:
    for item in subscription["items"]["data"]:
        item.update(current_period_start=start, current_period_end=end)
