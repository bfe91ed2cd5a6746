"""Setting a rule, and what it makes of credits that run low."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kernel.errors import ValidationFailed
from services.addons.domain.addon.entry import Entry
from services.addons.domain.errors import TopUpNotFound
from services.addons.domain.purchase.purchase import Status
from services.addons.domain.top_up.events import (
    Rule,
    StopReason,
    TopUpEvent,
    TopUpOrdered,
    TopUpRemoved,
    TopUpSet,
    TopUpSetAgain,
    TopUpStopped,
)
from services.addons.domain.top_up.state import TopUp


@dataclass(frozen=True, slots=True)
class Low:
    """What metering said. `id` is the same however often it says so within a day; `rule_id` is the
    rule that it knew."""

    id: str
    rule_id: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """`entry` None: it is not for sale. `last`: how the purchase stands that was ordered last."""

    entry: Entry | None
    has_saved_method: bool
    last: Status | None = None


def decide_set(
    state: TopUp | None, workspace: str, meter: str, rule: Rule, entry: Entry, now: datetime
) -> list[TopUpEvent]:
    """Raises ValidationFailed for an add-on that grants nothing of the meter."""
    if not _grants(entry, meter):
        raise ValidationFailed(f"{entry.slug} grants nothing of {meter}.", field="addon")
    kind = TopUpSet if state is None else TopUpSetAgain
    return [kind(timestamp=now, workspace_id=workspace, meter=meter, rule=rule)]


def decide_remove(state: TopUp | None, now: datetime) -> list[TopUpEvent]:
    """Raises TopUpNotFound."""
    if state is None or state.rule is None:
        raise TopUpNotFound
    rule_id = state.rule.rule_id
    removed = TopUpRemoved(
        timestamp=now, workspace_id=state.workspace, meter=state.meter, rule_id=rule_id
    )
    return [removed]


def decide_order(
    state: TopUp | None, low: Low, offer: Offer, purchase_id: str, now: datetime
) -> list[TopUpEvent]:
    """One purchase for what was said once, unless the rule is not the one any more, an earlier
    purchase is not decided yet, or as many were made as may be. What was said on an earlier day
    is none any more: what still holds is said again."""
    if state is None or state.rule is None or not state.active:
        return []
    rule = state.rule
    if rule.rule_id != low.rule_id or state.ordered_for(low.id) or offer.last == "pending":
        return []
    if low.said_at.date() < now.date():
        return []
    last = state.last
    if last is not None and offer.last == "failed" and last.rule_id == rule.rule_id:
        return [_stopped(state, rule, "card_declined", last.purchase_id, now)]
    if _made(state, now, "%Y-%m-%d") >= rule.most_a_day:
        return []
    if _made(state, now, "%Y-%m") >= rule.most_a_month:
        return []
    if not _is_agreed(rule, state.meter, offer.entry):
        return [_stopped(state, rule, "offer_changed", None, now)]
    if not offer.has_saved_method:
        return [_stopped(state, rule, "no_saved_method", None, now)]
    ordered = TopUpOrdered(
        timestamp=now,
        workspace_id=state.workspace,
        meter=state.meter,
        rule_id=rule.rule_id,
        addon=rule.addon,
        low_id=low.id,
        purchase_id=purchase_id,
    )
    return [ordered]


def decide_stop(
    state: TopUp | None, rule_id: str, reason: StopReason, purchase_id: str, now: datetime
) -> list[TopUpEvent]:
    """Nothing where another rule stands meanwhile, or this one is stopped."""
    if state is None or state.rule is None or not state.active or state.rule.rule_id != rule_id:
        return []
    return [_stopped(state, state.rule, reason, purchase_id, now)]


def _stopped(
    state: TopUp, rule: Rule, reason: StopReason, purchase_id: str | None, now: datetime
) -> TopUpStopped:
    return TopUpStopped(
        timestamp=now,
        workspace_id=state.workspace,
        meter=state.meter,
        rule_id=rule.rule_id,
        addon=rule.addon,
        reason=reason,
        purchase_id=purchase_id,
    )


def _made(state: TopUp, now: datetime, period: str) -> int:
    this = now.strftime(period)
    return sum(each.at.strftime(period) == this for each in state.orders)


def _is_agreed(rule: Rule, meter: str, entry: Entry | None) -> bool:
    if entry is None or not _grants(entry, meter):
        return False
    return (entry.price_cents, entry.currency) == (rule.price_cents, rule.currency)


def _grants(entry: Entry, meter: str) -> bool:
    return any(grant.meter == meter for grant in entry.grants)
