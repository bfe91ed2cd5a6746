"""Which role of the database may do what, schema by schema."""

from __future__ import annotations

from deploy.composition import Composition
from deploy.tables import SOURCES
from runtime.postgres.migrations import Schema
from runtime.postgres.roles import Rights, grant_roles

SIGNED = {"audit_heads", "audit_log_trees", "audit_receipts"}
LEDGER = "audit_trail"


def rights_in(schema: Schema) -> Rights:
    """Nobody who runs the service changes what was recorded and signed."""
    logs = {name for name, what in SOURCES[schema.name].items() if what == "the log"}
    if logs:
        added_to = {*logs, "log_epochs"}
        return Rights(added_to, added_to)
    if schema.name == "projections":
        return Rights(SIGNED, {*SIGNED, LEDGER})
    return Rights((), (), secret=schema.name == "vault")


def grant_everywhere(composition: Composition, *, create: bool) -> list[str]:
    """Returns in which schemas the roles are."""
    return [
        schema.name
        for schema in composition.schemas()
        if grant_roles(schema.database, rights_in(schema), create=create)
    ]
