"""The audit trail over HTTP, for auditors."""

from __future__ import annotations

from fastapi import APIRouter

from projections.audit_trail.auditing import Auditor
from projections.audit_trail.http.explanations import add_explanations, add_moments
from projections.audit_trail.http.exports import add_exports
from projections.audit_trail.http.heads import add_heads
from projections.audit_trail.http.lists import add_lists
from projections.audit_trail.http.proofs import add_proofs
from projections.audit_trail.http.verifications import add_verifications
from runtime.readmodels.definition import ReadSide
from runtime.web.authorised import AuthorisedRoute


def router(read_side: ReadSide, auditor: Auditor) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/audit",
        tags=["audit"],
        route_class=AuthorisedRoute,
        dependencies=[read_side.access.auditor, read_side.caught_up(auditor.ledger)],
    )
    add_lists(routes, read_side.database, auditor.sources)
    add_moments(routes, read_side.database, read_side.clock)
    add_explanations(routes, read_side.database, auditor.sources, read_side.clock)
    add_exports(routes, read_side.database)
    add_heads(routes, auditor)
    add_proofs(routes, read_side.database)
    add_verifications(routes, auditor)
    return routes
