"""Random lives of a workspace and its money: what the customer, the bank, support at the gateway,
time and the network do, in any order."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from gateways.port import InvoiceSnapshot, SubscriptionSnapshot
from services.billing.domain.account.records import Payer
from tests.support.billing_service import CAUSE, OWNER, BillingService
from tests.support.gateway_driver import Books, DashboardDriver, MoneyDriver
from tests.support.unreliable_network import Network

# Certificates of the doubles don't live longer.
LIFETIME = timedelta(days=380)
PLANS = ("pro", "team", "pro-yearly")


class MoneyStory:
    """`driver` is the one of `billing`. Steps that are not possible do nothing."""

    def __init__(self, billing: BillingService, driver: MoneyDriver, chance: random.Random) -> None:
        self.billing = billing
        self.driver = driver
        self.chance = chance
        self.network = Network(billing, chance)
        self.ends_at = driver.now() + LIFETIME
        self.refunds: list[tuple[str, str]] = []
        self.disputes: list[tuple[InvoiceSnapshot, str, datetime]] = []
        self.held: set[str] = set()

    @property
    def steps(self) -> list[Callable[[], object]]:
        return [
            *(self._subscribe, self._swap, self._cancel, self._resume, self._prefer),
            *(self._renew, self._renew, self._fail_payment, self._recover, self._let_time_pass),
            *(self._refund_by_hand, self._fail_refund, self._dispute, self._close_dispute),
            *(self._reconcile, self.billing.sweep, self._by_hand),
        ]

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self.chance.choice(self.steps)()
            self.network.step()

    # --- the customer

    def _subscribe(self) -> None:
        name = self.billing.gateway.name
        body = {"plan": self.chance.choice(PLANS), "gateway": name}
        urls = {"success_url": "https://app.example/done", "cancel_url": "https://app.example/"}
        answer = self.billing.post("/checkout", {**body, **urls})
        if answer.status_code == 201 and self.chance.random() < 0.8:
            self.billing.pay(answer.json())

    def _swap(self) -> None:
        answer = self.billing.post("/subscription/swap", {"plan": self.chance.choice(PLANS)})
        if answer.status_code == 201 and self.chance.random() < 0.8:
            self.billing.pay(answer.json())

    def _cancel(self) -> None:
        self.billing.post("/subscription/cancel")

    def _resume(self) -> None:
        self.billing.post("/subscription/resume")

    def _prefer(self) -> None:
        """Plans change at once, or with the next period."""
        url = "/v1/billing/workspaces/acme/settings"
        timing = self.chance.choice(["prorate", "next_cycle"])
        self.billing.client.patch(url, json={"plan_change": timing}, headers=OWNER)

    def _reconcile(self) -> None:
        self.billing.post("/reconcile")

    # --- time and the bank

    def _charging(self, *statuses: str) -> SubscriptionSnapshot | None:
        found = [each for each in self.billing.at_gateways() if each.status in statuses]
        return self.chance.choice(found) if found else None

    def _renew(self) -> None:
        if (found := self._at_its_end("active", "grace")) is not None:
            self.driver.renew(found)

    def _fail_payment(self) -> None:
        if (found := self._at_its_end("active")) is not None:
            self.driver.fail_payment(found)

    def _recover(self) -> None:
        if (found := self._charging("past_due")) is not None:
            self.driver.recover_payment(found.ref)

    def _at_its_end(self, *statuses: str) -> str | None:
        """One whose period is over now. The sweep, which comes every day, has looked at it before
        and after: gateways don't show for ever what nobody heard of."""
        found = self._charging(*statuses)
        if found is None:
            return None
        if found.period_end is not None and found.period_end > self.driver.now():
            self.billing.sweep()
            self._advance(found.period_end - self.driver.now())
            self.billing.sweep()
        again = self.driver.gateway.subscriptions.fetch(found.ref)
        over = again.period_end is None or again.period_end <= self.driver.now()
        return found.ref if over and again.status in statuses else None

    def _let_time_pass(self) -> None:
        self._advance(timedelta(days=self.chance.randint(1, 9)))

    def _advance(self, by: timedelta) -> None:
        """Time of some doubles goes on by itself, too."""
        if by > timedelta() and self.driver.now() + by < self.ends_at:
            self.driver.advance(by)

    # --- support at the gateway

    def _paid(self) -> InvoiceSnapshot | None:
        """Of a subscription that is still watched, with money left."""
        shown = [
            invoice
            for payer in self._watched()
            for invoice in self.driver.gateway.subscriptions.invoices(payer.customer, payer.ref)
            if _kept(invoice) > 0
        ]
        return self.chance.choice(shown) if shown else None

    def _refund_by_hand(self) -> None:
        """Not of what is disputed, which gateways refuse."""
        invoice = self._paid()
        if invoice is not None and invoice.ref not in self.held:
            amount = self.chance.randint(1, _kept(invoice))
            refund = self.driver.refund_by_hand(invoice.ref, amount)
            self.refunds.append((invoice.subscription or "", refund))

    def _fail_refund(self) -> None:
        subscription, refund = self.refunds.pop() if self.refunds else ("", "")
        if subscription in self._known():
            self.driver.fail_refund(refund)

    def _dispute(self) -> None:
        """Within half a year, as banks allow."""
        invoice = self._paid()
        if invoice is None or invoice.disputes or invoice.refunds or invoice.paid_at is None:
            return
        if self.driver.now() - invoice.paid_at < timedelta(days=170):
            dispute = self.driver.open_dispute(invoice.ref)
            self.disputes.append((invoice, dispute, self.driver.now()))
            self.held.add(invoice.ref)

    def _close_dispute(self) -> None:
        """Within half a year: gateways don't list them for longer."""
        if not self.disputes:
            return
        invoice, dispute, opened_at = self.disputes.pop()
        is_listed = self.driver.now() - opened_at < timedelta(days=170)
        if is_listed and invoice.subscription in self._known():
            self.held.discard(invoice.ref)
            self.driver.close_dispute(dispute, won=self.chance.random() < 0.5)

    def _by_hand(self) -> None:
        """What sales change in the dashboard, where the double has one."""
        found = self._charging("active")
        if found is None or not hasattr(self.driver, "by_hand"):
            return
        driver: DashboardDriver = self.driver  # type: ignore[assignment]
        what = self.chance.choice(["coupon", "item", "quantity", "plan"])
        if what == "coupon":
            driver.by_hand.give_coupon(found.ref, self.chance.choice([10, 50]))
        elif what == "item":
            driver.by_hand.add_item(found.ref, 1500)
        elif what == "plan":
            self._plan_by_hand(found.ref, driver)
        else:
            driver.by_hand.set_quantity(found.ref, self.chance.randint(1, 4))

    def _plan_by_hand(self, subscription: str, driver: DashboardDriver) -> None:
        """Another plan from the next period on, unless one is planned already."""
        if driver.gateway.subscriptions.fetch(subscription).planned is None:
            plans = self.billing.billing.plans
            price = plans.price_ref(self.chance.choice(PLANS), driver.gateway.name, CAUSE)
            driver.by_hand.plan_price(subscription, price)

    # --- what is true in the end

    def theirs(self) -> dict[str, Books]:
        return {ref: self.driver.books(ref) for ref in self._known()}

    def ours(self) -> dict[str, Books]:
        name = self.billing.gateway.name
        found = {}
        for ref in self._known():
            invoices = self.billing.billing.invoices.of_subscription(name, ref)
            found[ref] = Books(
                paid=sum(each.paid for each in invoices),
                refunded=sum(each.refunded for each in invoices),
                disputed=sum(each.disputed for each in invoices),
            )
        return found

    def _known(self) -> list[str]:
        return [payer.ref for payer in self._watched()]

    def _watched(self) -> list[Payer]:
        billing = self.billing.billing
        account = billing.accounts.find("acme")
        watched = billing.settlement.observe_invoices.watched
        return watched(account) if account is not None else []


def _kept(invoice: InvoiceSnapshot) -> int:
    refunded = sum(each.amount for each in invoice.refunds if each.status != "failed")
    disputed = sum(each.amount for each in invoice.disputes if each.status != "won")
    return invoice.paid - refunded - disputed
