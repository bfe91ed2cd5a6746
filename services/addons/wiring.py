"""Builds the add-on service from what it depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gateways.port import Gateway
from kernel.clock import Clock
from runtime.eventstore.store import EventStore
from runtime.eventstore.vault import Vault
from runtime.feed.consumer import Consumer
from runtime.feed.positions import POSITION_TABLES, Positions
from runtime.messaging.mail import NoPost, Post, SmtpPost
from runtime.postgres.database import Cursor, Database
from runtime.postgres.migrations import Migrations, Schema
from runtime.process.derived import DerivedTables
from runtime.process.failed_items import FAILED_ITEM_TABLES, FailedItems
from runtime.process.service import Service
from runtime.process.worker import Worker
from runtime.readmodels.read_your_writes import caught_up
from runtime.readmodels.waiting import Waiting
from runtime.web.auth import Access, Authenticator
from runtime.web.idempotency import IDEMPOTENCY_TABLES, PURGE_SECONDS, IdempotencyKeys
from services.addons.application.admin_decisions import AdminDecisions
from services.addons.application.buy_addon import Purchasing
from services.addons.application.catalogue import Catalogue
from services.addons.application.derived_tables import purchase_tables, top_up_tables
from services.addons.application.payment_methods import PaymentMethods
from services.addons.application.purchase_index import PurchaseIndex
from services.addons.application.purchase_repository import PurchaseRepository
from services.addons.application.settle_due_purchases import SettlementSweep
from services.addons.application.settlement import Settlement
from services.addons.application.team_notifications.delivery import TeamNotifications
from services.addons.application.team_notifications.email_template import EmailTemplate
from services.addons.application.team_notifications.outbox import Outbox
from services.addons.application.top_ups.ordering import TopUpOrders
from services.addons.application.top_ups.rules import TopUpRules
from services.addons.http import (
    RETURN_PATH,
    catalogue_router,
    decisions_router,
    purchasing_router,
    return_page,
    top_ups_router,
)
from services.addons.policies import (
    Derived,
    copied_tables,
    follow,
    heard_of_metering,
    when_credits_low,
)
from services.addons.published import SERVICE, publish
from services.addons.webhooks import take_hints

LOOK_EVERY = 0.5
POLICIES = "addons.policies"
# By itself: metering's log is long, and holds up nothing else.
LOW_CREDITS = "addons.low_credits"
LOW_TOPICS = ("metering.CreditsLow",)
FOLLOWED = ("billing", "addons")
LEARN_SECONDS = 1.0
TABLES = Migrations(SERVICE, Path(__file__).parent / "migrations")


@dataclass(frozen=True)
class MailSettings:
    """What has a `chat` goes there. Without an SMTP URL or a team's address mail goes to
    `mailbox`; without that, too, it waits until there is somebody to send it to."""

    smtp_url: str = ""
    team_address: str = ""
    sender: str = "billing@localhost"
    mailbox: Post | None = None
    chat: Post | None = None

    def post(self) -> Post:
        if self.chat:
            return self.chat
        if self.smtp_url and self.team_address:
            return SmtpPost(self.smtp_url)
        return self.mailbox or NoPost()

    @property
    def sends(self) -> bool:
        return not isinstance(self.post(), NoPost)


class Parts:
    """The service's use cases and what they share."""

    def __init__(
        self,
        database: Database,
        gateways: Mapping[str, Gateway],
        vault: Vault,
        clock: Clock,
        mail: MailSettings,
        public_url: str,
        head: Callable[[str], int | None],
    ) -> None:
        self.store = EventStore(SERVICE, database)
        self.positions = Positions(database)
        self.index = PurchaseIndex(database)
        self.methods = PaymentMethods(database, partial(self._learn_of_billing, head))
        self.outbox = Outbox(database)
        self.purchases = PurchaseRepository(self.store, self.index, clock)
        self.catalogue = Catalogue(self.store, clock)
        failed = FailedItems(database)
        self.settlement = Settlement(self.purchases, gateways, vault)
        self.sweep = SettlementSweep(self.settlement, self.index, failed, clock)
        self.decisions = AdminDecisions(self.purchases, self.settlement)
        self.purchasing = Purchasing(
            self.purchases,
            self.catalogue,
            self.methods,
            gateways,
            self.settlement,
            clock,
            f"{public_url.rstrip('/')}{RETURN_PATH}",
        )
        self.top_up_rules = TopUpRules(self.store, self.catalogue, self.methods, gateways, clock)
        self.top_ups = TopUpOrders(
            *(database, self.top_up_rules, self.purchasing, self.purchases, self.catalogue),
            *(failed, clock),
        )
        template = EmailTemplate(mail.team_address or "delivery-team", mail.sender, vault)
        self.notifications = TeamNotifications(
            self.purchases, self.outbox, template, mail.post(), failed, clock
        )

    def _learn_of_billing(self, head: Callable[[str], int | None]) -> None:
        self.positions.catch_up(POLICIES, "billing", head("billing") or 0, LEARN_SECONDS)

    @property
    def schema(self) -> Schema:
        shared = (self.store.tables, POSITION_TABLES, IDEMPOTENCY_TABLES, FAILED_ITEM_TABLES)
        return Schema(self.store.database, *shared, TABLES)

    def handle(self, cursor: Cursor, events: Sequence[Any]) -> None:
        follow(Derived(self.methods, self.notifications), cursor, events)
        take_hints(self.index, cursor, events)


def build(
    *,
    database: Database,
    gateways: Mapping[str, Gateway],
    access: Access,
    authenticator: Authenticator,
    vault: Vault,
    clock: Clock,
    mail: MailSettings,
    public_url: str,
    head: Callable[[str], int | None],
) -> Service:
    """`head`: the position of a service's last event, None where this process can't know it."""
    parts = Parts(database, gateways, vault, clock, mail, public_url, head)
    keys = IdempotencyKeys(database, authenticator)
    learned = caught_up(access, Waiting(parts.positions, head), POLICIES, FOLLOWED)
    return Service(
        name=SERVICE,
        routers=[
            catalogue_router(parts.store, keys, access, parts.catalogue),
            purchasing_router(parts.store, keys, access, parts.purchasing, vault, learned),
            decisions_router(parts.store, keys, access, parts.purchases, parts.decisions),
            top_ups_router(parts.store, keys, access, parts.top_up_rules, vault),
            return_page(),
        ],
        schema=parts.schema,
        positions=parts.positions,
        consumers=[
            Consumer(POLICIES, FOLLOWED, parts.handle),
            Consumer(LOW_CREDITS, ("metering",), when_credits_low, LOW_TOPICS),
        ],
        derived=_derived(parts.positions),
        workers=_workers(parts, keys, database, sends_mail=mail.sends),
        store=parts.store,
        publish=publish,
        seed=parts.catalogue.seed,
        close=database.close,
    )


def _derived(positions: Positions) -> list[DerivedTables]:
    return [
        purchase_tables(positions),
        top_up_tables(positions),
        *copied_tables(positions, POLICIES),
        heard_of_metering(positions, LOW_CREDITS),
    ]


def _workers(
    parts: Parts, keys: IdempotencyKeys, database: Database, *, sends_mail: bool
) -> list[Worker]:
    """One process at a time does these."""
    works: dict[str, tuple[Callable[[], object], float]] = {
        "addons.idempotency": (keys.purge, PURGE_SECONDS),
        "addons.settle": (parts.sweep.settle_due, LOOK_EVERY),
        "addons.top_ups": (parts.top_ups.order_due, LOOK_EVERY),
    }
    if sends_mail:
        works["addons.page"] = (parts.notifications.deliver_due, LOOK_EVERY)
    return [Worker(name, *work, leader_of=database) for name, work in works.items()]
