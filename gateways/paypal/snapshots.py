"""PayPal's subscription as the port's snapshot."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from gateways.paypal.client import Json, text
from gateways.paypal.metadata import OurReference
from gateways.paypal.money import from_paypal
from gateways.paypal.terms import Terms
from gateways.paypal.timestamps import to_datetime
from gateways.port import Discount, Item, OpenInvoice, Pause, Status, SubscriptionSnapshot
from kernel.clock import rfc3339
from kernel.money import Money

_STATUS: Final[dict[str, Status]] = {
    "APPROVAL_PENDING": "pending",
    "APPROVED": "pending",
    "ACTIVE": "active",
    "SUSPENDED": "suspended",
    "CANCELLED": "cancelled",
    "EXPIRED": "expired",
}
_PAUSED: Final = "Paused by the customer"
_ENDING: Final = "Ending with its period"
ENDED = frozenset({"CANCELLED", "EXPIRED"})


def status_of(subscription: Json, now: datetime) -> Status:
    """PayPal has no word for past due: an active subscription with failed payments is, or one that
    owes something."""
    status = _STATUS.get(str(subscription.get("status")), "unknown")
    if status != "active":
        if ends_at(subscription) is not None:
            return "grace"
        return "paused" if subscription_paused(subscription) is not None else status
    billing = subscription.get("billing_info", {})
    if billing.get("failed_payments_count", 0) > 0 or _owed(billing):
        return "past_due"
    put_off = (to_datetime(subscription.get("start_time")) or now) > now
    return "trialing" if put_off or _trial_runs(billing) else "active"


def pause_note(resumes_at: datetime | None) -> str:
    return _PAUSED if resumes_at is None else f"{_PAUSED} until {rfc3339(resumes_at)}"


def subscription_paused(subscription: Json) -> Pause | None:
    """By us: PayPal's own suspensions have another note, and by hand none of ours."""
    return Pause("subscription", _until(subscription)) if _rests(subscription, _PAUSED) else None


def ending_note(at: datetime) -> str:
    return f"{_ENDING} until {rfc3339(at)}"


def ends_at(subscription: Json) -> datetime | None:
    """Cancelled by us, who end it then: PayPal knows no end of a period, and rests meanwhile."""
    return _until(subscription) if _rests(subscription, _ENDING) else None


def _rests(subscription: Json, why: str) -> bool:
    note = str(subscription.get("status_change_note") or "")
    return subscription.get("status") == "SUSPENDED" and note.startswith(why)


def _until(subscription: Json) -> datetime | None:
    _, _, until = str(subscription.get("status_change_note")).partition(" until ")
    return to_datetime(until)


def subscription_snapshot(
    subscription: Json, terms: Terms | None, fetched_at: datetime
) -> SubscriptionSnapshot:
    """`period_end` is None once PayPal plans no further payment; the price, where the plan has none
    that is fixed."""
    billing = subscription.get("billing_info", {})
    reference = OurReference.unpacked(subscription.get("custom_id"))
    status = status_of(subscription, fetched_at)
    ended = status in ("cancelled", "expired")
    ending = ends_at(subscription)
    item, discounts = _sold(subscription, terms, reference)
    return SubscriptionSnapshot(
        gateway="paypal",
        ref=text(subscription, "id"),
        status=status,
        raw_status=str(subscription.get("status", "")),
        fetched_at=fetched_at,
        workspace_id=reference.workspace_id,
        command_id=reference.command_id,
        replaces=reference.replaces,
        price_ref=item.price_ref,
        price=item.amount,
        interval=terms.interval if terms else "month",
        interval_count=terms.interval_count if terms else 1,
        started_at=_started_at(subscription, fetched_at) if status != "pending" else None,
        period_start=to_datetime(billing.get("last_payment", {}).get("time")),
        period_end=ending or to_datetime(billing.get("next_billing_time")),
        cancel_at=ending,
        ended_at=to_datetime(subscription.get("status_update_time")) if ended else None,
        customer=subscription.get("subscriber", {}).get("payer_id"),
        quantity=item.quantity or 1,
        items=(item,),
        discounts=discounts,
        trial_end=to_datetime(billing.get("next_billing_time")) if status == "trialing" else None,
        paused=subscription_paused(subscription),
        open_invoice=_open_invoice(subscription, terms),
    )


def _started_at(subscription: Json, now: datetime) -> datetime | None:
    """What begins with a trial is begun before it is charged."""
    named = (subscription.get(name) for name in ("start_time", "create_time"))
    return next((at for at in map(to_datetime, named) if at is not None and at <= now), None)


def _sold(
    subscription: Json, terms: Terms | None, reference: OurReference
) -> tuple[Item, tuple[Discount, ...]]:
    """At the price before the discount that we sold it with."""
    item = _item(subscription, terms)
    if terms is None or reference.listed is None or reference.listed <= terms.price.amount:
        return item, ()
    listed = replace(terms, price=Money(reference.listed, terms.price.currency))
    off = (reference.listed - terms.price.amount) * (item.quantity or 1)
    discount = Discount(ref="price", amount=Money(off, terms.price.currency))
    return _item(subscription, listed), (discount,)


def _item(subscription: Json, terms: Terms | None) -> Item:
    """A subscription has one plan; its quantity is a string."""
    quantity = int(Decimal(subscription.get("quantity") or 1))
    plan = text(subscription, "plan_id")
    return Item(
        ref=plan,
        price_ref=plan,
        product_ref=subscription.get("plan", {}).get("product_id", ""),
        quantity=quantity,
        amount=Money(terms.price.amount * quantity, terms.price.currency) if terms else None,
    )


def _owed(billing: Json) -> Money | None:
    balance = billing.get("outstanding_balance")
    owed = from_paypal(balance) if balance else None
    return owed if owed and owed.amount > 0 else None


def _open_invoice(subscription: Json, terms: Terms | None) -> OpenInvoice | None:
    """What is owed since the first payment that failed; the payer settles it at PayPal."""
    billing = subscription.get("billing_info", {})
    owed = _owed(billing)
    if owed is None:
        return None
    paid_at = to_datetime(billing.get("last_payment", {}).get("time"))
    due_at = terms.end_of(paid_at) if paid_at and terms else paid_at
    return OpenInvoice(text(subscription, "id"), owed, due_at=due_at)


def _trial_runs(billing: Json) -> bool:
    """Whether cycles remain while the last trial runs is documented nowhere: no regular cycle was
    completed yet."""
    cycles = billing.get("cycle_executions", [])
    regular = any(
        cycle.get("tenure_type") == "REGULAR" and cycle.get("cycles_completed", 0) > 0
        for cycle in cycles
    )
    return not regular and any(cycle.get("tenure_type") == "TRIAL" for cycle in cycles)
