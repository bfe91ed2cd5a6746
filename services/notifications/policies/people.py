"""What people are told of events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts import addons, billing, metering
from contracts.envelope import Envelope, EventData
from kernel.money import Money
from runtime.postgres.database import Cursor
from services.notifications.application.people.contacts import Contacts
from services.notifications.application.people.notices import Planned
from services.notifications.application.workspace_states import WorkspaceStates
from services.notifications.domain.notice import (
    BEFORE_RENEWAL,
    BEFORE_TRIAL_ENDS,
    PAST_DUE,
    REMINDERS,
    RENEWAL,
    TRIAL,
    Kind,
    Notice,
    ahead,
    day,
    dunning,
)

AT_THRESHOLDS = (80, 100)


@dataclass(frozen=True, slots=True)
class People:
    """`past_due_days`: how long access lasts where a plan does not say."""

    cursor: Cursor
    planned: Planned
    states: WorkspaceStates
    past_due_days: int


def when_settings_changed(people: People, event: Envelope) -> None:
    settings = event.data
    if isinstance(settings, billing.WorkspaceSettingsChanged):
        Contacts.learn(people.cursor, settings.workspace_id, settings.billing_email)


def when_workspace_erased(people: People, event: Envelope) -> None:
    people.planned.forget(event.subject)


def when_subscription_changed(people: People, event: Envelope) -> None:
    changed = event.data
    if not isinstance(changed, billing.SubscriptionEvent):
        return
    now = changed.subscription
    _plan_ahead(people, event, now)
    if now.status not in ("past_due", "trialing"):
        _end_dunning(people, event, now)
    if isinstance(changed, billing.PaymentFailed):
        _begin_dunning(people, event, now)
    if isinstance(changed, billing.CancellationScheduled):
        facts = {**_facts(now), "date": day(changed.cancel_at)}
        people.planned.add(_at_once(event, "ends_on", facts))
    if isinstance(changed, billing.SubscriptionCancelled) and now.gateway is not None:
        people.planned.add(_at_once(event, "ended", _facts(now)))
    before = people.states.subscription_of(event.subject)
    if _costs_otherwise(before, now):
        was = _price(before.get("amount_cents"), before["price_cents"], before["currency"])
        people.planned.add(_at_once(event, "price_changed", {**_facts(now), "before": was}))


def when_threshold_reached(people: People, event: Envelope) -> None:
    reached = event.data
    if isinstance(reached, metering.QuotaThresholdReached) and reached.percent in AT_THRESHOLDS:
        facts = reached.model_dump(include={"metric", "month", "percent", "used", "limit"})
        people.planned.add(_at_once(event, "quota_reached", facts))


def when_meter_threshold_reached(people: People, event: Envelope) -> None:
    reached = event.data
    if isinstance(reached, metering.MeterThresholdReached):
        facts = reached.model_dump(include={"meter", "month", "percent", "used", "limit"})
        people.planned.add(_at_once(event, "meter_reached", facts))


def when_top_up_stopped(people: People, event: Envelope) -> None:
    stopped = event.data
    if isinstance(stopped, addons.TopUpStopped):
        facts = stopped.model_dump(include={"addon", "meter", "reason"})
        people.planned.add(_at_once(event, "top_up_stopped", facts))


def when_addon_paid(people: People, event: Envelope) -> None:
    if isinstance(event.data, addons.AddonPaid):
        bought = event.data.purchase
        facts = {
            "addon": bought.addon_name,
            "amount": str(Money(bought.price_cents, bought.currency)),
            "purchase": bought.purchase_id,
            "date": day(event.time),
        }
        people.planned.add(_at_once(event, "receipt", facts, bought.buyer_email))


POLICIES: Mapping[type[EventData], Callable[[People, Envelope], None]] = {
    billing.WorkspaceSettingsChanged: when_settings_changed,
    billing.WorkspaceErased: when_workspace_erased,
    metering.QuotaThresholdReached: when_threshold_reached,
    metering.MeterThresholdReached: when_meter_threshold_reached,
    addons.AddonPaid: when_addon_paid,
    addons.TopUpStopped: when_top_up_stopped,
    **dict.fromkeys(billing.SubscriptionEvent.__subclasses__(), when_subscription_changed),
}


def plan_notices(people: People, event: Envelope) -> None:
    policy = POLICIES.get(type(event.data))
    if policy is not None:
        policy(people, event)


def _plan_ahead(people: People, event: Envelope, now: billing.Subscription) -> None:
    """What was planned of an earlier period or trial is dropped, and planned anew."""
    people.planned.drop(event.subject, RENEWAL, TRIAL)
    if now.cancel_at is not None:
        return
    if now.status == "trialing":
        _tell_ahead(people, event, "trial_ending", TRIAL, now.trial_ends_at, BEFORE_TRIAL_ENDS)
    if now.status == "active" and now.interval == "year":
        _tell_ahead(people, event, "renewal_ahead", RENEWAL, now.period_end, BEFORE_RENEWAL)


def _tell_ahead(
    people: People, event: Envelope, kind: Kind, series: str, of: datetime | None, by: timedelta
) -> None:
    changed = event.data
    due = ahead(of, by, event.time) if of is not None else None
    if of is not None and due is not None and isinstance(changed, billing.SubscriptionEvent):
        facts = {**_facts(changed.subscription), "date": day(of)}
        name = f"{kind}:{event.subject}:{day(of)}"
        people.planned.add(Notice(name, event.subject, kind, due, facts, series))


def _begin_dunning(people: People, event: Envelope, now: billing.Subscription) -> None:
    """Once a period of debt, however often its payment fails. Access is counted from when the
    invoice was to be paid."""
    if people.planned.has(event.subject, PAST_DUE):
        return
    terms = people.states.terms_of(now.plan)
    own, reminders = terms.get("past_due_days"), terms.get("reminder_days")
    days = people.past_due_days if own is None else own
    due_at = now.open_invoice.due_at if now.open_invoice else None
    ends_at = min(due_at or event.time, event.time) + timedelta(days=days)
    planned = dunning(
        *(event.id, event.subject, event.time, ends_at, _facts(now)),
        reminders=REMINDERS if reminders is None else reminders,
    )
    people.planned.add(*planned)


def _end_dunning(people: People, event: Envelope, now: billing.Subscription) -> None:
    was_open = people.planned.has(event.subject, PAST_DUE)
    people.planned.drop(event.subject, PAST_DUE)
    if was_open and now.status == "active":
        people.planned.add(_at_once(event, "payment_recovered", _facts(now)))


def _costs_otherwise(before: Mapping[str, Any], now: billing.Subscription) -> bool:
    """The same subscription to the same plan, at another price a unit."""
    same = ("subscription_ref", "plan", "currency", "interval")
    if not before or any(before.get(name) != getattr(now, name) for name in same):
        return False
    return now.status in billing.ACCESS and before["price_cents"] != now.price_cents


def _at_once(
    event: Envelope, kind: Kind, facts: Mapping[str, Any], recipient: str | None = None
) -> Notice:
    return Notice(f"{kind}:{event.id}", event.subject, kind, event.time, facts, recipient=recipient)


def _facts(now: billing.Subscription) -> dict[str, Any]:
    invoice = now.open_invoice
    return {
        "plan": now.plan,
        "amount": _price(now.amount_cents, now.price_cents, now.currency),
        "url": (invoice.url if invoice else None) or "",
    }


def _price(amount: int | None, price: int, currency: str) -> str:
    return str(Money(price if amount is None else amount, currency))
