"""Snapshots become events: the one path of webhooks, reconciliation and the sweep."""

from __future__ import annotations

from datetime import datetime

from gateways.port import SubscriptionSnapshot
from services.billing.domain import account_events as events
from services.billing.domain.account_facts import Orphan
from services.billing.domain.agreements import AgreeingAccount
from services.billing.domain.checkout import CloseReason
from services.billing.domain.subscription import (
    ENDED,
    Deal,
    Sight,
    Subscription,
    first_drawn,
    redrawn,
    reference,
    was_paid,
)
from services.billing.domain.subscription_changes import differences, period_began

ASSIGNED, REPLACED, SUPERSEDED = "assigned", "replaced", "superseded"


class ObservingAccount(AgreeingAccount):
    def observe(self, sight: Sight, seen: datetime | None = None) -> None:
        """Records how the snapshot differs from what is known; nothing when it does not, or when
        a later one was applied: `seen` is when the latest was taken that made no event.

        What has ended does not come back. Raises PriceUnknown when no plan is known for what a new
        subscription pays.
        """
        known = self.seen.get(sight.key)
        latest = max((moment for moment in (known, seen) if moment is not None), default=None)
        if latest is not None and sight.snapshot.fetched_at < latest:
            return
        orphan, subscription = self.orphans.get(sight.key), self.subscription
        if orphan is not None:
            self._observe_orphan(sight, orphan)
        elif subscription is not None and subscription.is_at(
            sight.snapshot.gateway, sight.snapshot.ref
        ):
            self._observe_subscription(sight, subscription)
        elif known is None:
            self._observe_newcomer(sight)

    # --- the subscription that counts

    def _observe_subscription(self, sight: Sight, before: Subscription) -> None:
        if before.has_ended or (before.closed and sight.snapshot.status not in ENDED):
            return
        deal = self._deal_of(sight)
        silent = self.ends and not sight.rules.resume
        after = redrawn(sight, before, deal, ends=silent)
        lost = silent and not after.has_ended and period_began(before, after)
        for kind in differences(before, after):
            self._record(kind, sight, before, after)
        if lost:
            self._cancel_again(sight, after)
        self._record_terms(sight, after, deal)

    def _record(
        self,
        kind: type[events.SubscriptionEvent],
        sight: Sight,
        before: Subscription,
        after: Subscription,
    ) -> None:
        facts = {"previous_plan": before.plan} if kind is events.PlanSwapped else {}
        self.trigger_event(
            kind,
            timestamp=sight.at,
            subscription=after,
            seen_at=sight.snapshot.fetched_at,
            **facts,
        )

    def _cancel_again(self, sight: Sight, after: Subscription) -> None:
        """It was renewed although its cancellation had been accepted."""
        snapshot = sight.snapshot
        self.trigger_event(
            events.ChangeRequested,
            timestamp=sight.at,
            command_id=f"cancel:{snapshot.ref}:{after.period_end:%Y%m%d}",
            kind="cancel",
            gateway=snapshot.gateway,
            subscription_ref=snapshot.ref,
        )

    # --- one that was not known

    def _observe_newcomer(self, sight: Sight) -> None:
        snapshot = sight.snapshot
        if snapshot.status in ("pending", "unknown"):
            return
        if snapshot.status in ENDED and not was_paid(snapshot):
            self.close_checkout(snapshot.command_id, "failed", sight.at)
            return
        deal = self._deal_of(sight)
        drawn = first_drawn(sight, deal)
        if self._is_meant(snapshot):
            self._subscribe(sight, drawn, deal)
        elif drawn.has_ended:
            self.close_checkout(snapshot.command_id, "superseded", sight.at)
        else:
            self._supersede(drawn, self._reason_against(drawn), sight.at, snapshot.fetched_at)

    def _is_meant(self, snapshot: SubscriptionSnapshot) -> bool:
        """The latest checkout is; a subscription of unknown origin only where there is no other."""
        rank, current = self._rank_of(snapshot.command_id), self.subscription
        if current is None or rank > self.rank:
            return True
        return current.has_ended and rank in (0, self.rank)

    def _subscribe(self, sight: Sight, drawn: Subscription, deal: Deal) -> None:
        previous, snapshot = self.subscription, sight.snapshot
        if previous is not None and previous.gateway is not None and not previous.has_ended:
            replaced = snapshot.replaces == previous.ref
            self._supersede(previous, REPLACED if replaced else SUPERSEDED, sight.at)
        self.trigger_event(
            events.PlanSubscribed,
            timestamp=sight.at,
            subscription=drawn,
            seen_at=snapshot.fetched_at,
        )
        if drawn.has_ended:
            self._record(events.SubscriptionCancelled, sight, drawn, drawn)
        self._record_terms(sight, drawn, deal)

    def _reason_against(self, newcomer: Subscription) -> str:
        current = self.subscription
        winner = self.checkouts.get(current.checkout_id or "") if current else None
        replaced = winner is not None and winner.replaces == newcomer.ref
        return REPLACED if replaced else SUPERSEDED

    # --- one that is not wanted

    def _supersede(
        self, subscription: Subscription, reason: str, at: datetime, seen_at: datetime | None = None
    ) -> None:
        """One that its gateway has ended already needs no confirmation."""
        self.trigger_event(
            events.SubscriptionSuperseded,
            timestamp=at,
            subscription=subscription,
            reason=reason,
            seen_at=seen_at,
        )
        if subscription.closed:
            self._confirm(reference(subscription.gateway or "", subscription.ref or ""), at)

    def _observe_orphan(self, sight: Sight, orphan: Orphan) -> None:
        if sight.snapshot.status in ENDED and not orphan.confirmed:
            self._confirm(sight.key, sight.at)

    def _confirm(self, key: str, at: datetime) -> None:
        orphan = self.orphans[key]
        subscription, reason = orphan.subscription, orphan.reason
        named = {"gateway": subscription.gateway, "subscription_ref": subscription.ref}
        self.trigger_event(events.OrphanSubscriptionCancelled, timestamp=at, reason=reason, **named)
        due = subscription.unused(orphan.since)
        if due > 0 and reason != ASSIGNED:
            self.trigger_event(
                events.OverlapRefundDue,
                timestamp=at,
                command_id=f"overlap:{subscription.ref}",
                amount_cents=due,
                currency=subscription.price.currency,
                **named,
            )

    # --- what else a snapshot tells

    def close_checkout(self, checkout_id: str, reason: CloseReason, at: datetime) -> None:
        """Nothing will come of it any more. Quiet for one that is settled or not ours."""
        checkout = self.checkouts.get(checkout_id)
        if checkout is None or not checkout.may_be_paid:
            return
        if checkout.state == "open" and reason != "superseded":
            self.trigger_event(
                events.CheckoutClosed,
                timestamp=at,
                checkout_id=checkout_id,
                gateway=checkout.gateway,
                reason=reason,
            )
        else:
            self.trigger_event(events.CheckoutAbandoned, timestamp=at, checkout_id=checkout_id)
