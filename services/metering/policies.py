"""What metering learns from billing: the limits of plans, and who lives on which; and from add-ons:
which credits were bought, and who wants to know when few are left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from contracts import addons, billing
from contracts.envelope import Envelope, EventData
from kernel.clock import rfc3339
from runtime.eventstore.recorder import RecordedEvent
from runtime.feed.feed import Publisher
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor
from runtime.process.derived import DerivedTables, Rows, Table, Values
from services.metering.application.accounts.purchased import PurchaseStep, Step
from services.metering.application.derived_tables import reload_everywhere
from services.metering.application.learned_plans import LEARNED, PlanLedger
from services.metering.application.learned_plans import TOP_UPS as RULES
from services.metering.application.plan_assignments import NOTHING, PlanHistory, Provenance


def when_plan_created(
    history: PlanHistory | PlanLedger, plan: billing.PlanCreated, provenance: Provenance
) -> None:
    history.change_limits(plan.slug, _limits(plan), provenance)
    if plan.is_default:
        history.make_default(plan.slug, provenance)


def when_plan_limits_changed(
    history: PlanHistory | PlanLedger, plan: billing.PlanLimitsChanged, provenance: Provenance
) -> None:
    limits = _limits(plan)
    if plan.apply_to != "everyone":
        limits["apply_to"] = plan.apply_to
    history.change_limits(plan.slug, limits, provenance)


def when_plan_made_default(
    history: PlanHistory | PlanLedger, plan: billing.PlanMadeDefault, provenance: Provenance
) -> None:
    history.make_default(plan.slug, provenance)


def when_subscription_changed(
    history: PlanHistory | PlanLedger, event: billing.SubscriptionEvent, provenance: Provenance
) -> None:
    """Past due keeps access; suspended, paused and ended fall back to the default plan, or to
    nothing where a pause blocks."""
    subscription = event.subscription
    without = NOTHING if subscription.blocked else None
    slug = subscription.plan if subscription.status in billing.ACCESS else without
    history.move_workspace(event.workspace_id, slug, provenance)
    history.set_quantity(event.workspace_id, subscription.quantity if slug else 1, provenance)


def when_plan_sale_terms_changed(
    history: PlanHistory | PlanLedger, plan: billing.PlanSaleTermsChanged, provenance: Provenance
) -> None:
    scales = plan.per_unit.scales if plan.per_unit else ()
    history.scale(plan.slug, list(scales), provenance)


def when_overrides_changed(
    history: PlanHistory | PlanLedger,
    event: billing.WorkspaceOverridesChanged,
    provenance: Provenance,
) -> None:
    facts = event.model_dump(mode="json", exclude={"workspace_id"})
    history.override(event.workspace_id, facts, provenance)


POLICIES: Mapping[type[EventData], Callable[..., None]] = {
    billing.PlanCreated: when_plan_created,
    billing.PlanLimitsChanged: when_plan_limits_changed,
    billing.PlanMadeDefault: when_plan_made_default,
    billing.PlanSaleTermsChanged: when_plan_sale_terms_changed,
    billing.WorkspaceOverridesChanged: when_overrides_changed,
    **dict.fromkeys(billing.SubscriptionEvent.__subclasses__(), when_subscription_changed),
}


def when_top_up_set(
    history: PlanHistory | PlanLedger, rule: addons.TopUpSet, provenance: Provenance
) -> None:
    facts = (rule.workspace_id, rule.meter, rule.rule_id, rule.below)
    history.top_up(*facts, provenance)


def when_top_up_ended(
    history: PlanHistory | PlanLedger,
    rule: addons.TopUpRemoved | addons.TopUpStopped,
    provenance: Provenance,
) -> None:
    history.top_up(rule.workspace_id, rule.meter, rule.rule_id, None, provenance)


TOP_UPS: Mapping[type[EventData], Callable[..., None]] = {
    addons.TopUpSet: when_top_up_set,
    addons.TopUpRemoved: when_top_up_ended,
    addons.TopUpStopped: when_top_up_ended,
}
LEARNED_FROM = {**POLICIES, **TOP_UPS}


def step_of(happened: addons.PurchaseEvent) -> Step | None:
    """What an event of a purchase of credits asks for. Money that went back, or was lost to the
    payer's bank, takes back what is unspent; money that stays after all gives it again."""
    purchase, dispute = happened.purchase, happened.purchase.dispute
    lost = dispute is not None and dispute.status == "lost"
    stays = not purchase.refunded_cents and not lost
    match happened:
        case addons.AddonPaid():
            return "grant"
        case addons.AddonRefunded():
            return "revoke"
        case addons.AddonDisputeClosed() if lost:
            return "revoke"
        case addons.AddonDisputeClosed() | addons.AddonRefundFailed() if stays:
            return "restore"
        case _:
            return None


def purchase_step(event: Envelope) -> PurchaseStep | None:
    happened = event.data
    if not isinstance(happened, addons.PurchaseEvent):
        return None
    step, purchase = step_of(happened), happened.purchase
    if step is None or not purchase.grants:
        return None
    grants = [
        {"meter": grant.meter, "amount": grant.amount, "expires_at": _end(grant, event.time)}
        for grant in purchase.grants
    ]
    facts = (event.sequence, purchase.workspace_id, purchase.purchase_id, step, grants)
    return PurchaseStep(*facts, reason=event.type)


def _end(grant: addons.CreditGrant, paid_at: datetime) -> str | None:
    days = grant.expires_in_days
    return rfc3339(paid_at + timedelta(days=days)) if days else None


def apply_policies(cursor: Cursor, events: Sequence[Envelope]) -> None:
    """Writes plan history, and what purchases of credits ask for, within the transaction of the
    consumer's position."""
    relevant = [event for event in events if type(event.data) in LEARNED_FROM]
    if relevant:
        _learn(PlanHistory(cursor), relevant)
    for step in map(purchase_step, events):
        if step is not None:
            step.write(cursor)


def _learn(history: PlanHistory | PlanLedger, events: Sequence[Envelope]) -> None:
    for event in events:
        LEARNED_FROM[type(event.data)](
            history, event.data, Provenance(event.id, event.type, event.time)
        )


class LearnedPlans:
    """What the policies make of billing's log."""

    def __init__(self, billing: Publisher[Any]) -> None:
        self._billing = billing
        self._ledger = PlanLedger()
        self.rows = self._ledger.rows

    def apply(self, recorded: Sequence[RecordedEvent]) -> None:
        published = [self._billing.publish(self._billing.store, event) for event in recorded]
        _learn(self._ledger, [event for event in published if type(event.data) in POLICIES])


PURCHASED = Table(
    "metering_purchased_credits",
    ("sequence",),
    ("workspace", "purchase", "step", "grants", "reason"),
)


class LearnedOfAddons:
    """What the policies make of the add-ons' log."""

    def __init__(self, addons: Publisher[Any]) -> None:
        self._addons = addons
        self._ledger = PlanLedger()
        self._steps: dict[Values, Values] = {}

    def apply(self, recorded: Sequence[RecordedEvent]) -> None:
        published = [self._addons.publish(self._addons.store, event) for event in recorded]
        _learn(self._ledger, [event for event in published if type(event.data) in TOP_UPS])
        for step in map(purchase_step, published):
            if step is not None:
                facts = (step.workspace, step.purchase, step.step, step.grants, step.reason)
                self._steps[step.sequence,] = facts

    def rows(self) -> Mapping[str, Rows]:
        return {**self._ledger.rows(), PURCHASED.name: self._steps}


def learned_of_addons(positions: Positions, consumer: str) -> DerivedTables:
    return DerivedTables(
        *("metering.of_addons", "addons", (RULES, PURCHASED), LearnedOfAddons, positions),
        consumer=consumer,
        mended=reload_everywhere,
    )


def learned_plans(positions: Positions, consumer: str) -> DerivedTables:
    return DerivedTables(
        *("metering.plans", "billing", LEARNED, LearnedPlans, positions),
        consumer=consumer,
        mended=reload_everywhere,
    )


def _limits(plan: billing.PlanCreated | billing.PlanLimitsChanged) -> dict[str, object]:
    """Meters only where there are any: as it was stored before there were."""
    limits: dict[str, object] = {
        "monthly_conversations": plan.monthly_conversations,
        "monthly_messages": plan.monthly_messages,
        "max_tokens_per_response": plan.max_tokens_per_response,
        "features": plan.features,
        "limits": plan.limits,
    }
    for name, meters in (("quotas", plan.quotas), ("monthly_credits", plan.monthly_credits)):
        if meters:
            limits[name] = {meter: each.model_dump() for meter, each in meters.items()}
    return limits
