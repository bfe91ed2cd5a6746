"""Builds the metering service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from kernel.clock import Clock
from runtime.auth import Access, Authenticator
from runtime.database import Database
from runtime.follower import Consumer, Positions
from runtime.idempotency import IdempotencyKeys
from runtime.link import Link
from runtime.service import Service
from runtime.worker import Worker
from services.metering.application.conversations import HOLD_FOR, Conversations
from services.metering.application.decisions import Decisions
from services.metering.application.expiry import HoldExpiry
from services.metering.application.group_commit import GroupCommit
from services.metering.application.lanes import SETTINGS, STATEMENTS
from services.metering.application.live_state import LiveState
from services.metering.application.meter import Meter
from services.metering.application.metering import Metering
from services.metering.application.plans import CHANNEL
from services.metering.application.recorder import SCHEMA, UsageStore
from services.metering.application.thresholds import Thresholds
from services.metering.http.routes import build_router
from services.metering.policies import apply_policies
from services.metering.published import publish

SWEEP_SECONDS = 1.0
LAG_BOUND_SECONDS = 5.0


def build(
    *,
    database_url: str,
    access: Access,
    authenticator: Authenticator,
    clock: Clock,
    decision_secret: str,
    hold_for: timedelta = HOLD_FOR,
    lag_bound: float = LAG_BOUND_SECONDS,
) -> Service:
    """`decision_secret` is the same in every process and after every restart, so that a refusal
    of one can be explained by another. `lag_bound` is in seconds."""
    database = Database(database_url, SCHEMA, ids="uuid")
    store = UsageStore(database)
    positions = Positions(database)
    keys = IdempotencyKeys(database, authenticator)
    state = LiveState(store, clock, lag_bound)
    link = Link(
        database_url,
        STATEMENTS,
        schema=SCHEMA,
        settings=SETTINGS,
        channels=(store.channel, CHANNEL),
        heard=state.heard,
    )
    commits = GroupCommit(link, state.committed, clock)
    thresholds = Thresholds(state, commits, clock)
    state.changed, state.limits_changed = thresholds.look_at, thresholds.look_at_all
    meter = Meter(state, commits, clock)
    metering, conversations = Metering(meter), Conversations(meter, hold_for)
    expiry = HoldExpiry(store, conversations, clock)
    decisions = Decisions(store, decision_secret)

    def migrate() -> None:
        store.migrate()
        positions.migrate()
        keys.migrate()

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        await commits.start()
        await state.open()
        expiry.open()
        try:
            yield
        finally:
            expiry.close()
            thresholds.close()
            await state.close()
            await commits.stop()

    return Service(
        name=SCHEMA,
        routers=[build_router(metering, conversations, decisions, access, authenticator, keys)],
        migrate=migrate,
        positions=positions,
        consumers=[Consumer("metering.policies", ["billing"], apply_policies)],
        workers=[Worker("metering.expiry", expiry.sweep, SWEEP_SECONDS, leader_of=database)],
        store=store,
        publish=publish,
        running=running,
        ready=lambda: {"metering.state": state.behind()},
        close=database.close,
    )
