"""What people, gateways and mail servers may do to the purchases of one add-on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import timedelta
from typing import cast

from contracts import addons as contract
from gateways.port import Gateway
from gateways.sandbox.simulation import charges, disputes, invoices
from gateways.sandbox.simulation.records import Charge, DisputeRecord, RefundRecord
from kernel.cause import Cause
from kernel.errors import DomainError
from kernel.money import Money
from runtime.eventstore.store import EventStore
from runtime.messaging.mail import Post
from services.addons.application.admin_decisions import RefundOrder
from services.addons.application.buy_addon import Order
from services.addons.domain.purchase.purchase import Buyer, Purchase
from services.addons.wiring import MailSettings
from tests.support.addon_environment import AddonEnvironment, addon_service
from tests.support.addon_service import AddonService
from tests.support.dying_process import Crashing, CrashPoint, ProcessDied
from tests.support.mail_server import MailServer
from tests.support.sandbox_driver import SandboxDriver, stripe_profile

CAUSE = Cause("user:ann", "req_1", "request:req_1")
ORDER = Order(workspace="acme", addon="setup", buyer=Buyer(subject="ann"))


class AddonScenario(AbstractContextManager["AddonScenario"]):
    """One workspace, one add-on, one gateway, and a process that may die around any call of its
    gateway, its event store and its mail server."""

    def __init__(self, site: AddonEnvironment, server: MailServer) -> None:
        self.server = server
        server.inbox.mails.clear()
        server.inbox.faults.clear()
        self._stack = ExitStack()
        self.driver = cast(SandboxDriver, self._stack.enter_context(stripe_profile()))
        gateway = Crashing(self.driver.gateway)
        mail = MailSettings(server.url, "team@platform.example")
        self.addons: AddonService = self._stack.enter_context(
            addon_service(site, self.driver, mail=mail, gateway=cast(Gateway, gateway))
        )
        self.parts = self.addons.parts
        store, post = Crashing(self.parts.store), Crashing(self.parts.notifications.post)
        self.parts.purchases._store = cast(EventStore, store)
        self.parts.notifications.post = cast(Post, post)
        self._crashing = (gateway, store, post)
        self.addons.offer()

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def attempt(self, command: str, which: int) -> None:
        """Refusals and deaths are part of life; any other error fails the test."""
        purchases = self.purchases()
        chosen = purchases[-1 - which % len(purchases)].purchase_id if purchases else "pur_unknown"
        with suppress(DomainError, ProcessDied):
            COMMANDS[command](self, chosen)

    def die_around(self, call: str, point: CrashPoint) -> None:
        for each in self._crashing:
            if each.offers(call):
                each.crash_at(call, point)

    def end_well(self) -> None:
        """Nothing fails any more, and everything that waits has its time."""
        for each in self._crashing:
            each.forget()
        self.driver.break_next("server_error", 0)
        self.server.inbox.faults.clear()
        self.addons.deliver_webhooks()
        for _ in range(3):
            self.addons.sweep()

    def purchases(self) -> Sequence[Purchase]:
        found = self.parts.purchases.load("acme", "setup").state
        return list(found.purchases.values()) if found else []

    def charges(self) -> dict[str, Charge]:
        """What the gateway really holds, by purchase: it keeps one a command."""
        with self.driver.state.transaction() as ledger:
            found = list(ledger.every(Charge))
        by_purchase = {charge.command_id: charge for charge in found}
        assert len(by_purchase) == len(found)
        return by_purchase

    def sent_back(self, charge: Charge) -> int:
        """What was refunded and came back to us."""
        with self.driver.state.transaction() as ledger:
            made = charges.refunds_of(ledger, charge.id)
            return sum(each.amount.amount for each in made if each.status == "failed")

    def disputed(self, charge: Charge) -> str | None:
        """Whether the bank holds the money; None when nobody ever disputed it."""
        with self.driver.state.transaction() as ledger:
            found = charges.disputes_of(ledger, charge.id)
            return found[-1].status if found else None

    def refused_refunds(self) -> set[str]:
        """Purchases of which a refund failed."""
        return {
            event.purchase.purchase_id
            for event in self.events()
            if isinstance(event, contract.AddonRefundFailed)
        }

    def events(self) -> list[contract.PurchaseEvent]:
        published = (event.data for event in self.addons.published())
        return [data for data in published if isinstance(data, contract.PurchaseEvent)]

    def answer_bank(self, *, succeed: bool) -> None:
        for charge in self.charges().values():
            if charge.status == "pending":
                self.driver.confirm(charge.id, succeed=succeed)

    def use_hosted_checkout(self, *, pay: bool) -> None:
        use = self.addons.pay_hosted_checkout if pay else self.addons.decline_hosted_checkout
        for purchase in self.purchases():
            if purchase.checkout_ref:
                with suppress(DomainError):  # closed
                    use(purchase.purchase_id)

    def refund_by_hand(self) -> None:
        """In the gateway's dashboard."""
        for charge in self.charges().values():
            left = Money(charge.amount.amount - charge.refunded, charge.amount.currency)
            with suppress(DomainError):  # nothing left, or the gateway fails
                self.driver.gateway.payments.refund(f"hand-{charge.id}", charge.id, left, "by hand")

    def fail_refunds(self) -> None:
        """The bank sends back what had succeeded."""
        with self.driver.state.transaction() as ledger:
            for refund in list(ledger.every(RefundRecord)):
                disputes.fail_refund(ledger, refund.id)

    def dispute(self) -> None:
        with self.driver.state.transaction() as ledger:
            for charge in list(ledger.every(Charge)):
                invoice = invoices.paid_by(ledger, charge.id)
                disputed = charges.disputes_of(ledger, charge.id)
                if invoice and not disputed and charge.refunded == 0:
                    disputes.open_dispute(ledger, invoice.id)

    def close_disputes(self, *, won: bool) -> None:
        with self.driver.state.transaction() as ledger:
            for each in list(ledger.every(DisputeRecord)):
                if each.status == "open":
                    disputes.close_dispute(ledger, each.id, won=won)

    def pass_time(self, **span: int) -> None:
        self.addons.clock.advance(timedelta(**span))
        self.driver.advance(timedelta(**span))

    def replay(self) -> None:
        with self.addons.database.transaction(commit=True) as cursor:
            cursor.execute("UPDATE positions SET sequence = 0")
        self.addons.follow()

    def notify(self) -> None:
        self.addons.follow()
        self.parts.notifications.deliver_due()

    def work(self) -> None:
        with suppress(ProcessDied):
            self.addons.work()


def _refund(amount_cents: int | None) -> Callable[[AddonScenario, str], object]:
    return lambda it, purchase_id: it.parts.decisions.refund_purchase(
        RefundOrder(purchase_id=purchase_id, amount_cents=amount_cents, reason="sorry"), CAUSE
    )


# What people ask for. Each may run beside any other.
COMMANDS: Mapping[str, Callable[[AddonScenario, str], object]] = {
    "buy": lambda it, _: it.parts.purchasing.buy_addon(ORDER, CAUSE),
    "deliver": lambda it, id_: it.parts.decisions.deliver_addon(id_, CAUSE),
    "cancel": lambda it, id_: it.parts.decisions.cancel_purchase(id_, CAUSE),
    "refund": _refund(None),
    "refund a part": _refund(9_900),
    "reopen": lambda it, id_: it.parts.decisions.reopen_addon(id_, CAUSE),
    "reconcile": lambda it, id_: it.parts.decisions.reconcile_purchase(id_, CAUSE),
    "settle": lambda it, _: it.parts.sweep.settle_due(),
    "notify": lambda it, _: it.notify(),
}
# What happens outside.
MOVES: Mapping[str, Callable[[AddonScenario], None]] = {
    "a good card": lambda it: it.addons.save_card("ok"),
    "a card with a question": lambda it: it.addons.save_card("3ds"),
    "a bad card": lambda it: it.addons.save_card("declined"),
    "the bank says yes": lambda it: it.answer_bank(succeed=True),
    "the bank says no": lambda it: it.answer_bank(succeed=False),
    "the hosted checkout is paid": lambda it: it.use_hosted_checkout(pay=True),
    "the hosted checkout declines": lambda it: it.use_hosted_checkout(pay=False),
    "webhooks": lambda it: it.addons.deliver_webhooks(),
    "webhooks twice, backwards": lambda it: it.addons.deliver_webhooks(times=2, backwards=True),
    "a refund by hand": lambda it: it.refund_by_hand(),
    "refunds fail": lambda it: it.fail_refunds(),
    "the bank disputes": lambda it: it.dispute(),
    "disputes are won": lambda it: it.close_disputes(won=True),
    "disputes are lost": lambda it: it.close_disputes(won=False),
    "an hour": lambda it: it.pass_time(hours=1),
    "two days": lambda it: it.pass_time(days=2),
    "events are followed": lambda it: it.addons.follow(),
    "events are replayed": lambda it: it.replay(),
    "workers": lambda it: it.work(),
}

# From which status an event may lead to which; what is not listed leaves it as it was.
PROVED: Mapping[type[contract.PurchaseEvent], Mapping[str | None, str]] = {
    contract.AddonPurchaseStarted: {None: "pending"},
    contract.AddonConfirmationRequired: {"pending": "pending"},
    contract.AddonPaid: {"pending": "paid"},
    contract.AddonPaymentFailed: {"pending": "failed"},
    contract.AddonDelivered: {"paid": "delivered"},
    contract.AddonCancelled: {"pending": "cancelled", "paid": "cancelled"},
    contract.AddonReopened: {"delivered": "delivered"},
    contract.AddonChargeIdentified: {"failed": "failed", "cancelled": "cancelled"},
    contract.AddonPaidTooLate: {"failed": "failed", "cancelled": "cancelled"},
}
RETURNED = {"paid": "refunded", "delivered": "refunded"}


def proved_status(event: contract.PurchaseEvent, before: str | None) -> str | None:
    """The status after an event, by the kind of event and the amounts alone."""
    if isinstance(event, contract.AddonRefunded):
        all_of_it = event.purchase.refunded_cents >= event.purchase.price_cents
        return RETURNED.get(before or "", before) if all_of_it else before
    if isinstance(event, contract.AddonRefundFailed) and before == "refunded":
        returned = event.purchase.refunded_cents < event.purchase.price_cents
        return event.purchase.status if returned and event.purchase.status in RETURNED else before
    if type(event) in PROVED:
        return PROVED[type(event)].get(before)
    return before
