"""Whose card expires is told a month before."""

from __future__ import annotations

from datetime import datetime

from contracts import billing
from contracts.envelope import Envelope
from kernel.month import Month
from services.notifications.application.people.notices import Planned
from services.notifications.domain.notice import BEFORE_CARD_EXPIRES, CARD, Notice, ahead


def plan_card_notices(planned: Planned, event: Envelope) -> None:
    """Of the card that pays, as long as anything is paid by it."""
    told = event.data
    if isinstance(told, billing.PaymentMethodSaved):
        planned.replace(told.workspace_id, CARD, *_expiry(told, event.time))
    elif isinstance(told, billing.SubscriptionCancelled):
        planned.drop(event.subject, CARD)
    elif isinstance(told, billing.PlanSubscribed):
        planned.resume(event.subject, CARD)


def _expiry(saved: billing.PaymentMethodSaved, known_at: datetime) -> list[Notice]:
    if saved.expires is None:
        return []
    due = ahead(Month.parse(saved.expires).end, BEFORE_CARD_EXPIRES, known_at)
    if due is None:
        return []
    facts = {"brand": saved.brand, "last4": saved.last4, "month": saved.expires}
    name = f"card_expires:{saved.workspace_id}:{saved.payment_method_ref}:{saved.expires}"
    return [Notice(name, saved.workspace_id, "card_expires", due, facts, CARD)]
