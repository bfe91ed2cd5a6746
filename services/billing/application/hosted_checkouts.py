"""The gateways' hosted pages: opened for an intent, followed until they are paid or closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateways.port import (
    CapabilityNotSupported,
    CheckoutRequest,
    GatewayRejected,
    ReferenceNotFound,
)
from gateways.port import Checkout as HostedPage
from gateways.port.payers import PayerDetails
from kernel.cause import Cause
from kernel.clock import Clock
from services.billing.application.observe_snapshot import Observations
from services.billing.application.plan_offer import spec_of
from services.billing.application.plans import Plans
from services.billing.domain.account.checkout import Checkout, CloseReason
from services.billing.domain.account.close_checkout import decide_close_checkout
from services.billing.domain.account.open_checkout import decide_open_checkout
from services.billing.domain.account.schedule import PAGE_HORIZON
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import reference


@dataclass(frozen=True, slots=True)
class HostedCheckouts:
    observations: Observations
    plans: Plans
    clock: Clock
    payer_of: Callable[[Account], PayerDetails | None]

    def open(
        self, workspace: str, checkout_id: str, cause: Cause, email: str | None = None
    ) -> Checkout:
        """Asks the gateway for the page of a recorded checkout; repeating it gives the same page.
        A refusal closes the checkout and is raised."""
        account = self.observations.accounts.load(workspace).account
        checkout = account.checkouts[checkout_id]
        try:
            page = self._ask(account, checkout, email, cause)
        except (GatewayRejected, ReferenceNotFound, CapabilityNotSupported):
            self._close(workspace, checkout_id, "failed", cause)
            raise
        at = self.clock()
        recorded = self.observations.accounts.record(
            workspace,
            lambda account: decide_open_checkout(
                account, checkout_id, page.ref, page.url, page.expires_at, at
            ),
            cause,
        )
        return recorded.checkouts[checkout_id]

    def settle(self, workspace: str, checkout_id: str, cause: Cause) -> None:
        """What has become of it: paid, expired, or to be abandoned because another one counts."""
        account = self.observations.accounts.load(workspace).account
        checkout = account.checkouts[checkout_id]
        if not checkout.may_be_paid:
            return
        if not checkout.ref:
            checkout = self.open(workspace, checkout_id, cause)
        gateway = self.observations.gateway(checkout.gateway)
        try:
            seen = gateway.checkouts.fetch(checkout.ref)
            if seen.status == "open" and checkout.state == "superseded":
                gateway.checkouts.abandon(checkout.ref)
                seen = gateway.checkouts.fetch(checkout.ref)
        except ReferenceNotFound:
            self._close(workspace, checkout_id, "expired", cause)
            return
        if seen.subscription is not None:
            ref = seen.subscription
            self.observations.fetch_and_observe(workspace, checkout.gateway, ref, cause)
        elif seen.status == "expired" or self._is_forgotten(checkout):
            self._close(workspace, checkout_id, "expired", cause)

    def _ask(
        self, account: Account, checkout: Checkout, email: str | None, cause: Cause
    ) -> HostedPage:
        """A price that the gateway does not know any more is made, or sold, again, at the same
        sum."""
        agreed = checkout.agreed
        try:
            return self._page(account, checkout, agreed.price_ref, email)
        except ReferenceNotFound:
            self.plans.sync_plan(agreed.plan, cause)
            present = self.plans.agreed_price(
                agreed.plan, checkout.gateway, cause, agreed.price.currency
            )
            if present.price != agreed.price:
                raise
        return self._page(account, checkout, present.price_ref, email)

    def _page(
        self, account: Account, checkout: Checkout, price_ref: str, email: str | None
    ) -> HostedPage:
        agreed = checkout.agreed
        return self.observations.gateway(checkout.gateway).checkouts.start(
            CheckoutRequest(
                command_id=checkout.id,
                workspace_id=account.workspace,
                plan=spec_of(self.plans.get(agreed.plan), agreed.price),
                price_ref=price_ref,
                success_url=checkout.success_url,
                cancel_url=checkout.cancel_url,
                customer=customer_at(account, checkout.gateway),
                customer_email=email,
                replaces=checkout.replaces,
                quantity=checkout.quantity,
                trial_days=checkout.trial_days,
                payer=self.payer_of(account),
                coupon=checkout.discount.coupon if checkout.discount is not None else None,
            )
        )

    def _is_forgotten(self, checkout: Checkout) -> bool:
        """Open for longer than any page can be: its gateway closes none."""
        return self.clock() - checkout.started_at > PAGE_HORIZON

    def _close(self, workspace: str, checkout_id: str, reason: CloseReason, cause: Cause) -> None:
        at = self.clock()
        self.observations.accounts.record(
            workspace,
            lambda account: decide_close_checkout(account, checkout_id, reason, at),
            cause,
        )


def customer_at(account: Account, gateway: str) -> str | None:
    """Who the workspace is there, as far as it has paid before."""
    current, method = account.subscription, account.method
    named = [current.customer] if current is not None and current.gateway == gateway else []
    named += [method.customer] if method is not None and method.gateway == gateway else []
    return next(
        (each for each in named if each and reference(gateway, each) not in account.forgotten), None
    )
