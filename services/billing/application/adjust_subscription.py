"""Quantity, discount, pause and trial of a running subscription are changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from gateways.port import ActionRequired, CapabilityNotSupported, NeedsCheckout
from kernel.cause import Cause
from kernel.events import DomainEvent
from kernel.ids import new_id
from kernel.money import Money
from services.billing.application.change_subscription import ChangeSubscription, Forecast
from services.billing.application.discounts import Discounts
from services.billing.application.plans import Plans
from services.billing.domain.account.adjust import (
    Adjustment,
    decide_discount,
    decide_end_discount,
    decide_end_pause,
    decide_pause,
    decide_quantity,
    decide_trial,
    decide_unpause,
    waits,
)
from services.billing.domain.account.charged import charged_after
from services.billing.domain.account.events import ChangeRequested
from services.billing.domain.account.given_discount import GivenDiscount
from services.billing.domain.account.observe import recognised
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice

Decide = Callable[[Account, Adjustment], Sequence[DomainEvent]]


@dataclass(frozen=True, slots=True)
class AdjustSubscription:
    change: ChangeSubscription
    plans: Plans
    discounts: Discounts

    def quantity(self, workspace: str, quantity: int, cause: Cause) -> Account | ActionRequired:
        """ActionRequired: nothing changes until the customer has confirmed it. Raises CardDeclined
        with nothing changed, or ValidationFailed."""
        self._check_quantity(workspace, quantity)
        return self._change(
            "quantity", workspace, partial(decide_quantity, quantity=quantity), cause
        )

    def foresee_quantity(self, workspace: str, quantity: int) -> Forecast:
        self._check_quantity(workspace, quantity)
        foreseen = self._foresee("quantity", workspace, partial(decide_quantity, quantity=quantity))
        live = self.change.accounts.get(workspace).require_live()
        proration: Money | None = Money(0, live.price.currency)
        if foreseen.changed and live.ref is not None:
            gateway = self.change.gateway_of(self.change.accounts.get(workspace))
            proration = gateway.adjustments.preview_quantity(live.ref, quantity)
        amount = self._charged_after(workspace, quantity=quantity)
        return replace(foreseen, proration=proration, amount=amount)

    def pause(
        self, workspace: str, resumes_at: datetime | None, cause: Cause
    ) -> Account | ActionRequired:
        return self._change("pause", workspace, partial(decide_pause, resumes_at=resumes_at), cause)

    def foresee_pause(self, workspace: str, resumes_at: datetime | None) -> Forecast:
        return self._foresee("pause", workspace, partial(decide_pause, resumes_at=resumes_at))

    def unpause(self, workspace: str, cause: Cause) -> Account | ActionRequired:
        return self._change("unpause", workspace, decide_unpause, cause)

    def foresee_unpause(self, workspace: str) -> Forecast:
        return self._foresee("unpause", workspace, decide_unpause)

    def end_pause(self, workspace: str, cause: Cause) -> None:
        """Where its time is over and its gateway leaves that to us."""
        account = self.change.accounts.find(workspace)
        live = account.live if account is not None else None
        if live is not None and live.paused is not None and live.paused.resumes_at is not None:
            self._change("unpause", workspace, decide_end_pause, cause)

    def trial(self, workspace: str, ends_at: datetime, cause: Cause) -> Account | ActionRequired:
        return self._change("trial", workspace, partial(decide_trial, ends_at=ends_at), cause)

    def foresee_trial(self, workspace: str, ends_at: datetime) -> Forecast:
        return self._foresee("trial", workspace, partial(decide_trial, ends_at=ends_at))

    def discount(self, workspace: str, code: str, cause: Cause) -> Account | ActionRequired:
        """In the place of the discounts that it has."""
        given = self._given(workspace, code)
        decide = partial(decide_discount, discount=given)
        return self._change("discount", workspace, decide, cause)

    def foresee_discount(self, workspace: str, code: str) -> Forecast:
        given = self._given(workspace, code)
        foreseen = self._foresee("discount", workspace, partial(decide_discount, discount=given))
        if not foreseen.changed:
            return foreseen
        return replace(foreseen, amount=self._charged_after(workspace, discounts=(given.as_shown,)))

    def end_discount(self, workspace: str, cause: Cause) -> Account | ActionRequired:
        return self._change("discount_end", workspace, decide_end_discount, cause)

    def foresee_end_discount(self, workspace: str) -> Forecast:
        foreseen = self._foresee("discount_end", workspace, decide_end_discount)
        return replace(foreseen, amount=self._charged_after(workspace, discounts=()))

    def _given(self, workspace: str, code: str) -> GivenDiscount:
        live = self.change.accounts.get(workspace).require_live()
        agreed = AgreedPrice(plan=live.plan, price=live.price, price_ref=live.price_ref)
        return self.discounts.given(code, agreed, live.gateway or "")

    def _check_quantity(self, workspace: str, quantity: int) -> None:
        live = self.change.accounts.get(workspace).require_live()
        self.plans.get(live.plan).sale.check_quantity(quantity)

    def _change(
        self, action: str, workspace: str, decide: Decide, cause: Cause
    ) -> Account | ActionRequired:
        command, at = new_id(action), self.change.clock()
        outcome = self.change(
            workspace, lambda account: decide(account, self._of(account, command, at)), cause
        )
        if isinstance(outcome, NeedsCheckout):
            raise CapabilityNotSupported(capability=action)
        return outcome

    def _foresee(self, action: str, workspace: str, decide: Decide) -> Forecast:
        account, at = self.change.accounts.get(workspace), self.change.clock()
        asked = self._of(account, "", at)
        decided, amount = decide(account, asked), self.change.charged(workspace)
        later = any(
            isinstance(each, ChangeRequested) and waits(asked.capabilities, each.kind)
            for each in decided
        )
        effective_at = account.require_live().period_end if later else at
        return Forecast(action, True, effective_at, changed=bool(decided), amount=amount)

    def _charged_after(self, workspace: str, **change: Any) -> Money:
        account = self.change.accounts.get(workspace)
        live, gateway = account.require_live(), self.change.gateway_of(account)
        shown = recognised(account, gateway.subscriptions.fetch(live.ref or ""))
        return Money(charged_after(shown, live.price, **change), live.price.currency)

    def _of(self, account: Account, command: str, at: datetime) -> Adjustment:
        account.require_live()
        return Adjustment(command, self.change.gateway_of(account).capabilities, at)
