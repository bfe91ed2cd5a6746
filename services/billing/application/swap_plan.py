"""A subscription changes its plan: in place where the gateway can, else by another checkout."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from gateways.port import ActionRequired, NeedsCheckout
from kernel.cause import Cause
from kernel.errors import ValidationFailed
from kernel.events import DomainEvent
from kernel.ids import new_id
from kernel.money import Money
from services.billing.application.change_subscription import ChangeSubscription, Forecast
from services.billing.application.invoices import Invoices
from services.billing.application.plans import Plans
from services.billing.application.start_checkout import CheckoutCommand, StartCheckout
from services.billing.domain.account.agreement import ANY_PRICE, ExpectedPrice
from services.billing.domain.account.carried import carried, carried_cents
from services.billing.domain.account.charged import charged_after
from services.billing.domain.account.checkout import Checkout
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice, Subscription
from services.billing.domain.account.swap import (
    decide_swap,
    require_same_currency,
    require_swappable,
)
from services.billing.domain.account.timing import timing_of
from services.billing.domain.invoice.share import unused


@dataclass(frozen=True, slots=True)
class SwapCommand:
    """The pages to come back to may be left out: then those of the last checkout."""

    plan: str
    success_url: str | None = None
    cancel_url: str | None = None
    expected: ExpectedPrice = ANY_PRICE


@dataclass(frozen=True, slots=True)
class SwapPlan:
    change: ChangeSubscription
    start_checkout: StartCheckout
    plans: Plans
    invoices: Invoices

    def __call__(
        self, workspace: str, swap: SwapCommand, cause: Cause, email: str | None = None
    ) -> Account | Checkout | ActionRequired:
        """A checkout is one whose payment will replace the present subscription. ActionRequired:
        nothing changes until the customer has confirmed the payment. Raises CardDeclined or
        CurrencyMismatch with nothing changed."""
        account = self.change.accounts.get(workspace)
        account.require_live()
        capabilities = self.change.gateway_of(account).capabilities
        live = require_swappable(account, swap.plan, capabilities)
        if not capabilities.swap_in_place:
            return self._check_out(account, swap, cause, email)
        agreed = self._agreed_price(live, swap.plan, cause)
        swap.expected.require(agreed.price)
        units = self._other_units(live, swap.plan)
        command, at = new_id("swap"), self.change.clock()

        def decide(account: Account) -> list[DomainEvent]:
            choice = account.plan_change
            return decide_swap(account, command, agreed, choice, capabilities, at, units)

        outcome = self.change(workspace, decide, cause)
        if isinstance(outcome, NeedsCheckout):
            return self._check_out(account, swap, cause, email)
        return outcome

    def foresee(self, workspace: str, plan: str, cause: Cause) -> Forecast:
        """The plan is synced to the gateway where it is not, because only then it has a price."""
        account = self.change.accounts.get(workspace)
        account.require_live()
        gateway = self.change.gateway_of(account)
        live = require_swappable(account, plan, gateway.capabilities)
        agreed = self._agreed_price(live, plan, cause)
        if gateway.capabilities.swap_in_place:
            require_same_currency(live, agreed)
        units = self._other_units(live, plan)
        money = partial(Money, currency=agreed.price.currency)
        if not gateway.capabilities.swap_in_place or live.ref is None:
            order = carried(account, live, agreed, self.change.clock(), units)
            costs = carried_cents(order, agreed, gateway.capabilities)
            return Forecast("swap", False, None, self._given_back(live), amount=money(costs))
        timing = timing_of(account.plan_change, live, agreed, units)
        shown = gateway.subscriptions.fetch(live.ref)
        return Forecast(
            "swap",
            True,
            live.period_end if timing == "next_cycle" else self.change.clock(),
            gateway.subscriptions.preview_swap(live.ref, agreed.price_ref, timing, units),
            amount=money(charged_after(shown, agreed.price, units)),
        )

    def _other_units(self, live: Subscription, plan: str) -> int | None:
        """None: as many as now. Raises ValidationFailed for more than the plan sells."""
        if plan == live.plan:
            return None
        sold, present = self.plans.get(plan).sale, self.plans.get(live.plan).sale
        units = sold.units_after(live.quantity, present)
        return units if units != live.quantity else None

    def _check_out(
        self, account: Account, swap: SwapCommand, cause: Cause, email: str | None
    ) -> Checkout:
        last = account.last_checkout
        success = swap.success_url or (last.success_url if last else None)
        cancel = swap.cancel_url or (last.cancel_url if last else None)
        live = account.require_live()
        gateway = live.gateway
        if success is None or cancel is None or gateway is None:
            raise ValidationFailed("A new checkout needs success_url and cancel_url.")
        command = CheckoutCommand(
            *(swap.plan, gateway, success, cancel, swap.expected),
            carries=True,
            currency=self._currency(live, swap.plan),
        )
        return self.start_checkout(account.workspace, command, cause, email)

    def _given_back(self, live: Subscription) -> Money:
        """What another checkout would make due: the unused share of what was really paid."""
        found = self.invoices.of_subscription(live.gateway or "", live.ref or "")
        start, end, at = live.period_start, live.period_end, self.change.clock()
        period = (start, end) if start and end else None
        left = max(sum(unused(each, at, period) for each in found), 0)
        return Money(-left, live.price.currency)

    def _agreed_price(self, live: Subscription, plan: str, cause: Cause) -> AgreedPrice:
        """A subscriber who stays on the plan keeps the price that was bought."""
        if live.plan == plan:
            return AgreedPrice(plan=plan, price=live.price, price_ref=live.price_ref)
        currency = self._currency(live, plan)
        return self.plans.agreed_price(plan, live.gateway or "", cause, currency)

    def _currency(self, live: Subscription, plan: str) -> str | None:
        """That of the subscription, as far as the plan is sold in it."""
        paid = live.price.currency
        return paid if paid in self.plans.get(plan).sale.prices else None
