"""Proofs that a log only grew, and that an event is in it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from kernel.errors import NotFound
from projections.audit_trail.http.heads import HIGHEST
from projections.audit_trail.proving import prove_event, prove_growth
from runtime.postgres.database import Database
from runtime.web.openapi import means, refuses

ServiceName = Literal["billing", "metering", "addons"]
OfLog = Annotated[ServiceName, Query(description="Whose log.", examples=["billing"])]
Hashes = Annotated[
    list[str], means("Hashes of subtrees, hex, in the order of RFC 6962.", ["cd" * 32])
]


def _size(description: str, example: int) -> Any:
    return Query(ge=1, le=HIGHEST, description=description, examples=[example])


class GrowthProof(BaseModel):
    """That a log of `second` events begins with the one of `first` (RFC 6962, 2.1.2)."""

    service: Annotated[str, means("Whose log.", "billing")]
    first: Annotated[int, means("The smaller size.", 4200)]
    second: Annotated[int, means("The larger size.", 4242)]
    first_root: Annotated[str, means("The root over the first events, hex.", "ab" * 32)]
    second_root: Annotated[str, means("The root over all of them, hex.", "ef" * 32)]
    proof: Hashes


class EventProof(BaseModel):
    """That an event is in a log (RFC 6962, 2.1.1)."""

    event: Annotated[str, means("Which.", "billing:42")]
    index: Annotated[int, means("Its place in the log, from 0.", 41)]
    leaf: Annotated[str, means("Its leaf, hex.", "ab" * 32)]
    size: Annotated[int, means("How many events the log has.", 4200)]
    root: Annotated[str, means("The root over them, hex.", "ef" * 32)]
    proof: Hashes


def add_proofs(routes: APIRouter, database: Database) -> None:
    @routes.get("/proofs/consistency", response_model=GrowthProof, openapi_extra=refuses(NotFound))
    def prove_consistency(
        service: OfLog,
        first: Annotated[int, _size("The size of a head that you keep.", 4200)],
        second: Annotated[int, _size("The size of a newer head.", 4242)],
    ) -> dict[str, Any]:
        """That a log only grew from one signed size to another. Compare both roots with those of
        the heads."""
        return prove_growth(database, service, first, second)

    @routes.get("/proofs/inclusion", response_model=EventProof, openapi_extra=refuses(NotFound))
    def prove_inclusion(
        service: OfLog,
        sequence: Annotated[
            int, Query(le=HIGHEST, description="The event's position.", examples=[42])
        ],
        size: Annotated[
            int | None, _size("The size of a head; the whole log if it is left out.", 4200)
        ] = None,
    ) -> dict[str, Any]:
        """That an event is in a log of a signed size. Compare the root with that of the head, and
        the leaf with the event's own."""
        return prove_event(database, service, sequence, size)
