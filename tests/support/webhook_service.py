"""Webhook endpoints on a real database and log, sending to real HTTP servers. What threads do
elsewhere is done here step by step, when a test says so."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from standardwebhooks import Webhook

from contracts.envelope import Envelope, EventData
from kernel.cause import Cause
from runtime.eventstore.recorder import RecordedEvent
from runtime.eventstore.store import EventStore
from runtime.eventstore.vault import Vault
from runtime.feed.feed import EventStoreFeed, Publisher
from runtime.feed.wakeup import Wakeup
from runtime.messaging.mail import Mail, MailNotAccepted
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.web.auth import Access
from runtime.web.errors import handle_errors
from runtime.web.idempotency import IdempotencyKeys
from services.addons.application.catalogue import Catalogue
from services.addons.domain.addon.entry import Entry
from services.addons.published import publish
from services.notifications.application.channel import Channel
from services.notifications.http import endpoints_router, mails_router, preferences_router
from services.notifications.policies import following
from services.notifications.wiring import MailSettings, Parts, WebhookSettings
from tests.support.addon_service import Clock
from tests.support.local_server import Answer, Call, LocalServer
from tests.support.tokens import SECRET, authenticator_of, bearer

ENDPOINTS = "/v1/webhook-endpoints"
ROOT = bearer("super_admin", subject="root")
TEAM = "team@example.com"


def of_a_workspace(store: EventStore, recorded: RecordedEvent) -> Envelope:
    """As if the add-on's slug were a workspace: each has an order of its own."""
    event = publish(store, recorded)
    return event.model_copy(update={"subject": event.key})


@dataclass
class Post:
    """Takes every mail, but for recipients that it refuses."""

    sent: list[Mail] = field(default_factory=list)
    refused: dict[str, MailNotAccepted] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)

    def deliver(self, mail: Mail, handing_over: Callable[[], None]) -> None:
        self.tried.append(mail.to)
        if mail.to in self.refused:
            raise self.refused[mail.to]
        handing_over()
        self.sent.append(mail)


@dataclass
class Receiver:
    """A host's endpoint. `answer` may be exchanged while it runs; None cuts the connection."""

    answer: Callable[[Call], Answer | None] = lambda _: Answer(204)
    calls: list[Call] = field(default_factory=list)
    url: str = ""

    def respond(self, call: Call) -> Answer | None:
        self.calls.append(call)
        return self.answer(call)

    def answers(self, *statuses: int, headers: Mapping[str, str] | None = None) -> None:
        """These, one a call, and the last one for ever."""
        left = list(statuses)
        self.answer = lambda _: Answer(
            left.pop(0) if len(left) > 1 else left[0], headers=dict(headers or {})
        )

    @property
    def events(self) -> list[Any]:
        return [json.loads(call.body) for call in self.calls]

    @property
    def ids(self) -> list[str]:
        return [event["id"] for event in self.events]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    server = LocalServer(receiver.respond)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class WebhookService:
    parts: Parts
    store: EventStore
    catalogue: Catalogue
    client: TestClient
    clock: Clock
    post: Post
    vault: Vault
    names: int = 0
    billing_log: int = 0

    def applied(self, *bodies: EventData, time: datetime | None = None) -> None:
        """What other services publish, as this one's consumer applies it."""
        events = []
        for body in bodies:
            self.billing_log += 1
            events.append(_envelope(self.billing_log, body, time or self.clock()))
        with self.parts.database.transaction(commit=True) as cursor:
            following(self.clock, PAST_DUE_DAYS, self.parts.team)(cursor, events)

    def happens(self, slug: str = "acme", times: int = 1) -> list[str]:
        """So many events of that workspace; their ids."""
        first = self.store.head() + 1
        for _ in range(times):
            self.names += 1
            name = f"Name {self.names}"
            if self.catalogue._load(slug).state is None:
                self.catalogue.create_addon(_entry(slug, name), CAUSE)
            else:
                self.catalogue.change_addon(slug, {"name": name}, CAUSE)
        return [f"addons:{number}" for number in range(first, first + times)]

    def add(self, url: str, **fields: Any) -> dict[str, Any]:
        body = {"url": url, "event_types": ["addons.*"], **fields}
        answer = self.client.post(ENDPOINTS, json=body, headers=ROOT)
        assert answer.status_code == 201, answer.text
        added: dict[str, Any] = answer.json()
        return added

    def change(self, endpoint: str, **fields: Any) -> dict[str, Any]:
        answer = self.client.patch(f"{ENDPOINTS}/{endpoint}", json=fields, headers=ROOT)
        assert answer.status_code == 200, answer.text
        changed: dict[str, Any] = answer.json()
        return changed

    def shown(self, endpoint: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"{ENDPOINTS}/{endpoint}", headers=ROOT).json()
        return found

    def deliveries(self, endpoint: str, **query: str) -> list[dict[str, Any]]:
        path = f"{ENDPOINTS}/{endpoint}/deliveries"
        found: list[dict[str, Any]] = self.client.get(path, params=query, headers=ROOT).json()[
            "data"
        ]
        return found

    def replay(self, endpoint: str, **body: str) -> dict[str, Any]:
        path = f"{ENDPOINTS}/{endpoint}/replay"
        answer = self.client.post(path, json=body, headers=ROOT)
        assert answer.status_code == 202, answer.text
        replay: dict[str, Any] = answer.json()
        return replay

    def send(self, endpoint: str, rounds: int = 1) -> bool:
        """What one process does in so many rounds, from its start to its end."""
        with Channel(self.parts.channels, endpoint).opened() as channel:
            took = [channel.step(0.0) for _ in range(rounds)]
            return took[-1]

    def mails(self) -> list[Mail]:
        """All that were ever sent."""
        mailing = self.parts.mailing
        assert mailing is not None
        self.parts.writing.write_due()
        mailing.deliver_due()
        return self.post.sent

    def later(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))


CAUSE = Cause("user:root", "r", "request:r")
PAST_DUE_DAYS = 21


def _envelope(sequence: int, data: EventData, time: datetime) -> Envelope:
    workspace = getattr(data, "workspace_id", "")
    return Envelope(
        service=data.TYPE.partition(".")[0],
        sequence=sequence,
        type=data.TYPE,
        key=workspace or "plan",
        subject=workspace,
        time=time,
        recorded_at=time,
        stream="s",
        version=1,
        actor="",
        correlation_id="",
        causation_id="",
        digest="",
        data=data,
    )


def _entry(slug: str, name: str) -> Entry:
    return Entry(
        slug=slug,
        name=name,
        price_cents=100,
        currency="EUR",
        description="",
        features=[],
        sort_order=1,
        is_active=True,
    )


def verified(call: Call, secret: str) -> Any:
    """Raises unless the library of Standard Webhooks accepts the signature. It looks at the real
    clock, too."""
    return Webhook(secret).verify(call.body, call.headers)


@dataclass(frozen=True)
class Databases:
    own: Database
    addons: Database
    keys: Database

    @property
    def vault(self) -> Vault:
        return Vault(self.keys)

    def clear(self) -> None:
        for database in (self.own, self.addons, self.keys):
            tables = database.rows(
                "SELECT tablename FROM pg_tables "
                "WHERE schemaname = %s AND tablename <> 'schema_migrations'",
                (database.schema,),
            )
            names = ", ".join(row["tablename"] for row in tables)
            database.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")


@contextmanager
def webhook_databases(url: str) -> Iterator[Databases]:
    """Built once, emptied for each test."""
    with (
        Database(url, "notifications") as own,
        Database(url, "addons") as addons,
        Database(url, "vault") as keys,
    ):
        databases = Databases(own, addons, keys)
        databases.vault.schema.migrate()
        Schema(addons, EventStore("addons", addons).tables).migrate()
        parts_on(databases, Clock(), Post()).schema.migrate()
        yield databases


def parts_on(
    databases: Databases, clock: Callable[[], datetime], post: Post, **settings: Any
) -> Parts:
    store = EventStore("addons", databases.addons)
    feed = EventStoreFeed({"addons": Publisher(store, of_a_workspace)}, Wakeup({}))
    webhooks = WebhookSettings(**{"private": True, "window": 40, **settings})
    mail = MailSettings(post, team=TEAM)
    return Parts(databases.own, lambda: feed, clock, databases.vault, mail, webhooks)


@contextmanager
def webhook_service(databases: Databases, **settings: Any) -> Iterator[WebhookService]:
    databases.clear()
    clock, post = Clock(), Post()
    store = EventStore("addons", databases.addons)
    parts = parts_on(databases, clock, post, **settings)
    authenticator = authenticator_of(SECRET)
    shared = parts.channels
    app = FastAPI()
    handle_errors(app)
    keys = IdempotencyKeys(databases.own, authenticator)
    app.include_router(
        endpoints_router(
            *(keys, Access(authenticator), parts.manage, shared.endpoints, shared.deliveries)
        )
    )
    app.include_router(preferences_router(Access(authenticator), parts.contacts))
    app.include_router(mails_router(Access(authenticator), parts.outbox, parts.refusals))
    with TestClient(app) as client:
        yield WebhookService(
            *(parts, store, Catalogue(store, clock), client, clock, post, databases.vault)
        )
