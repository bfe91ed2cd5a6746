"""Subscribing: a plan, a gateway, and its hosted page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from gateways.return_url import without_placeholder
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import Conflict, DomainError
from kernel.events import DomainEvent
from kernel.ids import new_id
from services.billing.application.discounts import Discounts
from services.billing.application.hosted_checkouts import HostedCheckouts
from services.billing.application.observe_snapshot import Observations
from services.billing.application.plans import Plans
from services.billing.application.trial_payers import TrialPayers, payer_of
from services.billing.domain.account.agreement import ANY_PRICE, ExpectedPrice
from services.billing.domain.account.carried import carried
from services.billing.domain.account.checkout import Checkout, Order, Trial
from services.billing.domain.account.events import CheckoutStarted
from services.billing.domain.account.start_checkout import (
    decide_start_checkout,
    require_one_currency,
)
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice

log = structlog.get_logger()
ABANDONED_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class CheckoutCommand:
    """`success_url` may hold `{CHECKOUT_SESSION_ID}`. `carries`: it takes the place of the present
    subscription, with all of it but the plan."""

    plan: str
    gateway: str
    success_url: str
    cancel_url: str
    expected: ExpectedPrice = ANY_PRICE
    quantity: int = 1
    carries: bool = False
    discount: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class StartCheckout:
    observations: Observations
    plans: Plans
    hosted: HostedCheckouts
    clock: Clock
    discounts: Discounts
    trial_payers: TrialPayers | None = None

    def __call__(
        self, workspace: str, command: CheckoutCommand, cause: Cause, email: str | None = None
    ) -> Checkout:
        """Records the intent, then opens the page; an earlier checkout is superseded and its page
        abandoned. When the gateway's answer is lost, the sweep or `reconcile` finishes it."""
        agreed = self.plans.agreed_price(command.plan, command.gateway, cause, command.currency)
        command.expected.require(agreed.price)
        checkout_id, at = new_id("chk"), self.clock()
        ordered = None if command.carries else self._order(command, agreed)
        if ordered is not None and not self._has_trial(workspace, checkout_id, ordered, email):
            ordered = replace(ordered, trial=None)
        urls = (command.success_url, command.cancel_url)

        def decide(account: Account) -> list[DomainEvent]:
            resumable = self._is_resumable(account)
            order = ordered or self._carried(account, agreed, at)
            started = decide_start_checkout(
                *(account, checkout_id, command.gateway, agreed, urls, at),
                resumable=resumable,
                order=order,
            )
            self._require_possible(account, started)
            return started

        recorded = self.observations.accounts.record(workspace, decide, cause)
        begun = recorded.checkouts[checkout_id]
        if begun.state == "completed":  # a trial that nobody has to pay a page for
            return replace(begun, url=without_placeholder(begun.success_url))
        opened = self.hosted.open(workspace, checkout_id, cause, email)
        self._abandon_superseded(workspace, cause)
        if opened.state != "open":
            raise Conflict("A later checkout took the place of this one.", checkout_id=checkout_id)
        return opened

    def _order(self, command: CheckoutCommand, agreed: AgreedPrice) -> Order:
        """Raises ValidationFailed, DiscountNotFound or DiscountNotApplicable."""
        plan = self.plans.get(command.plan)
        plan.sale.check_quantity(command.quantity)
        days = plan.sale.trial_days
        family = plan.terms.family or plan.slug
        card = plan.sale.trial_requires_card
        trial = Trial(days=days, family=family, needs_card=card) if days is not None else None
        code, gateway = command.discount, command.gateway
        given = self.discounts.given(code, agreed, gateway) if code is not None else None
        return Order(quantity=command.quantity, trial=trial, discount=given)

    def _has_trial(self, workspace: str, checkout_id: str, order: Order, email: str | None) -> bool:
        """Not one that who pays has had elsewhere."""
        trial = order.trial
        if trial is None or not email or self.trial_payers is None:
            return trial is not None
        known = self.observations.accounts.find(workspace)
        if known is not None and trial.family in known.trials:
            return False
        return self.trial_payers.claim(workspace, checkout_id, trial, payer_of(email))

    def _carried(self, account: Account, agreed: AgreedPrice, at: datetime) -> Order:
        """Raises NotSubscribed or ValidationFailed."""
        live, sold = account.require_live(), self.plans.get(agreed.plan).sale
        units = sold.units_after(live.quantity, self.plans.get(live.plan).sale)
        return carried(account, live, agreed, at, units)

    def _require_possible(self, account: Account, decided: Sequence[DomainEvent]) -> None:
        """Raises CapabilityNotSupported or CurrencyMismatch."""
        for event in decided:
            if isinstance(event, CheckoutStarted):
                capabilities = self.observations.gateway(event.gateway).capabilities
                if event.quantity > 1:
                    capabilities.require("quantity_at_checkout")
                if capabilities.swap_in_place:
                    require_one_currency(account, event)
                if event.discount is not None:
                    capabilities.require_coupon("discount_at_checkout", event.discount.coupon)
                if event.trial is not None and event.trial.needs_card:
                    capabilities.require("trial_at_checkout")

    def _is_resumable(self, account: Account) -> bool:
        live = account.live
        if live is None or live.gateway is None or live.closed:
            return False
        gateway = self.observations.gateways.get(live.gateway)
        return gateway is not None and gateway.capabilities.resume

    def _abandon_superseded(self, workspace: str, cause: Cause) -> None:
        """The latest; the sweep does the rest, and tries again what fails here."""
        account = self.observations.accounts.load(workspace).account
        superseded = [
            each for each in account.checkouts.values() if each.state == "superseded" and each.ref
        ]
        for checkout in superseded[-ABANDONED_AT_ONCE:]:
            try:
                self.hosted.settle(workspace, checkout.id, cause)
            except DomainError as failure:
                log.warning("checkout_not_abandoned", workspace=workspace, code=failure.code)
