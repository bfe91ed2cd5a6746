"""Cancel, resume and swap: guarded, asked of the gateway by id, confirmed or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateways.port import Capabilities
from services.billing.domain import account_events as events
from services.billing.domain.errors import (
    AlreadySubscribed,
    CancellationPending,
    CannotResume,
    NotSubscribed,
)
from services.billing.domain.observing import ObservingAccount
from services.billing.domain.subscription import Deal, Subscription


class ChangingAccount(ObservingAccount):
    @property
    def live(self) -> Subscription | None:
        """The subscription that a gateway may still charge, or whose paid time is not over."""
        current = self.subscription
        if current is None or current.has_ended or current.gateway is None:
            return None
        return current

    def of_gateway(self) -> Subscription:
        """Raises NotSubscribed."""
        if self.live is None:
            raise NotSubscribed(workspace=self.workspace)
        return self.live

    def request_cancel(self, command_id: str, at: datetime) -> bool:
        """False when it ends anyway. What has no access any more ends at once."""
        live = self.of_gateway()
        if live.closed or live.cancel_at is not None:
            return False
        self._request(command_id, "cancel", live, at, at_period_end=live.has_access)
        return True

    def check_resume(self, rules: Capabilities) -> None:
        if self.subscription is None or self.subscription.gateway is None:
            raise NotSubscribed(workspace=self.workspace)
        live = self.live
        if live is None or live.closed or live.cancel_at is None or not rules.resume:
            raise CannotResume(gateway=self.subscription.gateway, status=self.subscription.status)

    def request_resume(self, command_id: str, rules: Capabilities, at: datetime) -> None:
        self.check_resume(rules)
        self._request(command_id, "resume", self.of_gateway(), at)

    def check_swap(self, plan: str, rules: Capabilities) -> None:
        """A swap to the plan it has undoes a swap that is scheduled."""
        live = self.of_gateway()
        if not live.has_access:
            raise NotSubscribed(workspace=self.workspace, status=live.status)
        if live.cancel_at is not None and rules.resume:
            raise CancellationPending(cancel_at=live.cancel_at.isoformat())
        if live.plan == plan and live.next_plan is None and live.cancel_at is None:
            raise AlreadySubscribed(plan=plan)
        if live.next_plan == plan:
            raise AlreadySubscribed(plan=plan, next_plan=plan)

    def request_swap(
        self,
        command_id: str,
        deal: Deal,
        timing: events.Timing,
        rules: Capabilities,
        at: datetime,
    ) -> None:
        self.check_swap(deal.plan, rules)
        self._request(command_id, "swap", self.of_gateway(), at, deal=deal, timing=timing)

    def _request(
        self,
        command_id: str,
        kind: events.ChangeKind,
        live: Subscription,
        at: datetime,
        *,
        at_period_end: bool = True,
        deal: Deal | None = None,
        timing: events.Timing | None = None,
    ) -> None:
        """Takes the place of one whose end is not known: the last word counts."""
        self.trigger_event(
            events.ChangeRequested,
            timestamp=at,
            command_id=command_id,
            kind=kind,
            gateway=live.gateway,
            subscription_ref=live.ref,
            at_period_end=at_period_end,
            deal=deal,
            timing=timing,
        )

    def confirm_change(
        self, command_id: str, rules: Capabilities, effective_at: datetime | None, at: datetime
    ) -> None:
        """The gateway accepted, and what it shows since then was observed. Adds what it does not
        show: a cancellation that some keep to themselves, a swap that is still to come."""
        change, live = self.change, self.live
        if change is None or change.command_id != command_id:
            return
        self.trigger_event(events.ChangeConfirmed, timestamp=at, command_id=command_id)
        if live is None or live.ref != change.subscription_ref:
            return
        if change.kind == "cancel" and live.cancel_at is None and not rules.resume:
            self._schedule_end(live, at)
        if change.kind == "swap" and change.deal is not None:
            self._note_swap(live, change.deal, effective_at or at, at)

    def refuse_change(self, command_id: str, reason: str, at: datetime) -> None:
        if self.change is not None and self.change.command_id == command_id:
            self.trigger_event(
                events.ChangeRefused, timestamp=at, command_id=command_id, reason=reason
            )

    def _schedule_end(self, live: Subscription, at: datetime) -> None:
        ends_at = live.period_end or at
        status = "grace" if live.status == "active" else live.status
        ending = replace(live, status=status, cancel_at=ends_at, next_plan=None)
        self.trigger_event(events.CancellationScheduled, timestamp=at, subscription=ending)

    def _note_swap(
        self, live: Subscription, deal: Deal, effective_at: datetime, at: datetime
    ) -> None:
        if live.plan != deal.plan:
            awaiting = replace(live, next_plan=deal.plan)
            self.trigger_event(
                events.PlanSwapScheduled,
                timestamp=at,
                subscription=awaiting,
                effective_at=effective_at,
            )
        elif live.next_plan is not None:
            settled = replace(live, next_plan=None)
            self.trigger_event(events.SubscriptionAmended, timestamp=at, subscription=settled)
