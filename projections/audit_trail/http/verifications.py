"""Proof that history is unaltered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool

from kernel.errors import ValidationFailed
from kernel.text import LINE
from projections.audit_trail.auditing import Auditor, Report
from projections.audit_trail.findings import Finding
from projections.audit_trail.heads import Head, SignedHead

HIGHEST = 2**63 - 1


class SignedHeadBody(BaseModel):
    """What a service's history was at a time, as docs/audit/format.md describes."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["billing-audit-head/1"]
    service: Literal["billing", "metering", "addons"]
    events: int = Field(ge=1, le=HIGHEST)
    sequence: int = Field(ge=1, le=HIGHEST)
    chain: str = Field(pattern=r"^[0-9a-f]{64}$")
    at: AwareDatetime
    key_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    signature: str = Field(pattern=r"^[0-9a-f]{128}$")
    reason: str = Field(default="", max_length=500, pattern=LINE)


class HeadsAnswer(BaseModel):
    """The longest head of each service; `public_keys` (Ed25519, hex), newest first, are what heads
    are signed with."""

    data: list[SignedHeadBody]
    public_keys: list[str]


class Verification(BaseModel):
    """`full`: from the first event, not from the last verified checkpoint. `replay`: compare the
    read models with a replay of all events as well. `against`: heads that were kept elsewhere."""

    model_config = ConfigDict(extra="forbid")

    full: StrictBool = False
    replay: StrictBool = True
    against: list[SignedHeadBody] = Field(default=[], max_length=1_000)


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


class ResealBody(BaseModel):
    """History up to `sequence` counts as it was at this time, whatever had been signed before."""

    service: str
    sequence: int
    at: datetime
    reason: str


class VerificationAnswer(BaseModel):
    """`public_key` (Ed25519, hex) is what the checkpoints are signed with."""

    intact: bool
    public_key: str
    chains: list[ChainBody]
    read_models: list[ReplayBody]
    unreplayed: dict[str, str]
    reseals: list[ResealBody]


def add_verifications(routes: APIRouter, auditor: Auditor) -> None:
    @routes.get("/heads", response_model=HeadsAnswer)
    def show_heads() -> dict[str, Any]:
        """Keep them where nobody of this system can change them."""
        last = auditor.heads.last()
        keys = [key.hex() for key in auditor.signer.public_keys]
        return {"data": [last[name].facts() for name in sorted(last)], "public_keys": keys}

    @routes.post("/verify", response_model=VerificationAnswer)
    def verify(body: Verification | None = None) -> dict[str, Any]:
        asked = body or Verification()
        against = _ours(auditor, asked.against)
        report = auditor.verify(full=asked.full, replay=asked.replay, against=against)
        return {"public_key": auditor.signer.public_key.hex(), **report_as_json(report)}


def _ours(auditor: Auditor, given: Sequence[SignedHeadBody]) -> list[Head]:
    signed = [SignedHead.of(each.model_dump(mode="json")) for each in given]
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
