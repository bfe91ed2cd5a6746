"""A workspace's account: one live subscription, and everything that could become a second one."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from services.billing.domain import account_events as events
from services.billing.domain.changing import ChangingAccount
from services.billing.domain.checkout import Checkout
from services.billing.domain.errors import AlreadySubscribed, SubscriptionLive
from services.billing.domain.observing import ASSIGNED
from services.billing.domain.subscription import Deal, Subscription


def account_stream(workspace: str) -> str:
    return f"account:{workspace}"


def workspace_of(stream: str) -> str:
    return stream.removeprefix("account:")


class Account(ChangingAccount):
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
    def last_checkout(self) -> Checkout | None:
        return max(self.checkouts.values(), key=lambda each: each.rank, default=None)

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
        self._check_not_subscribed(deal.plan, resumable=resumable)
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

    def _check_not_subscribed(self, plan: str, *, resumable: bool) -> None:
        live = self.live
        if live is None or live.plan != plan or not live.has_access:
            return
        if live.status != "grace" or resumable:
            raise AlreadySubscribed(plan=plan, gateway=live.gateway)

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
