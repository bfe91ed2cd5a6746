"""What each table is: history, a consequence of it that can be made again, or neither."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runtime.process.derived import Derived, Drift
from runtime.readmodels.definition import ReadModel

if TYPE_CHECKING:
    from deploy.composition import Composition

CREATED = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)")
# What no log tells, and why it is kept.
SOURCES: Mapping[str, Mapping[str, str]] = {
    "vault": {"workspace_keys": "keys of sealed personal data"},
    "billing": {
        "billing_events": "the log",
        "cutover": "what was found of an existing business, and what of it was adopted",
        "inbox": "webhooks as they came, until they are dealt with",
        "page_links": "links that let people in once",
        "plan_migrations": "migrations of subscribers, and which of them run",
        "plan_migration_items": "how far a migration is with each workspace",
        "trial_payers": "who had which trial, by a digest of who pays",
    },
    "metering": {
        "metering_events": "the log",
        "metering_generation": "which memories of processes are outdated",
        "metering_meters": "meters as they were declared",
    },
    "addons": {
        "addons_events": "the log",
    },
    "projections": {
        "audit_verifications": "how far history was verified",
        "audit_heads": "what was signed of history",
        "audit_receipts": "what witnesses elsewhere answered to signed heads",
        "audit_workspace_maps": "what each log holds of each workspace, under signed heads",
        "audit_log_trees": "the trees that signed heads are the roots of",
    },
    "notifications": {
        "webhook_endpoints": "what hosts asked to be sent, and where",
        "webhook_deliveries": "what was sent, and what waits to be",
        "webhook_gaps": "what is to be read again of workspaces that wait at an endpoint",
        "webhook_replays": "what is to be sent again",
        "webhook_replay_ends": "up to where",
        "mails": "what is to be mailed",
        "notices": "what was written to workspaces",
        "contacts": "whom to write to",
        "refused_addresses": "where mail is not taken",
        "plan_terms": "plans as endpoints and mails were told of them",
        "workspace_states": "what endpoints were told of each workspace last",
    },
}
# In more than one schema.
BOOKKEEPING: Mapping[str, str] = {
    "log_epochs": "which log it is, and when it may have been cut",
    "schema_migrations": "what was applied to the schema",
    "positions": "how far consumers have come",
    "parked_events": "what could not be applied",
    "idempotency_keys": "answers to repeat",
    "failed_items": "work that is put off",
}


@dataclass(frozen=True, slots=True)
class KnownTable:
    """`made_by`: what `billing rebuild` makes it again with; empty for what can't be."""

    schema: str
    name: str
    what: str
    made_by: str = ""


def known_tables(composition: Composition) -> Iterator[KnownTable]:
    for schema, tables in SOURCES.items():
        for name, what in tables.items():
            yield KnownTable(schema, name, what)
        for name, what in BOOKKEEPING.items():
            yield KnownTable(schema, name, what)
    for service in composition.services():
        for derived in service.derived:
            for name in derived.tables:
                yield KnownTable(service.name, name, f"from the log of {derived.log}", derived.name)
    for model in composition.read_models:
        for name in _created(model):
            services = ", ".join(model.services)
            yield KnownTable("projections", name, f"from the logs of {services}", model.name)


def _created(model: ReadModel) -> list[str]:
    return CREATED.findall(model.tables.sql)


def derived_tables(composition: Composition) -> list[Derived]:
    """What services keep beside their events."""
    return [each for service in composition.services() for each in service.derived]


def compared(composition: Composition) -> dict[str, Sequence[Drift]]:
    """What differs of that from its log, by name."""
    publishers = composition.events.publishers
    return {each.name: each.compare(publishers) for each in derived_tables(composition)}
