"""Builds the notification service from what it depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel.clock import Clock
from runtime.eventstore.vault import Vault
from runtime.feed.consumer import Consumer
from runtime.feed.feed import Feed
from runtime.feed.positions import POSITION_TABLES, Positions
from runtime.messaging.mail import Post
from runtime.postgres.database import Database
from runtime.postgres.migrations import Migrations, Schema
from runtime.process.service import Service
from runtime.process.worker import Worker
from runtime.web.auth import Access, Authenticator
from runtime.web.idempotency import IDEMPOTENCY_TABLES, PURGE_SECONDS, IdempotencyKeys
from services.notifications.application.channel import Channels
from services.notifications.application.deliveries import Deliveries
from services.notifications.application.dispatcher import Dispatcher
from services.notifications.application.endpoints import Endpoints
from services.notifications.application.gaps import Gaps
from services.notifications.application.mailing import Mailing
from services.notifications.application.manage_endpoints import ManageEndpoints
from services.notifications.application.notices import Notices
from services.notifications.application.outbox import Outbox
from services.notifications.application.people.contacts import Contacts
from services.notifications.application.people.directory import Directory
from services.notifications.application.people.refusals import Refusals
from services.notifications.application.people.templates import Templates
from services.notifications.application.people.writing import Writing
from services.notifications.application.replays import Replays
from services.notifications.application.sender import Guard, Sender
from services.notifications.domain.retries import Pace
from services.notifications.http import endpoints_router, mails_router, preferences_router
from services.notifications.policies import FOLLOWED, POLICIES, following
from services.notifications.published import SERVICE, message_of, offered, test_message

TABLES = Migrations(SERVICE, Path(__file__).parent / "migrations")
LOOK_EVERY = 0.5
PACE = Pace()


@dataclass(frozen=True)
class MailSettings:
    """`post` is None where mail goes nowhere; `team` empty where nobody is to be told; `directory`
    None where the host has none of owners."""

    post: Post | None = None
    sender: str = "billing@localhost"
    team: str = ""
    templates: Path | None = None
    directory: Directory | None = None


@dataclass(frozen=True)
class WebhookSettings:
    """`private`: endpoints may stand in our own network. `agent` is who we say that we are."""

    private: bool = False
    agent: str = "workspace-billing"
    pace: Pace = PACE
    window: int = 1_000


class Parts:
    """The service's use cases and what they share."""

    def __init__(
        self,
        database: Database,
        feed: Callable[[], Feed[Any]],
        clock: Clock,
        vault: Vault,
        mail: MailSettings,
        webhooks: WebhookSettings,
    ) -> None:
        self.database = database
        self.team = mail.team if mail.post else ""
        self.positions = Positions(database)
        self.outbox = Outbox(database)
        guard = Guard(webhooks.private)
        self.channels = Channels(
            database=database,
            feed=feed,
            positions=self.positions,
            endpoints=Endpoints(database, clock),
            deliveries=Deliveries(database),
            gaps=Gaps(database),
            replays=Replays(database, self.positions),
            notices=Notices(self.outbox, self.team, webhooks.pace),
            message_of=message_of,
            offered=offered(),
            new_sender=lambda: Sender(guard, clock, webhooks.agent),
            pace=webhooks.pace,
            window=webhooks.window,
            clock=clock,
        )
        self.manage = ManageEndpoints(self.channels, webhooks.private, test_message)
        self.dispatcher = Dispatcher(self.channels)
        self.contacts = Contacts(database)
        self.refusals = Refusals(database, vault.unseal)
        self.writing = self._writing(mail, vault, clock)
        self.mailing = self._mailing(mail, vault, clock)

    def _writing(self, mail: MailSettings, vault: Vault, clock: Clock) -> Writing:
        templates = Templates(mail.templates)
        templates.check()
        return Writing(
            *(self.database, self.contacts, mail.directory, vault, self.outbox, templates, clock)
        )

    def _mailing(self, mail: MailSettings, vault: Vault, clock: Clock) -> Mailing | None:
        if mail.post is None:
            return None
        return Mailing(
            *(self.database, self.outbox, mail.post, mail.sender, vault.unseal, self.refusals),
            notices=self.channels.notices,
            clock=clock,
        )

    @property
    def schema(self) -> Schema:
        return Schema(self.database, POSITION_TABLES, IDEMPOTENCY_TABLES, TABLES)

    def forget_old(self) -> None:
        now = self.channels.clock()
        self.channels.deliveries.purge(now)
        self.outbox.purge(now)

    def close(self) -> None:
        self.dispatcher.stop()
        self.database.close()


def build(
    *,
    database: Database,
    feed: Callable[[], Feed[Any]],
    access: Access,
    authenticator: Authenticator,
    vault: Vault,
    clock: Clock,
    past_due_days: int,
    mail: MailSettings,
    webhooks: WebhookSettings,
) -> Service:
    """`feed` is asked for when the first endpoint begins to read. `past_due_days`: how long access
    lasts where a plan does not say."""
    parts = Parts(database, feed, clock, vault, mail, webhooks)
    keys = IdempotencyKeys(database, authenticator)
    shared = parts.channels
    return Service(
        name=SERVICE,
        routers=[
            endpoints_router(keys, access, parts.manage, shared.endpoints, shared.deliveries),
            preferences_router(access, parts.contacts),
            mails_router(access, parts.outbox, parts.refusals),
        ],
        schema=parts.schema,
        positions=parts.positions,
        consumers=[Consumer(POLICIES, FOLLOWED, following(clock, past_due_days, parts.team))],
        workers=_workers(parts, keys, database),
        close=parts.close,
    )


def _workers(parts: Parts, keys: IdempotencyKeys, database: Database) -> list[Worker]:
    """One process at a time does these."""
    works: dict[str, tuple[Callable[[], object], float]] = {
        "notifications.idempotency": (keys.purge, PURGE_SECONDS),
        "notifications.forget": (parts.forget_old, PURGE_SECONDS),
        "notifications.webhooks": (parts.dispatcher.tend, LOOK_EVERY),
    }
    if parts.mailing is not None:
        works["notifications.write"] = (parts.writing.write_due, LOOK_EVERY)
        works["notifications.mail"] = (parts.mailing.deliver_due, LOOK_EVERY)
    return [Worker(name, *work, leader_of=database) for name, work in works.items()]
