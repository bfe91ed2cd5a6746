"""The accounts' events in the published language: whole facts, the workspace in each."""

from __future__ import annotations

from collections.abc import Mapping

from contracts import billing as contract
from contracts.envelope import EventData
from kernel.events import DomainEvent
from services.billing.domain.account import events
from services.billing.published.plain import Convert, plain
from services.billing.published.subscriptions import whole


def _workspace(event: DomainEvent) -> str:
    return event.originator_id.removeprefix("account:")


def _subscription(kind: type[contract.SubscriptionEvent], *copied: str) -> Convert:
    """`copied` names the fields beyond the subscription."""

    def convert(event: events.SubscriptionEvent) -> EventData:
        workspace = _workspace(event)
        facts = {name: getattr(event, name) for name in copied}
        body = whole(workspace, event.subscription)
        return kind(workspace_id=workspace, subscription=body, **facts)

    return convert


def _plain(kind: type[EventData]) -> Convert:
    return plain(kind, "workspace_id", _workspace)


def _subscribed(event: events.PlanSubscribed) -> EventData:
    workspace, subscription = _workspace(event), event.subscription
    return contract.PlanSubscribed(
        workspace_id=workspace,
        subscription=whole(workspace, subscription),
        checkout_id=subscription.checkout_id,
    )


def _cancellation(event: events.CancellationScheduled) -> EventData:
    workspace, subscription = _workspace(event), event.subscription
    return contract.CancellationScheduled(
        workspace_id=workspace,
        subscription=whole(workspace, subscription),
        cancel_at=subscription.cancel_at or event.timestamp,
    )


def _superseded(event: events.SubscriptionSuperseded) -> EventData:
    workspace = _workspace(event)
    return contract.SubscriptionSuperseded(
        workspace_id=workspace,
        superseded=whole(workspace, event.subscription),
        reason=event.reason,
    )


def _checkout_started(event: events.CheckoutStarted) -> EventData:
    return contract.CheckoutStarted(
        workspace_id=_workspace(event),
        checkout_id=event.checkout_id,
        gateway=event.gateway,
        plan=event.deal.plan,
        price_cents=event.deal.price.price_cents,
        currency=event.deal.price.currency,
        replaces=event.replaces,
        quantity=event.quantity,
        trial_days=event.trial.days if event.trial is not None else None,
        discount=event.discount.code if event.discount is not None else None,
    )


def _checkout_opened(event: events.CheckoutOpened) -> EventData:
    return contract.CheckoutOpened(
        workspace_id=_workspace(event),
        checkout_id=event.checkout_id,
        gateway=event.gateway,
        checkout_ref=event.ref,
        url=event.url,
        expires_at=event.expires_at,
    )


def _mismatch(event: events.PriceMismatchNoticed) -> EventData:
    return contract.PriceMismatchNoticed(
        workspace_id=_workspace(event),
        gateway=event.gateway,
        subscription_ref=event.subscription_ref,
        agreed_cents=event.agreed.price_cents,
        agreed_currency=event.agreed.currency,
        charged_cents=event.charged.price_cents,
        charged_currency=event.charged.currency,
    )


def _requested(event: events.ChangeRequested) -> EventData:
    if event.kind not in ("cancel", "resume", "swap"):
        return contract.SubscriptionAdjustmentRequested(
            workspace_id=_workspace(event),
            command_id=event.command_id,
            kind=event.kind,
            gateway=event.gateway,
            subscription_ref=event.subscription_ref,
            quantity=event.quantity,
            until=event.until,
            discount=event.discount.code if event.discount is not None else None,
        )
    return contract.SubscriptionChangeRequested(
        workspace_id=_workspace(event),
        command_id=event.command_id,
        kind=event.kind,
        gateway=event.gateway,
        subscription_ref=event.subscription_ref,
        plan=event.deal.plan if event.deal is not None else None,
        timing=event.timing,
        reason=event.reason,
    )


def _settings(event: events.WorkspaceSettingsChanged) -> EventData:
    """`auto` is a word that came after this type was published."""
    return contract.WorkspaceSettingsChanged(
        workspace_id=_workspace(event),
        plan_change="prorate" if event.plan_change == "auto" else event.plan_change,
        by_price=event.plan_change == "auto",
        billing_email=event.billing_email,
    )


def _overrides(event: events.WorkspaceOverridesChanged) -> EventData:
    overrides = event.overrides
    return contract.WorkspaceOverridesChanged(
        workspace_id=_workspace(event),
        quotas={
            meter: contract.MeterQuota(limit=quota.limit, mode=quota.mode)
            for meter, quota in overrides.quotas.items()
        },
        limits=overrides.limits,
        features=overrides.features,
        until=overrides.until,
        reason=event.reason,
    )


def _migration(event: events.PlanMigrationAnnounced) -> EventData:
    return contract.PlanMigrationAnnounced(
        workspace_id=_workspace(event),
        migration_id=event.migration_id,
        plan=event.plan,
        target=event.deal.plan,
        price_cents=event.deal.price.price_cents,
        currency=event.deal.price.currency,
        interval=event.deal.price.interval,
        not_before=event.not_before,
        effective_at=event.effective_at,
        approval=event.approval,
    )


CONTRACTS: Mapping[type[DomainEvent], Convert] = {
    events.AccountOpened: _plain(contract.AccountOpened),
    events.CheckoutStarted: _checkout_started,
    events.CheckoutOpened: _checkout_opened,
    events.CheckoutClosed: _plain(contract.CheckoutClosed),
    events.CheckoutAbandoned: _plain(contract.CheckoutAbandoned),
    events.PlanSubscribed: _subscribed,
    events.PlanAssigned: _subscription(contract.PlanAssigned),
    events.SubscriptionRenewed: _subscription(contract.SubscriptionRenewed),
    events.PlanSwapped: _subscription(contract.PlanSwapped, "previous_plan"),
    events.PlanSwapScheduled: _subscription(contract.PlanSwapScheduled, "effective_at"),
    events.CancellationScheduled: _cancellation,
    events.SubscriptionResumed: _subscription(contract.SubscriptionResumed),
    events.SubscriptionCancelled: _subscription(contract.SubscriptionCancelled),
    events.SubscriptionSuspended: _subscription(contract.SubscriptionSuspended),
    events.PaymentFailed: _subscription(contract.PaymentFailed, "after_trial"),
    events.PaymentRecovered: _subscription(contract.PaymentRecovered),
    events.SubscriptionAmended: _subscription(contract.SubscriptionAmended),
    events.QuantityChanged: _subscription(contract.QuantityChanged, "previous_quantity"),
    events.SubscriptionPaused: _subscription(contract.SubscriptionPaused),
    events.SubscriptionUnpaused: _subscription(contract.SubscriptionUnpaused),
    events.TrialStarted: _subscription(contract.TrialStarted),
    events.TrialEnding: _subscription(contract.TrialEnding),
    events.TrialConverted: _subscription(contract.TrialConverted),
    events.TrialEnded: _subscription(contract.TrialEnded),
    events.DiscountApplied: _subscription(contract.DiscountApplied),
    events.DiscountRemoved: _subscription(contract.DiscountRemoved),
    events.PriceMismatchNoticed: _mismatch,
    events.ChangeRequested: _requested,
    events.ChangeConfirmed: _plain(contract.SubscriptionChangeConfirmed),
    events.ChangeRefused: _plain(contract.SubscriptionChangeRefused),
    events.SubscriptionSuperseded: _superseded,
    events.SubscriptionAdopted: _plain(contract.SubscriptionAdopted),
    events.GatewayReferenceForgotten: _plain(contract.GatewayReferenceForgotten),
    events.OrphanSubscriptionCancelled: _plain(contract.OrphanSubscriptionCancelled),
    events.OverlapRefundDue: _plain(contract.OverlapRefundDue),
    events.OverlapRefunded: _plain(contract.OverlapRefunded),
    events.OverlapRefundRefused: _plain(contract.OverlapRefundRefused),
    events.InvoiceRefundRequested: _plain(contract.InvoiceRefundRequested),
    events.InvoiceRefundConfirmed: _plain(contract.InvoiceRefundConfirmed),
    events.InvoiceRefundRefused: _plain(contract.InvoiceRefundRefused),
    events.PaymentMethodSaved: _plain(contract.PaymentMethodSaved),
    events.WorkspaceSettingsChanged: _settings,
    events.BillingProfileChanged: _plain(contract.BillingProfileChanged),
    events.WorkspaceOverridesChanged: _overrides,
    events.PlanMigrationAnnounced: _migration,
    events.PlanMigrationApprovalAsked: _plain(contract.PlanMigrationApprovalAsked),
    events.PlanMigrationWithdrawn: _plain(contract.PlanMigrationWithdrawn),
}
