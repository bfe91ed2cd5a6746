"""All read models, in one list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import APIRouter

from kernel.clock import Clock
from projections.addon_catalog import http as addon_catalog_http
from projections.addon_catalog.projector import READ_MODEL as ADDON_CATALOG
from projections.audit_trail import http as audit_trail_http
from projections.audit_trail.auditing import Auditor
from projections.audit_trail.nightly import LOOK_SECONDS, NightlyVerification
from projections.audit_trail.projector import read_model as audit_trail
from projections.audit_trail.receipts import Dispatch, Outlet
from projections.audit_trail.signing import SIGN_SECONDS
from projections.audit_trail.verified_heads import VERIFIED_HEADS_TABLES
from projections.invoices import http as invoices_http
from projections.invoices.projector import READ_MODEL as INVOICES
from projections.orders import http as orders_http
from projections.orders.projector import READ_MODEL as ORDERS
from projections.plan_catalog import http as plan_catalog_http
from projections.plan_catalog.projector import READ_MODEL as PLAN_CATALOG
from projections.plan_subscriptions import http as plan_subscriptions_http
from projections.plan_subscriptions.projector import READ_MODEL as PLAN_SUBSCRIPTIONS
from projections.purchase_history import http as purchase_history_http
from projections.purchase_history.projector import READ_MODEL as PURCHASE_HISTORY
from projections.revenue import http as revenue_http
from projections.revenue.projector import READ_MODEL as REVENUE
from projections.subscriptions import http as subscriptions_http
from projections.subscriptions.projector import READ_MODEL as SUBSCRIPTIONS
from projections.usage_counters import http as usage_counters_http
from projections.usage_counters import overview_http as usage_overview_http
from projections.usage_counters.projector import READ_MODEL as USAGE_COUNTERS
from projections.webhook_inbox import http as webhook_inbox_http
from projections.webhook_inbox.projector import READ_MODEL as WEBHOOK_INBOX
from runtime.eventstore.vault import Vault
from runtime.feed.positions import POSITION_TABLES, Positions
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.process.service import Service
from runtime.process.worker import Worker
from runtime.readmodels.definition import ReadModel, ReadSide
from runtime.readmodels.waiting import Waiting
from runtime.web.auth import Access

READ_MODELS: Sequence[ReadModel] = (
    PLAN_SUBSCRIPTIONS,
    PLAN_CATALOG,
    USAGE_COUNTERS,
    ADDON_CATALOG,
    PURCHASE_HISTORY,
    ORDERS,
    INVOICES,
    SUBSCRIPTIONS,
    REVENUE,
    WEBHOOK_INBOX,
)
ROUTERS: Sequence[Callable[[ReadSide], APIRouter]] = (
    plan_subscriptions_http.router,
    plan_catalog_http.router,
    usage_counters_http.router,
    usage_overview_http.router,
    addon_catalog_http.router,
    purchase_history_http.router,
    orders_http.router,
    invoices_http.router,
    subscriptions_http.router,
    revenue_http.router,
    webhook_inbox_http.router,
)


def read_models(signing_seeds: Sequence[bytes]) -> Sequence[ReadModel]:
    """`signing_seeds`: 32 bytes each, newest first: the keys of the audit trail's checkpoints."""
    return (*READ_MODELS, audit_trail(signing_seeds))


def read_side(
    database: Database,
    access: Access,
    vault: Vault,
    clock: Clock,
    head: Callable[[str], int],
) -> ReadSide:
    """`head`: the position of a service's last event."""
    positions = Positions(database)
    return ReadSide(database, positions, access, vault, clock, Waiting(positions, head))


def build(
    side: ReadSide,
    auditor: Auditor,
    alarm: Callable[[str, str], None] = lambda *_: None,
    outlets: Sequence[Outlet] = (),
) -> Service:
    """The read models are the auditor's. `alarm` is told what the daily verification finds;
    `outlets` are sent what is signed."""
    dispatch = Dispatch(side.database, auditor.heads, outlets)
    nightly = NightlyVerification(auditor, side.clock, alarm)
    return Service(
        name="projections",
        routers=[
            *(router(side) for router in ROUTERS),
            audit_trail_http.router(side, auditor),
        ],
        schema=Schema(
            side.database,
            POSITION_TABLES,
            VERIFIED_HEADS_TABLES,
            *(model.tables for model in auditor.models),
        ),
        positions=side.positions,
        consumers=[model.consumer() for model in auditor.models],
        workers=[
            Worker("audit.heads", auditor.heads.sign_due, SIGN_SECONDS, leader_of=side.database),
            Worker("audit.witnesses", dispatch.deliver_due, SIGN_SECONDS, leader_of=side.database),
            Worker("audit.verify", nightly.run_due, LOOK_SECONDS, leader_of=side.database),
        ],
        close=side.database.close,
    )
