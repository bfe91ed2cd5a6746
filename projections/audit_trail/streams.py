"""One stream, with the state of its aggregate before and after each event."""

from __future__ import annotations

from kernel.errors import NotFound
from projections.audit_trail.auditing import Sources
from projections.audit_trail.queries import as_json
from projections.audit_trail.statements import SQL
from runtime.postgres.database import Database, Row


def events_of(
    database: Database, sources: Sources, stream: str, after_version: int, rows: int
) -> list[Row]:
    """Up to `rows` events with a version above `after_version` that the ledger has recorded. Raises
    NotFound for a stream that no service has."""
    states = sources.states(stream)
    if not states:
        raise NotFound("No service has such a stream.")
    befores = [None, *(state.state for state in states)]
    around = {
        state.sequence: {"before": before, "after": state.state}
        for before, state in zip(befores, states, strict=False)
    }
    wanted = [state.sequence for state in states if state.version > after_version][:rows]
    recorded = database.rows(
        SQL["at_positions"], {"service": states[0].service, "sequences": wanted}
    )
    return [{**as_json(row), **around[row["sequence"]]} for row in recorded]
