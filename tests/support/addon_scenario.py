"""What people, gateways and mail servers may do to the purchases of one add-on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import timedelta
from typing import cast

from contracts import addons as contract
from gateways.port import Checkout, Gateway, GatewayUnavailable
from kernel.cause import Cause
from kernel.errors import DomainError
from runtime.eventstore.store import EventStore
from runtime.messaging.mail import Post
from services.addons.application.admin_decisions import RefundOrder
from services.addons.application.buy_addon import Order
from services.addons.domain.purchase.purchase import LOOK_AT_PAID_AFTER, Buyer, Purchase
from services.addons.wiring import MailSettings
from tests.support.addon_environment import AddonEnvironment, addon_service
from tests.support.addon_money import AddonMoney
from tests.support.addon_service import AddonService
from tests.support.dying_process import Crashing, CrashPoint, ProcessDied
from tests.support.gateway_driver import SavedCard
from tests.support.mail_server import MailServer

CAUSE = Cause("user:ann", "req_1", "request:req_1")
ORDER = Order(workspace="acme", addon="setup", buyer=Buyer(subject="ann"))


class AddonScenario(AbstractContextManager["AddonScenario"]):
    """One workspace, one add-on, one gateway, and a process that may die around any call of its
    gateway, its event store and its mail server."""

    def __init__(self, site: AddonEnvironment, server: MailServer, money: AddonMoney) -> None:
        self.server, self.money, self.driver = server, money, money.driver
        server.inbox.mails.clear()
        server.inbox.faults.clear()
        self._stack = ExitStack()
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
        self.addons.clock.advance(LOOK_AT_PAID_AFTER)
        self.addons.work()

    def purchases(self) -> Sequence[Purchase]:
        found = self.parts.purchases.load("acme", "setup").state
        return list(found.purchases.values()) if found else []

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

    def save_card(self, card: SavedCard) -> None:
        if self.money.saves_cards:
            self.addons.save_card(card)

    def use_hosted_checkouts(self, use: Callable[[Checkout], None]) -> None:
        for purchase in self.purchases():
            if purchase.checkout_ref:
                use(self.addons.hosted_checkout(purchase.purchase_id))

    def deliver_webhooks(self, *, times: int = 1, backwards: bool = False) -> None:
        """Those that can't be verified while the gateway is away are lost."""
        with suppress(GatewayUnavailable):
            self.addons.deliver_webhooks(times=times, backwards=backwards)

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
    "a good card": lambda it: it.save_card("ok"),
    "a card with a question": lambda it: it.save_card("3ds"),
    "a bad card": lambda it: it.save_card("declined"),
    "the bank says yes": lambda it: it.money.answer_bank(succeed=True),
    "the bank says no": lambda it: it.money.answer_bank(succeed=False),
    "the hosted checkout is paid": lambda it: it.use_hosted_checkouts(it.money.pay),
    "the hosted checkout declines": lambda it: it.use_hosted_checkouts(it.money.decline),
    "webhooks": lambda it: it.deliver_webhooks(),
    "webhooks twice, backwards": lambda it: it.deliver_webhooks(times=2, backwards=True),
    "a refund by hand": lambda it: it.money.refund_by_hand(),
    "refunds fail": lambda it: it.money.fail_refunds(),
    "the bank disputes": lambda it: it.money.dispute(),
    "disputes are won": lambda it: it.money.close_disputes(won=True),
    "disputes are lost": lambda it: it.money.close_disputes(won=False),
    "an hour": lambda it: it.pass_time(hours=1),
    "seven hours": lambda it: it.pass_time(hours=7),
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
