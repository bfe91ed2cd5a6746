"""Keeps the add-on catalogue from the add-on service's events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contracts import addons
from contracts.envelope import Envelope
from runtime.postgres.database import Cursor, Jsonb
from runtime.postgres.named_sql import load_queries
from runtime.readmodels.definition import ReadModel

FOLDER = Path(__file__).parent
SQL = load_queries(FOLDER / "queries.sql")


def handle(cursor: Cursor, events: Sequence[Envelope]) -> None:
    for event in events:
        match event.data:
            case addons.AddonCreated() | addons.AddonChanged() as entry:
                lists = {
                    "features": Jsonb(entry.features),
                    "grants": Jsonb([grant.model_dump() for grant in entry.grants]),
                }
                values = {**entry.model_dump(), "kind": entry.kind, **lists}
                cursor.execute(SQL["set_addon"], values)
            case addons.PurchaseEvent(purchase=purchase):
                name = "block" if purchase.blocks else "unblock"
                shown = {**purchase.model_dump(), "status": purchase.shown_status}
                cursor.execute(SQL[name], shown)


READ_MODEL = ReadModel("addon_catalog", ["addons"], FOLDER, handle)
