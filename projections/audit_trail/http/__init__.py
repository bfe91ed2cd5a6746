"""The audit trail over HTTP, for auditors."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from projections.audit_trail.auditing import Auditor
from projections.audit_trail.http.explanations import add_explanations, add_moments
from projections.audit_trail.http.exports import add_exports
from projections.audit_trail.http.heads import add_heads
from projections.audit_trail.http.lists import add_lists
from projections.audit_trail.http.personal_data import add_certificates, add_personal_data
from projections.audit_trail.http.proofs import add_proofs
from projections.audit_trail.http.verifications import add_verifications
from runtime.readmodels.definition import ReadSide
from runtime.web.authorised import AuthorisedRoute


def router(read_side: ReadSide, auditor: Auditor) -> APIRouter:
    routes = _router(read_side, auditor, read_side.access.auditor)
    add_lists(routes, read_side.database, auditor.sources)
    add_moments(routes, read_side.database, read_side.clock)
    add_explanations(routes, read_side.database, auditor.sources, read_side.clock)
    add_exports(routes, read_side.database)
    add_heads(routes, auditor)
    add_proofs(routes, read_side.database)
    add_verifications(routes, auditor)
    add_certificates(routes, auditor, read_side.clock)
    # Who checks history need not read people's names.
    told = _router(read_side, auditor)
    add_personal_data(told, auditor, read_side.access, read_side.clock)
    both = APIRouter()
    both.include_router(routes)
    both.include_router(told)
    return both


def _router(read_side: ReadSide, auditor: Auditor, *rules: Any) -> APIRouter:
    return APIRouter(
        prefix="/v1/audit",
        tags=["audit"],
        route_class=AuthorisedRoute,
        dependencies=[*rules, read_side.caught_up(auditor.ledger)],
    )
