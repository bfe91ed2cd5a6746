"""Proof that history is unaltered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from kernel.errors import Conflict, ValidationFailed
from projections.audit_trail.auditing import Auditor, Report
from projections.audit_trail.findings import Finding
from projections.audit_trail.heads import Head, SignedHead
from projections.audit_trail.http.heads import SignedHeadBody
from runtime.web.openapi import means, refuses


class Verification(BaseModel):
    """What to verify."""

    model_config = ConfigDict(extra="forbid")

    full: Annotated[
        StrictBool, means("From the first event, not from the last verified checkpoint.", False)
    ] = False
    replay: Annotated[
        StrictBool, means("Compare the read models with a replay of all events as well.", True)
    ] = True
    against: Annotated[
        list[SignedHeadBody],
        Field(max_length=1_000),
        means("Heads that were kept elsewhere."),
    ] = []


class FoundBody(BaseModel):
    """Something that is not as it was."""

    event: Annotated[str, means("Which.", "billing:42")]
    kind: Annotated[str, means("What is wrong.", "altered")]
    detail: Annotated[str, means("In a sentence.", "The stored event is another than was chained.")]


class ChainBody(BaseModel):
    """The chain of a service's log."""

    service: Annotated[str, means("Whose log.", "billing")]
    since: Annotated[int, means("What was compared lies behind it.", 0)]
    upto: Annotated[int, means("And up to it.", 4200)]
    events: Annotated[int, means("How many were compared.", 4200)]
    checkpoints: Annotated[int, means("How many were verified.", 4)]
    found: Annotated[int, means("How many differ.", 0)]
    findings: Annotated[list[FoundBody], means("The first hundred.")]


class DriftBody(BaseModel):
    """Rows of which a replay makes others."""

    table: Annotated[str, means("Which.", "plan_subscriptions")]
    missing: Annotated[int, means("Rows that a replay makes and that are not here.", 0)]
    surplus: Annotated[int, means("Rows that are here and that no replay makes.", 0)]


class ReplayBody(BaseModel):
    """A read model, against a replay."""

    model: Annotated[str, means("Which.", "plan_subscriptions")]
    events: Annotated[int, means("How many were replayed.", 4200)]
    rows: Annotated[int, means("How many were compared.", 120)]
    equal: Annotated[bool, means("Whether all are alike.", True)]
    parked: Annotated[
        int, means("Events that were set aside and are not in the rows: then it is not equal.", 0)
    ]
    drift: Annotated[list[DriftBody], means("What differs.")]


class TableBody(DriftBody):
    """A table beside a service's events, whose rows are not those that the log makes."""

    name: Annotated[str, means("What `billing rebuild` puts it right with.", "metering.quotas")]
    missing_rows: Annotated[
        list[str], means("The first of them, key and facts.", ["('acme', 300)"])
    ]
    surplus_rows: Annotated[list[str], means("The first of them, key and facts.", ["('acme', 0)"])]


class ResealBody(BaseModel):
    """History up to `sequence` counts as it was at this time, whatever had been signed before."""

    service: Annotated[str, means("Whose log.", "billing")]
    sequence: Annotated[int, means("Up to here.", 4200)]
    at: Annotated[datetime, means("When.", "2026-11-26T10:00:00Z")]
    reason: Annotated[str, means("Why.", "Restored from a backup")]


class VerificationAnswer(BaseModel):
    """Whether history is unaltered."""

    intact: Annotated[bool, means("Whether nothing was found.", True)]
    public_key: Annotated[
        str,
        means(
            "Ed25519, hex: what the checkpoints are signed with.",
            "ef" * 32,
        ),
    ]
    chains: Annotated[list[ChainBody], means("By service.")]
    read_models: Annotated[list[ReplayBody], means("By name.")]
    derived: Annotated[
        list[TableBody], means("What differs of tables that services keep beside their events.", [])
    ]
    unreplayed: Annotated[dict[str, str], means("Why some were not compared.", {})]
    reseals: Annotated[list[ResealBody], means("What was declared valid by a person.")]


def add_verifications(routes: APIRouter, auditor: Auditor) -> None:
    @routes.post("/verify", response_model=VerificationAnswer, openapi_extra=refuses(Conflict))
    def verify_history(body: Verification | None = None) -> dict[str, Any]:
        asked = body or Verification()
        against = _ours(auditor, asked.against)
        report = auditor.verify(full=asked.full, replay=asked.replay, against=against)
        return {"public_key": auditor.signer.public_key.hex(), **report_as_json(report)}


def _ours(auditor: Auditor, given: Sequence[SignedHeadBody]) -> list[Head]:
    try:
        signed = [SignedHead.of(each.model_dump(mode="json", exclude_none=True)) for each in given]
    except ValueError as error:
        raise ValidationFailed(f"A head is {error}.") from error
    if not all(each.holds(auditor.signer) for each in signed):
        raise ValidationFailed("A head is not signed by this system.")
    return [each.head for each in signed]


def report_as_json(report: Report) -> dict[str, Any]:
    return {
        "intact": report.intact,
        "chains": [
            {**asdict(chain), "findings": [_finding(found) for found in chain.findings]}
            for chain in report.chains
        ],
        "read_models": [{**asdict(model), "equal": model.equal} for model in report.read_models],
        "derived": [
            {"name": name, **asdict(each)}
            for name, found in report.derived.items()
            for each in found
        ],
        "unreplayed": dict(report.unreplayed),
        "reseals": [
            {
                "service": head.service,
                "sequence": head.sequence,
                "at": head.at,
                "reason": head.reason,
            }
            for head in report.reseals
        ],
    }


def _finding(found: Finding) -> dict[str, str]:
    return {"event": found.event, "kind": found.kind, "detail": found.detail}
