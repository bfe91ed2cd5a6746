"""A workspace's account: one live subscription, and everything that could become a second one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from gateways.port import Capabilities
from services.billing.domain import account_events as events
from services.billing.domain.checkout import Checkout
from services.billing.domain.errors import (
    AlreadySubscribed,
    CancellationPending,
    CannotResume,
    NotSubscribed,
    SubscriptionLive,
)
from services.billing.domain.observing import ASSIGNED, ObservingAccount
from services.billing.domain.subscription import Deal, Subscription


def account_stream(workspace: str) -> str:
    return f"account:{workspace}"


def workspace_of(stream: str) -> str:
    return stream.removeprefix("account:")


class Account(ObservingAccount):
    TOPIC: ClassVar[str] = "billing.Account"

    @classmethod
    def open(cls, workspace: str, at: datetime) -> Account:
        return cls._create(
            events.AccountOpened,
            id=account_stream(workspace),
            timestamp=at,
            workspace_id=workspace,
        )

    # --- what there is

    @property
    def open_checkout(self) -> Checkout | None:
        """The page that the customer is meant to pay."""
        return next((each for each in self.checkouts.values() if each.state == "open"), None)

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

    # --- checkouts

    def start_checkout(
        self,
        checkout_id: str,
        gateway: str,
        deal: Deal,
        urls: tuple[str, str],
        at: datetime,
        *,
        resumable: bool,
    ) -> None:
        """Supersedes an open one. `resumable`: the gateway of the present subscription takes a
        cancellation back, so that nobody needs to buy the same plan again."""
        live = self.live
        ending = live is not None and live.status == "grace" and not resumable
        if live is not None and live.plan == deal.plan and live.has_access and not ending:
            raise AlreadySubscribed(plan=deal.plan, gateway=live.gateway)
        self._supersede_checkouts(at)
        self.trigger_event(
            events.CheckoutStarted,
            timestamp=at,
            checkout_id=checkout_id,
            gateway=gateway,
            deal=deal,
            replaces=live.ref if live is not None else None,
            success_url=urls[0],
            cancel_url=urls[1],
        )

    def open_page(
        self, checkout_id: str, ref: str, url: str, expires_at: datetime | None, at: datetime
    ) -> None:
        """The gateway's answer; quiet when it is known."""
        known = self.checkouts[checkout_id]
        if (known.ref, known.url) != (ref, url):
            self.trigger_event(
                events.CheckoutOpened,
                timestamp=at,
                checkout_id=checkout_id,
                gateway=known.gateway,
                ref=ref,
                url=url,
                expires_at=expires_at,
            )

    def _supersede_checkouts(self, at: datetime) -> None:
        for checkout in list(self.checkouts.values()):
            if checkout.state == "open":
                self.trigger_event(
                    events.CheckoutClosed,
                    timestamp=at,
                    checkout_id=checkout.id,
                    gateway=checkout.gateway,
                    reason="superseded",
                )

    # --- changes of the subscription

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

    # --- what the platform does

    def assign(self, deal: Deal, at: datetime) -> None:
        """A local-only plan. Refused while a gateway goes on charging; one that ends anyway is
        ended now. Quiet when it is assigned already."""
        current = self.subscription
        if current is not None and current.renews:
            raise SubscriptionLive(plan=current.plan, gateway=current.gateway)
        if current is not None and current.gateway is None and current.plan == deal.plan:
            return
        if self.live is not None:
            self._supersede(self.live, ASSIGNED, at)
        self._supersede_checkouts(at)
        assigned = Subscription(plan=deal.plan, status="active", price=deal.price, started_at=at)
        self.trigger_event(events.PlanAssigned, timestamp=at, subscription=assigned)

    def change_settings(
        self, plan_change: events.Timing, billing_email: str | None, at: datetime
    ) -> None:
        """`billing_email` is sealed."""
        if (plan_change, billing_email) != (self.plan_change, self.billing_email):
            self.trigger_event(
                events.WorkspaceSettingsChanged,
                timestamp=at,
                plan_change=plan_change,
                billing_email=billing_email,
            )

    def record_refund(self, command_id: str, refund_ref: str, at: datetime) -> None:
        due = self.refunds_due.get(command_id)
        if due is not None:
            self.trigger_event(
                events.OverlapRefunded,
                timestamp=at,
                command_id=command_id,
                gateway=due.gateway,
                subscription_ref=due.subscription_ref,
                refund_ref=refund_ref,
                amount_cents=due.amount_cents,
                currency=due.currency,
            )
