"""Builds the metering service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import APIRouter

from kernel.clock import Clock
from runtime.feed.consumer import Consumer
from runtime.feed.positions import POSITION_TABLES, Positions
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.postgres.pipelined_connection import PipelinedConnection
from runtime.process.derived import Derived
from runtime.process.failed_items import FAILED_ITEM_TABLES
from runtime.process.service import Service
from runtime.process.worker import Worker
from runtime.readmodels.waiting import Waiting
from runtime.web.auth import Access, Authenticator
from runtime.web.idempotency import IDEMPOTENCY_TABLES, PURGE_SECONDS, IdempotencyKeys
from services.metering.application.accounts.derived_accounts import account_tables
from services.metering.application.accounts.expiry import WORK as ACCOUNTS
from services.metering.application.accounts.parts import Accounts
from services.metering.application.accounts.purchased import WORK as BOUGHT
from services.metering.application.catching_up import FOLLOWED, POLICIES, CatchingUp
from services.metering.application.commit_queue import SETTINGS, STATEMENTS
from services.metering.application.conversations import HOLD_FOR, Conversations
from services.metering.application.decisions import Decisions
from services.metering.application.derived_tables import reload_everywhere, usage_tables
from services.metering.application.expiry import HoldExpiry
from services.metering.application.group_commit import GroupCommit
from services.metering.application.known_ids.known_ids import WORK, KnownIds
from services.metering.application.known_ids.table import KnownIdTables
from services.metering.application.known_ids.upkeep import Upkeep
from services.metering.application.live_state import LiveState
from services.metering.application.meter import Meter
from services.metering.application.metering import Metering
from services.metering.application.plan_assignments import CHANNEL
from services.metering.application.recorder import SCHEMA, USAGE_TABLES, UsageStore
from services.metering.application.releases import Releases
from services.metering.application.watching import Watching
from services.metering.http.account_answers import AccountAnswers
from services.metering.http.account_routes import account_router
from services.metering.http.credits import credits_router
from services.metering.http.meters import meters_router
from services.metering.http.routes import build_router
from services.metering.policies import apply_policies, learned_of_addons, learned_plans
from services.metering.published import publish

SWEEP_SECONDS = 1.0
REFRESH_SECONDS = 10.0
UPKEEP_SECONDS = 5.0
LAG_BOUND_SECONDS = 5.0


class Parts:
    """The service's use cases and what they share."""

    def __init__(
        self,
        database: Database,
        database_url: str,
        clock: Clock,
        decision_keys: Mapping[str, str],
        hold_for: timedelta,
        lag_bound: float,
        head: Callable[[str], int | None],
        *,
        known_workspaces_only: bool = False,
    ) -> None:
        self.positions = Positions(database)
        self.store = UsageStore(database)
        self.state = LiveState(self.store, clock, lag_bound, known_only=known_workspaces_only)
        link = PipelinedConnection(
            database_url,
            STATEMENTS,
            schema=SCHEMA,
            settings=SETTINGS,
            channels=(self.store.channel, CHANNEL),
            heard=self._heard,
        )
        self.known = KnownIds(database)
        self._commits = GroupCommit(link, self.known, self.state.committed, clock)
        meter = Meter(self.state, self._commits, clock)
        self.accounts = Accounts(self.store, self.state, self._commits, clock, decision_keys)
        desk = self.accounts.desk
        self._watching = Watching(self.state, self.store, self._commits, desk, clock)
        self.state.changed = self._watching.figures_changed
        self._commits.accounts.changed = self._watching.account_changed
        self.state.limits_changed = self._watching.limits_changed
        self.state.forgotten = self._forget
        self.metering = Metering(meter, self.accounts.usage)
        self.conversations = Conversations(meter, hold_for)
        self.expiry = HoldExpiry(self.store, self.conversations, clock)
        self.decisions = Decisions(self.store, decision_keys, self.accounts.turns)
        waiting = Waiting(self.positions, head)
        self.catching_up = CatchingUp(self.state, self.store, waiting, self.accounts.purchased)
        self.releases = Releases(database, clock)

    def _heard(self, channel: str) -> None:
        self.state.heard()
        if channel == self.store.channel:
            self._commits.heard()

    def _forget(self) -> None:
        self._commits.forget()
        self._watching.forget()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self._commits.start()
        await self.state.open()
        self.expiry.open()
        self.accounts.expiry.open()
        self.accounts.purchased.open()
        self._watching.open()
        try:
            yield
        finally:
            self.expiry.close()
            self.accounts.expiry.close()
            self.accounts.purchased.close()
            await self._watching.close()
            await self.state.close()
            await self._commits.stop()


def _derived(positions: Positions) -> list[Derived]:
    return [
        usage_tables(positions),
        account_tables(positions),
        learned_plans(positions, POLICIES),
        learned_of_addons(positions, POLICIES),
        KnownIdTables(positions.database, reload_everywhere),
    ]


TABLES = (USAGE_TABLES, POSITION_TABLES, IDEMPOTENCY_TABLES, FAILED_ITEM_TABLES)


def build(
    *,
    database_url: str,
    access: Access,
    authenticator: Authenticator,
    clock: Clock,
    decision_keys: Mapping[str, str],
    head: Callable[[str], int | None],
    hold_for: timedelta = HOLD_FOR,
    lag_bound: float = LAG_BOUND_SECONDS,
    known_workspaces_only: bool = False,
) -> Service:
    """`decision_keys` (secrets by key id, newest first) are the same in every process and after
    every restart, so that a refusal of one can be explained by another. `lag_bound` is in seconds.
    `head` gives the position of a service's last event, None where it can't be known."""
    database = Database(database_url, SCHEMA, ids="uuid")
    parts = Parts(
        *(database, database_url, clock, decision_keys, hold_for, lag_bound, head),
        known_workspaces_only=known_workspaces_only,
    )
    keys = IdempotencyKeys(database, authenticator)
    return Service(
        name=SCHEMA,
        routers=_routers(parts, access, authenticator, keys),
        schema=Schema(database, parts.store.tables, *TABLES),
        positions=parts.positions,
        consumers=[Consumer(POLICIES, FOLLOWED, apply_policies)],
        derived=_derived(parts.positions),
        workers=_workers(parts, keys, database),
        store=parts.store,
        publish=publish,
        running=parts.running,
        ready=lambda: {"metering.state": parts.state.behind()},
        close=database.close,
    )


def _workers(parts: Parts, keys: IdempotencyKeys, database: Database) -> list[Worker]:
    return [
        Worker("metering.expiry", parts.expiry.sweep, SWEEP_SECONDS, leader_of=database),
        Worker(ACCOUNTS, parts.accounts.expiry.sweep, SWEEP_SECONDS, leader_of=database),
        Worker(BOUGHT, parts.accounts.purchased.sweep, SWEEP_SECONDS, leader_of=database),
        Worker(WORK, parts.known.refresh, REFRESH_SECONDS),
        Worker("metering.runs", Upkeep(database).work, UPKEEP_SECONDS, leader_of=database),
        Worker("metering.idempotency", keys.purge, PURGE_SECONDS, leader_of=database),
    ]


def _routers(
    parts: Parts, access: Access, authenticator: Authenticator, keys: IdempotencyKeys
) -> list[APIRouter]:
    router = build_router(
        parts.metering,
        parts.conversations,
        parts.decisions,
        parts.catching_up,
        parts.releases,
        parts.accounts,
        access,
        authenticator,
        keys,
    )
    accounts = parts.accounts
    answers = AccountAnswers(accounts.desk, accounts.decisions, parts.releases)
    return [
        router,
        meters_router(parts.store, access, accounts.catalogue, accounts.desk),
        account_router(keys, access, accounts, answers),
        credits_router(keys, access, accounts, answers, parts.catching_up.until),
    ]
