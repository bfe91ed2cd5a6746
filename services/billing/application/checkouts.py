"""Subscribing: a plan, a gateway, and its hosted page."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import Conflict, DomainError
from kernel.ids import new_id
from services.billing.application.observations import Observations
from services.billing.application.pages import Pages
from services.billing.application.plans import Plans
from services.billing.domain.account import Account
from services.billing.domain.checkout import Checkout
from services.billing.domain.errors import PlanInactive
from services.billing.domain.subscription import Deal

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wish:
    """`success_url` may hold `{CHECKOUT_SESSION_ID}`."""

    plan: str
    gateway: str
    success_url: str
    cancel_url: str


class Checkouts:
    def __init__(
        self, observations: Observations, plans: Plans, pages: Pages, clock: Clock
    ) -> None:
        self._observations = observations
        self._plans = plans
        self._pages = pages
        self._clock = clock

    def start_checkout(
        self, workspace: str, wish: Wish, cause: Cause, email: str | None = None
    ) -> Checkout:
        """Records the intent, then opens the page; an earlier checkout is superseded and its page
        abandoned. When the gateway's answer is lost, the sweep or `reconcile` finishes it."""
        deal = self.deal_for(wish.plan, wish.gateway, cause)
        checkout_id = new_id("chk")
        at = self._clock()

        def decide(account: Account) -> None:
            account.start_checkout(
                checkout_id,
                wish.gateway,
                deal,
                (wish.success_url, wish.cancel_url),
                at,
                resumable=self._resumable(account),
            )

        self._observations.record(workspace, decide, cause)
        opened = self._pages.open(workspace, checkout_id, cause, email)
        self._abandon_superseded(workspace, cause)
        if opened.state != "open":
            raise Conflict("A later checkout took the place of this one.", checkout_id=checkout_id)
        return opened

    def deal_for(self, slug: str, gateway: str, cause: Cause) -> Deal:
        """The plan at its present price, sold by the gateway. Raises PlanNotFound, PlanInactive,
        PlanLocalOnly, GatewayNotConfigured or PlanNotSynced."""
        if not self._plans.get(slug).is_active:
            raise PlanInactive(slug=slug)
        price_ref = self._plans.price_ref(slug, gateway, cause)
        offer = self._plans.get(slug).offers.ever(gateway)[price_ref]
        return Deal(plan=slug, price=offer.price, price_ref=price_ref)

    def _resumable(self, account: Account) -> bool:
        live = account.live
        if live is None or live.gateway is None or live.closed:
            return False
        return self._observations.gateway(live.gateway).capabilities.resume

    def _abandon_superseded(self, workspace: str, cause: Cause) -> None:
        """What fails here is tried again by the sweep."""
        for checkout in self._observations.accounts.load(workspace).account.checkouts.values():
            if checkout.state == "superseded" and checkout.ref:
                try:
                    self._pages.settle(workspace, checkout.id, cause)
                except DomainError as failure:
                    log.warning("checkout_not_abandoned", workspace=workspace, code=failure.code)
