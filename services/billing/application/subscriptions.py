"""What a workspace does with its subscription."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateways.port import Gateway, NeedsCheckout
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import ValidationFailed
from kernel.ids import new_id
from kernel.money import Money
from services.billing.application.checkouts import Checkouts, Wish
from services.billing.application.observations import Observations
from services.billing.application.settling import Settling
from services.billing.domain.account import Account
from services.billing.domain.checkout import Checkout
from services.billing.domain.errors import NotSubscribed
from services.billing.domain.subscription import Deal, Subscription

Urls = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a command would do. `proration` is what the next invoice would add, where the gateway
    can tell."""

    action: str
    in_place: bool
    effective_at: datetime | None
    proration: Money | None = None


class Subscriptions:
    """Each change is an intent, a call with its id, and the outcome."""

    def __init__(
        self, observations: Observations, settling: Settling, checkouts: Checkouts, clock: Clock
    ) -> None:
        self._observations = observations
        self._accounts = observations.accounts
        self._settling = settling
        self._checkouts = checkouts
        self._clock = clock

    def cancel(self, workspace: str, cause: Cause) -> Account:
        """At the end of the paid period. Quiet when it is scheduled already."""
        command, at = new_id("cancel"), self._clock()
        return self._change(workspace, lambda account: account.request_cancel(command, at), cause)

    def resume(self, workspace: str, cause: Cause) -> Account:
        """Takes a scheduled cancellation back. Raises CannotResume."""
        command, at = new_id("resume"), self._clock()

        def request(account: Account) -> None:
            account.request_resume(command, self._gateway(account).capabilities, at)

        return self._change(workspace, request, cause)

    def swap(
        self, workspace: str, plan: str, urls: Urls, cause: Cause, email: str | None = None
    ) -> Account | Checkout:
        """In place where the gateway can; else the checkout whose payment will replace the
        present subscription."""
        account = self._accounts.get(workspace)
        live, gateway = account.of_gateway(), self._gateway(account)
        account.check_swap(plan, gateway.capabilities)
        if not gateway.capabilities.swap_in_place:
            return self._check_out(account, plan, urls, cause, email)
        deal = self._deal(live, plan, cause)
        command, at = new_id("swap"), self._clock()

        def request(account: Account) -> None:
            account.request_swap(command, deal, account.plan_change, gateway.capabilities, at)

        outcome = self._requested(workspace, request, cause)
        if isinstance(outcome, NeedsCheckout):
            return self._check_out(account, plan, urls, cause, email)
        return outcome

    # --- what would happen

    def foresee_cancel(self, workspace: str) -> Forecast:
        live = self._accounts.get(workspace).of_gateway()
        ends_at = live.cancel_at or (live.period_end if live.has_access else self._clock())
        return Forecast("cancel", True, ends_at)

    def foresee_resume(self, workspace: str) -> Forecast:
        account = self._accounts.get(workspace)
        if account.subscription is None:
            raise NotSubscribed(workspace=workspace)
        account.check_resume(self._gateway(account).capabilities)
        return Forecast("resume", True, self._clock())

    def foresee_swap(self, workspace: str, plan: str, cause: Cause) -> Forecast:
        """The plan is synced to the gateway where it is not, because only then it has a price."""
        account = self._accounts.get(workspace)
        live, gateway = account.of_gateway(), self._gateway(account)
        account.check_swap(plan, gateway.capabilities)
        deal = self._deal(live, plan, cause)
        if not gateway.capabilities.swap_in_place or live.ref is None:
            return Forecast("swap", False, None)
        waits = account.plan_change == "next_cycle"
        return Forecast(
            "swap",
            True,
            live.period_end if waits else self._clock(),
            gateway.subscriptions.preview_swap(live.ref, deal.price_ref, account.plan_change),
        )

    # --- steps

    def _change(
        self, workspace: str, request: Callable[[Account], object], cause: Cause
    ) -> Account:
        outcome = self._requested(workspace, request, cause)
        return self._accounts.get(workspace) if isinstance(outcome, NeedsCheckout) else outcome

    def _requested(
        self, workspace: str, request: Callable[[Account], object], cause: Cause
    ) -> Account | NeedsCheckout:
        self._accounts.get(workspace)
        account = self._observations.record(workspace, request, cause)
        if account.change is None:
            return account
        return self._settling.perform(workspace, account.change, cause)

    def _check_out(
        self, account: Account, plan: str, urls: Urls, cause: Cause, email: str | None
    ) -> Checkout:
        """The pages to come back to may be left out: then those of the last checkout."""
        last = account.last_checkout
        success = urls[0] or (last.success_url if last else None)
        cancel = urls[1] or (last.cancel_url if last else None)
        gateway = account.of_gateway().gateway
        if success is None or cancel is None or gateway is None:
            raise ValidationFailed("A new checkout needs success_url and cancel_url.")
        wish = Wish(plan, gateway, success, cancel)
        return self._checkouts.start_checkout(account.workspace, wish, cause, email)

    def _deal(self, live: Subscription, plan: str, cause: Cause) -> Deal:
        """A subscriber who stays on the plan keeps the price that was bought."""
        if live.plan == plan:
            return Deal(plan=plan, price=live.price, price_ref=live.price_ref)
        return self._checkouts.deal_for(plan, live.gateway or "", cause)

    def _gateway(self, account: Account) -> Gateway:
        name = account.subscription.gateway if account.subscription is not None else None
        if name is None:
            raise NotSubscribed(workspace=account.workspace)
        return self._observations.gateway(name)
