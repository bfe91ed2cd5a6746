"""Adopts what was surveyed: each subscription once, whoever runs it, however often."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from gateways.port import CapabilityNotSupported, Gateway, GatewayUnavailable, InvoiceSnapshot
from kernel.cause import Cause
from kernel.errors import DomainError
from services.billing.application.adopt_subscription import AdoptSubscription
from services.billing.application.cutover.ledger import CutoverLedger, Staged
from services.billing.application.cutover.survey import Assignments, Found, Survey
from services.billing.application.observe_invoices import ObserveInvoices
from services.billing.application.plans import Plans
from services.billing.domain.account.state import Account
from services.billing.domain.cutover.proposal import terms_of
from services.billing.domain.plan.offers import Offer

CLI = Cause("cli", "import", "import")
PER_SECOND = 5.0
MOST_SILENT = 5


@dataclass(slots=True)
class Taken:
    """`failed`: why, by subscription. `books`: minor units by currency of what the gateway shows
    and what is recorded here of the adopted ones' invoices; `marks`: what of our metadata was
    written."""

    adopted: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    theirs: Counter[str] = field(default_factory=Counter)
    ours: Counter[str] = field(default_factory=Counter)
    marks: int = 0

    @property
    def books_agree(self) -> bool:
        return self.theirs == self.ours


@dataclass(frozen=True, slots=True)
class TakeOver:
    """`write`: our metadata is written at the gateway, which changes nothing else there. No more
    than `per_second` subscriptions a second are asked about."""

    plans: Plans
    adopt: AdoptSubscription
    invoices: ObserveInvoices
    ledger: CutoverLedger
    per_second: float = PER_SECOND
    sleep: Callable[[float], None] = time.sleep

    @property
    def survey(self) -> Survey:
        return Survey(self.adopt.observations)

    def __call__(
        self,
        gateway: Gateway,
        given: Assignments,
        *,
        write: bool = False,
        cause: Cause = CLI,
        progress: Callable[[str], None] = lambda _: None,
    ) -> tuple[Found, Taken]:
        """What fits is adopted; what does not is in the ledger, with why. `progress` is told each
        subscription. A gateway that is silent again and again is left alone: the rest waits for
        another run."""
        taken = Taken()
        found = self.survey(gateway, given)
        self._adopt_prices(found, cause)
        if write and self._marked_prices(gateway, found, taken):
            found = self.survey(gateway, given)
        self.ledger.stage(found.judged)
        silent = 0
        for staged in self.ledger.waiting(gateway.name):
            progress(staged.ref)
            self.sleep(1 / self.per_second)
            refusal = self._attempt(gateway, staged, taken, cause, write=write)
            silent = silent + 1 if isinstance(refusal, GatewayUnavailable) else 0
            if silent == MOST_SILENT:
                break
        return found, taken

    def _attempt(
        self, gateway: Gateway, staged: Staged, taken: Taken, cause: Cause, *, write: bool
    ) -> DomainError | None:
        try:
            self._take(gateway, staged, taken, cause, write=write)
        except DomainError as refusal:
            taken.failed[staged.ref] = refusal.code
            self.ledger.failed(gateway.name, staged.ref, f"{refusal.code}: {refusal}")
            return refusal
        return None

    def _adopt_prices(self, found: Found, cause: Cause) -> None:
        """Those that somebody who fits pays."""
        needed = {ref for each in found.judged if each.workspace for ref in each.prices}
        for ref, plan in found.matched.items():
            price = found.prices[ref]
            terms = terms_of(price)
            if ref in needed and terms is not None:
                offer = Offer(price.product_ref, ref, terms)
                self.plans.adopt_price(plan, found.gateway, offer, cause)

    def _marked_prices(self, gateway: Gateway, found: Found, taken: Taken) -> bool:
        """Whether the gateway shows subscriptions otherwise since."""
        beside = [each for each in found.judged if each.verdict == "plan_beside_others"]
        marked = 0
        for ref in {ref for each in beside for ref in each.prices} & set(found.matched):
            plan = found.matched[ref]
            if found.prices[ref].plan != plan:
                marked += _written(partial(gateway.holdings.mark_price, ref, plan))
        taken.marks += marked
        return marked > 0

    def _take(
        self, gateway: Gateway, staged: Staged, taken: Taken, cause: Cause, *, write: bool
    ) -> None:
        """Each step says nothing new when it is done again after a crash."""
        account = self.adopt(staged.workspace, gateway.name, staged.ref, cause)
        shown = self._observe_invoices(account, cause)
        self._count(taken, account.workspace, shown)
        if write:
            mark = gateway.holdings.mark_subscription
            taken.marks += _written(partial(mark, staged.ref, staged.workspace))
        self.ledger.adopted(gateway.name, staged.ref)
        taken.adopted += 1

    def _observe_invoices(self, account: Account, cause: Cause) -> Sequence[InvoiceSnapshot]:
        live = account.subscription
        payer = account.payers[live.key] if live is not None else None
        shown = self.invoices.shown(payer) if payer is not None else []
        for snapshot in self.invoices.invoices.moved(shown):
            self.invoices.invoices.observe(account.workspace, snapshot, cause)
        return shown

    def _count(self, taken: Taken, workspace: str, shown: Sequence[InvoiceSnapshot]) -> None:
        for each in shown:
            known = self.invoices.invoices.find(each.gateway, each.ref)
            given = sum(refund.amount for refund in each.refunds if refund.status != "failed")
            _add(taken.theirs, each.currency, each.total, each.paid, given)
            if known is not None and known.workspace == workspace:
                _add(taken.ours, known.currency, known.total, known.paid, known.refunded)


def _add(books: Counter[str], currency: str, total: int, paid: int, refunded: int) -> None:
    for name, amount in (("total", total), ("paid", paid), ("refunded", refunded)):
        books[f"{name} {currency}"] += amount


def _written(mark: Callable[[], None]) -> bool:
    """Whether the gateway has a place for it."""
    try:
        mark()
    except CapabilityNotSupported:
        return False
    return True
