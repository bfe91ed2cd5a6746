"""The ledger as a spreadsheet reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime

from kernel.clock import rfc3339
from runtime.postgres.database import Row

COLUMNS = (
    "purchase_id",
    "workspace_id",
    "addon",
    "addon_name",
    "price_cents",
    "currency",
    "status",
    "refunded_cents",
    "gateway",
    "charge_ref",
    "decline_code",
    "buyer",
    "buyer_email",
    "buyer_name",
    "started_at",
    "paid_at",
    "delivered_at",
    "closed_at",
    "paged_at",
)
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(orders: Iterable[Row]) -> Iterator[str]:
    """RFC 4180 with a header line."""
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    for order in orders:
        writer.writerow([_cell(order[name]) for name in COLUMNS])
        yield _taken(line)
    yield _taken(line)


def _taken(line: io.StringIO) -> str:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value
