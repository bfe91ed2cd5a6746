"""Proof that history is unaltered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StrictBool

from projections.audit_trail.auditing import Auditor, Report
from projections.audit_trail.findings import Finding


class Verification(BaseModel):
    """`full`: from the first event, not from the last verified checkpoint. `replay`: compare the
    read models with a replay of all events as well."""

    model_config = ConfigDict(extra="forbid")

    full: StrictBool = False
    replay: StrictBool = True


class FoundBody(BaseModel):
    event: str
    kind: str
    detail: str


class ChainBody(BaseModel):
    """Events behind sequence `since` up to `upto` were compared; of `found` differences the first
    hundred are listed."""

    service: str
    since: int
    upto: int
    events: int
    checkpoints: int
    found: int
    findings: list[FoundBody]


class DriftBody(BaseModel):
    """Rows of which a replay makes others: `missing` here, `surplus` here."""

    table: str
    missing: int
    surplus: int


class ReplayBody(BaseModel):
    """`parked` events were set aside and are not in the rows: then it is not equal."""

    model: str
    events: int
    rows: int
    equal: bool
    parked: int
    drift: list[DriftBody]


class VerificationAnswer(BaseModel):
    """`public_key` (Ed25519, hex) is what the checkpoints are signed with."""

    intact: bool
    public_key: str
    chains: list[ChainBody]
    read_models: list[ReplayBody]
    unreplayed: dict[str, str]


def add_verifications(routes: APIRouter, auditor: Auditor) -> None:
    @routes.post("/verify", response_model=VerificationAnswer)
    def verify(body: Verification | None = None) -> dict[str, Any]:
        asked = body or Verification()
        report = auditor.verify(full=asked.full, replay=asked.replay)
        return {"public_key": auditor.signer.public_key.hex(), **report_as_json(report)}


def report_as_json(report: Report) -> dict[str, Any]:
    return {
        "intact": report.intact,
        "chains": [
            {**asdict(chain), "findings": [_finding(found) for found in chain.findings]}
            for chain in report.chains
        ],
        "read_models": [{**asdict(model), "equal": model.equal} for model in report.read_models],
        "unreplayed": dict(report.unreplayed),
    }


def _finding(found: Finding) -> dict[str, str]:
    return {"event": found.event, "kind": found.kind, "detail": found.detail}
