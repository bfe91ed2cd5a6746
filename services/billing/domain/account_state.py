"""What an account knows: state that is assigned from its events alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import singledispatchmethod

from kernel.aggregate import Aggregate
from kernel.events import DomainEvent
from services.billing.domain import account_events as events
from services.billing.domain.account_facts import Orphan, Payer, SavedMethod
from services.billing.domain.checkout import Checkout, State
from services.billing.domain.subscription import Deal, Subscription, reference
from services.billing.domain.terms import Price


class AccountState(Aggregate):
    """`deals` by `reference(gateway, price_ref)`: every plan that was ever bought or swapped to.
    `orphans`, `seen` (latest applied snapshot), `mismatches` and `payers` (of every subscription
    there ever was) by `reference(gateway, ref)`. `ends`: the cancellation of the subscription was
    confirmed and not taken back."""

    workspace: str
    checkouts: dict[str, Checkout]
    ranks: int
    subscription: Subscription | None
    rank: int
    ends: bool
    deals: dict[str, Deal]
    orphans: dict[str, Orphan]
    seen: dict[str, datetime]
    payers: dict[str, Payer]
    change: events.ChangeRequested | None
    refunds_due: dict[str, events.OverlapRefundDue]
    mismatches: dict[str, Price]
    method: SavedMethod | None
    plan_change: events.Timing
    billing_email: str | None

    @singledispatchmethod
    def apply(self, event: DomainEvent) -> None:
        super().apply(event)

    @apply.register
    def _(self, event: events.AccountOpened) -> None:
        self.workspace = event.workspace_id
        self.checkouts, self.deals, self.orphans, self.seen = {}, {}, {}, {}
        self.refunds_due, self.mismatches, self.payers = {}, {}, {}
        self.subscription = self.change = self.method = self.billing_email = None
        self.ranks = self.rank = 0
        self.ends = False
        self.plan_change = "prorate"

    @apply.register
    def _(self, event: events.CheckoutStarted) -> None:
        self.ranks += 1
        self._learn(event.gateway, event.deal)
        self.checkouts[event.checkout_id] = Checkout(
            id=event.checkout_id,
            rank=self.ranks,
            gateway=event.gateway,
            deal=event.deal,
            replaces=event.replaces,
            success_url=event.success_url,
            cancel_url=event.cancel_url,
            started_at=event.timestamp,
        )

    @apply.register
    def _(self, event: events.CheckoutOpened) -> None:
        self.checkouts[event.checkout_id] = replace(
            self.checkouts[event.checkout_id],
            ref=event.ref,
            url=event.url,
            expires_at=event.expires_at,
        )

    @apply.register
    def _(self, event: events.CheckoutClosed) -> None:
        superseded = event.reason == "superseded"
        self._move(event.checkout_id, "superseded" if superseded else "closed")

    @apply.register
    def _(self, event: events.CheckoutAbandoned) -> None:
        self._move(event.checkout_id, "closed")

    @apply.register
    def _(self, event: events.SubscriptionEvent) -> None:
        subscription = event.subscription
        self.subscription = subscription
        if subscription.has_ended or subscription.closed:
            self.ends = False
        self._note_seen(subscription, event.seen_at)

    @apply.register
    def _(self, event: events.PlanSubscribed) -> None:
        self.subscription = event.subscription
        self.rank = self._rank_of(event.subscription.checkout_id)
        self.ends, self.change = False, None
        self._move(event.subscription.checkout_id, "completed")
        self._note_seen(event.subscription, event.seen_at)

    @apply.register
    def _(self, event: events.PlanAssigned) -> None:
        self.ranks += 1
        self.subscription, self.rank = event.subscription, self.ranks
        self.ends, self.change = False, None

    @apply.register
    def _(self, event: events.CancellationScheduled) -> None:
        self.subscription = event.subscription
        self.ends = not event.subscription.closed
        self._note_seen(event.subscription, event.seen_at)

    @apply.register
    def _(self, event: events.SubscriptionResumed) -> None:
        self.subscription = event.subscription
        self.ends = False
        self._note_seen(event.subscription, event.seen_at)

    @apply.register
    def _(self, event: events.PriceMismatchNoticed) -> None:
        self.mismatches[reference(event.gateway, event.subscription_ref)] = event.charged

    @apply.register
    def _(self, event: events.ChangeRequested) -> None:
        self.change = event
        if event.deal is not None:
            self._learn(event.gateway, event.deal)

    @apply.register
    def _(self, event: events.ChangeConfirmed | events.ChangeRefused) -> None:
        if self.change is not None and self.change.command_id == event.command_id:
            self.change = None

    @apply.register
    def _(self, event: events.SubscriptionSuperseded) -> None:
        subscription = event.subscription
        self.orphans[_key(subscription)] = Orphan(
            subscription=subscription, reason=event.reason, since=event.timestamp
        )
        self._move(subscription.checkout_id, "completed")
        self._note_seen(subscription, event.seen_at)

    @apply.register
    def _(self, event: events.OrphanSubscriptionCancelled) -> None:
        key = reference(event.gateway, event.subscription_ref)
        self.orphans[key] = replace(self.orphans[key], confirmed=True)

    @apply.register
    def _(self, event: events.OverlapRefundDue) -> None:
        self.refunds_due[event.command_id] = event

    @apply.register
    def _(self, event: events.OverlapRefunded) -> None:
        self.refunds_due.pop(event.command_id, None)

    @apply.register
    def _(self, event: events.PaymentMethodSaved) -> None:
        self.method = SavedMethod(
            gateway=event.gateway,
            customer=event.customer_ref,
            ref=event.payment_method_ref,
            brand=event.brand,
            last4=event.last4,
        )

    @apply.register
    def _(self, event: events.WorkspaceSettingsChanged) -> None:
        self.plan_change = event.plan_change
        self.billing_email = event.billing_email

    def _learn(self, gateway: str, deal: Deal) -> None:
        self.deals[reference(gateway, deal.price_ref)] = deal

    def _move(self, checkout_id: str | None, state: State) -> None:
        if checkout_id in self.checkouts:
            self.checkouts[checkout_id] = replace(self.checkouts[checkout_id], state=state)

    def _rank_of(self, checkout_id: str | None) -> int:
        """0 for a checkout that is not ours."""
        return self.checkouts[checkout_id].rank if checkout_id in self.checkouts else 0

    def _note_seen(self, subscription: Subscription, seen_at: datetime | None) -> None:
        key = _key(subscription)
        if seen_at is not None:
            self.seen[key] = seen_at
        if subscription.gateway is not None and subscription.ref is not None:
            self.payers[key] = Payer(
                gateway=subscription.gateway,
                ref=subscription.ref,
                customer=subscription.customer,
            )


def _key(subscription: Subscription) -> str:
    return reference(subscription.gateway or "", subscription.ref or "")
