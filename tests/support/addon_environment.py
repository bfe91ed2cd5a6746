"""Builds add-on services on databases that serve one after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateways.port import Gateway
from projections.addon_catalog import http as addon_catalog_http
from projections.orders import http as orders_http
from projections.purchase_history import http as purchase_history_http
from runtime.eventstore.vault import Vault
from runtime.feed.positions import POSITION_TABLES, Positions
from runtime.messaging.mailbox import Mailbox
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.read_your_writes import caught_up
from runtime.readmodels.waiting import Waiting
from runtime.web.auth import Access
from runtime.web.errors import handle_errors
from runtime.web.idempotency import IdempotencyKeys
from services.addons.http import (
    catalogue_router,
    decisions_router,
    purchasing_router,
    return_page,
    top_ups_router,
)
from services.addons.wiring import FOLLOWED, POLICIES, MailSettings, Parts
from tests.support.addon_service import READ_MODELS, AddonService, Clock
from tests.support.gateway_driver import GatewayDriver
from tests.support.sandbox_driver import stripe_profile
from tests.support.tokens import SECRET, authenticator_of


@dataclass
class AddonEnvironment:
    """The databases, with their tables. They serve one addons after another."""

    database: Database
    read_database: Database
    vault_database: Database
    mailbox: Path

    def migrate(self) -> None:
        """Once: the tables of every part."""
        tables = [model.tables for model in READ_MODELS]
        Schema(self.read_database, POSITION_TABLES, *tables).migrate()
        Vault(self.vault_database).schema.migrate()

    def clear(self) -> None:
        for database in (self.database, self.read_database, self.vault_database):
            tables = database.rows(
                "SELECT tablename FROM pg_tables WHERE schemaname = %s", (database.schema,)
            )
            emptied = "; ".join(f"DELETE FROM {row['tablename']}" for row in tables)
            with database.transaction(commit=True) as cursor:
                cursor.execute(emptied.encode())


@contextmanager
def addon_environment(url: str) -> Iterator[AddonEnvironment]:
    with (
        Database(url, "addons") as database,
        Database(url, "projections") as read_database,
        Database(url, "vault", max_connections=3) as vault_database,
        TemporaryDirectory(prefix="billing-tests-") as mailbox,
    ):
        built = AddonEnvironment(database, read_database, vault_database, Path(mailbox))
        built.migrate()
        with stripe_profile() as driver, addon_service(built, driver, fresh=True):
            yield built


@contextmanager
def addon_service(
    site: AddonEnvironment,
    driver: GatewayDriver,
    *,
    mail: MailSettings | None = None,
    gateway: Gateway | None = None,
    fresh: bool = False,
) -> Iterator[AddonService]:
    """An empty addons. `gateway`: in place of the driver's own, such as one that crashes around it.
    `fresh` addon_environment have no tables of the service yet."""
    clock, authenticator = Clock(), authenticator_of(SECRET)
    vault, positions = Vault(site.vault_database), Positions(site.read_database)
    gateways = {driver.gateway.name: gateway or driver.gateway}
    settings = mail or MailSettings(mailbox=Mailbox(site.mailbox))
    parts = Parts(
        *(site.database, gateways, vault, clock, settings, "https://billing.example"),
        head=lambda _: 0,
    )
    keys = IdempotencyKeys(site.database, authenticator)
    if fresh:
        parts.schema.migrate()
    site.clear()
    parts.positions.shape("addons.policies", {"billing": 1, "addons": 1})
    for model in READ_MODELS:
        positions.shape(model.name, {"addons": 1})
    side = ReadSide(
        *(site.read_database, positions, Access(authenticator), vault, clock),
        Waiting(positions, lambda _: parts.store.head(), seconds=0.3),
    )
    app = _app(parts, keys, Access(authenticator), vault, side)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield AddonService(
            driver, site.database, site.read_database, vault, clock, parts, client, positions
        )


def _learned(parts: Parts, access: Access) -> Any:
    waiting = Waiting(parts.positions, lambda _: 1_000, seconds=0.3)
    return caught_up(access, waiting, POLICIES, FOLLOWED)


def _app(
    parts: Parts, keys: IdempotencyKeys, access: Access, vault: Vault, side: ReadSide
) -> FastAPI:
    app = FastAPI()
    handle_errors(app)
    for router in (
        catalogue_router(parts.store, keys, access, parts.catalogue),
        purchasing_router(
            parts.store, keys, access, parts.purchasing, vault, _learned(parts, access)
        ),
        decisions_router(parts.store, keys, access, parts.purchases, parts.decisions),
        return_page(),
        top_ups_router(parts.store, keys, access, parts.top_up_rules, vault),
        addon_catalog_http.router(side),
        purchase_history_http.router(side),
        orders_http.router(side),
    ):
        app.include_router(router)
    return app
