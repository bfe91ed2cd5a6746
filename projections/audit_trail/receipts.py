"""Sends signed heads to witnesses elsewhere, and keeps what they answer. Each by itself: who can't
be reached holds up neither the others nor the signing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import structlog
from prometheus_client import Gauge

from projections.audit_trail.heads import SignedHead
from projections.audit_trail.kept_heads import signed_of
from projections.audit_trail.signing import Heads
from projections.audit_trail.statements import SQL
from runtime.postgres.database import Database, Jsonb

log = structlog.get_logger()
Answer = Mapping[str, Any]
UNDELIVERED = Gauge(
    "audit_witness_undelivered_heads", "Newest heads that a witness does not have.", ["witness"]
)


class Undelivered(Exception):
    """The witness did not answer, or not as it should: to be tried again."""


class Outlet(Protocol):
    """`name` carries no secret."""

    @property
    def name(self) -> str: ...

    def deliver(self, signed: SignedHead) -> Answer:
        """Returns the proof that it has the head. The same one may come twice. Raises
        Undelivered."""
        ...


@runtime_checkable
class Keeper(Outlet, Protocol):
    """Gives the heads back, too."""

    def kept(self) -> Iterable[SignedHead]:
        """Oldest first. Raises Undelivered or ValueError."""
        ...


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A head binds all of the history before it, so a witness gets the newest of each service, also
    after it was away."""

    database: Database
    heads: Heads
    outlets: Sequence[Outlet]

    def deliver_due(self) -> None:
        newest = list(self.heads.last().values())
        for outlet in self.outlets:
            due = self._due(outlet, newest)
            UNDELIVERED.labels(outlet.name).set(len(due))
            left = sum(not self._delivered(outlet, signed) for signed in due)
            UNDELIVERED.labels(outlet.name).set(left)

    def _due(self, outlet: Outlet, newest: Iterable[SignedHead]) -> list[SignedHead]:
        rows = self.database.rows(SQL["last_receipts"], {"witness": outlet.name})
        known = {row["service"]: row["at"] for row in rows}
        return [each for each in newest if known.get(each.head.service) != each.head.at]

    def _delivered(self, outlet: Outlet, signed: SignedHead) -> bool:
        try:
            answer = outlet.deliver(signed)
        except Exception as error:  # a fault of one adapter's is no other's
            log.warning(
                *("audit_head_undelivered",),
                witness=outlet.name,
                service=signed.head.service,
                reason=f"{type(error).__name__}: {error}",
            )
            return False
        head = {"service": signed.head.service, "at": signed.head.at}
        receipt = {"witness": outlet.name, **head, "answer": Jsonb(dict(answer))}
        self.database.execute(SQL["add_receipt"], receipt)
        return True


def receipts(database: Database, witness: str = "") -> Iterator[Mapping[str, Any]]:
    """Signed heads with what a witness, or every one, answered to them, oldest first."""
    for row in database.rows(SQL["receipts"], {"witness": witness}):
        yield {**signed_of(row).facts(), **row["answer"], "witness": row["witness"]}
