"""Where invoices are kept: their events, and what finds them again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from gateways.port import InvoiceSnapshot
from kernel.cause import Cause
from kernel.events import DomainEvent
from runtime.eventstore.store import EventStore, retry_conflicts
from runtime.eventstore.stream import Change, Stream
from runtime.postgres.database import Cursor
from services.billing.domain.invoice.observe import decide_observe_invoice
from services.billing.domain.invoice.state import INVOICE, Invoice, invoice_stream

# A decision about a subscription asks what was paid for a time that is not over.
LATEST = 24
KEEP = """
INSERT INTO invoices
    (gateway, ref, workspace, subscription, status, is_owed, issued_at, looked_like)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (gateway, ref) DO UPDATE
SET status = EXCLUDED.status, is_owed = EXCLUDED.is_owed, looked_like = EXCLUDED.looked_like
"""
OF_SUBSCRIPTION = """
SELECT ref FROM invoices WHERE gateway = %s AND subscription = %s AND (is_owed OR NOT %s)
ORDER BY issued_at DESC LIMIT %s
"""
ANYTIME = datetime.fromtimestamp(0, UTC)


class Invoices:
    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._database = store.database

    def find(self, gateway: str, ref: str) -> Invoice | None:
        return self._stream(gateway, ref).state

    def of_workspace(self, workspace: str, ref: str) -> Invoice | None:
        rows = self._database.rows(
            "SELECT gateway FROM invoices WHERE workspace = %s AND ref = %s", (workspace, ref)
        )
        return self.find(str(rows[0]["gateway"]), ref) if rows else None

    def of_subscription(self, gateway: str, ref: str, *, owed: bool = False) -> list[Invoice]:
        """The latest, newest first. `owed`: only those that somebody still has to pay."""
        rows = self._database.rows(OF_SUBSCRIPTION, (gateway, ref, owed, LATEST))
        found = (self.find(gateway, str(row["ref"])) for row in rows)
        return [each for each in found if each is not None]

    def moved(self, snapshots: Sequence[InvoiceSnapshot]) -> list[InvoiceSnapshot]:
        """Those that look otherwise than when they were observed last. Of one gateway."""
        if not snapshots:
            return []
        rows = self._database.rows(
            "SELECT ref, looked_like FROM invoices WHERE gateway = %s AND ref = ANY(%s)",
            (snapshots[0].gateway, [each.ref for each in snapshots]),
        )
        known = {row["ref"]: row["looked_like"] for row in rows}
        return [each for each in snapshots if known.get(each.ref) != looks_of(each)]

    @retry_conflicts
    def observe(
        self, workspace: str, snapshot: InvoiceSnapshot, cause: Cause
    ) -> Sequence[DomainEvent]:
        """Records what the snapshot shows. Snapshots may come twice and in any order."""
        stream = self._stream(snapshot.gateway, snapshot.ref)
        decided = decide_observe_invoice(stream.state, workspace, snapshot)
        after = stream.after(decided).state
        if after is None:
            return decided
        looks = looks_of(snapshot)
        if decided:
            change = Change(stream, decided)
            self._store.append(change, cause=cause, within=lambda on: _keep(on, after, looks))
        else:
            with self._database.transaction(commit=True) as cursor:
                _keep(cursor, after, looks)
        return decided

    def foresee(self, workspace: str, snapshot: InvoiceSnapshot) -> tuple[Invoice | None, ...]:
        """The invoice as it is and as it would be; nothing is saved."""
        stream = self._stream(snapshot.gateway, snapshot.ref)
        decided = decide_observe_invoice(stream.state, workspace, snapshot)
        return stream.state, stream.after(decided).state

    def _stream(self, gateway: str, ref: str) -> Stream[Invoice]:
        return self._store.load(INVOICE, invoice_stream(gateway, ref))


def looks_of(snapshot: InvoiceSnapshot) -> str:
    """The same for every look at an invoice that has not moved."""
    shown = repr(replace(snapshot, fetched_at=ANYTIME))
    return hashlib.sha256(shown.encode()).hexdigest()


def _keep(cursor: Cursor, invoice: Invoice, looks: str) -> None:
    cursor.execute(
        KEEP.encode(),
        (
            *(invoice.gateway, invoice.ref, invoice.workspace, invoice.subscription),
            *(invoice.status, invoice.is_owed, invoice.issued_at, looks),
        ),
    )
