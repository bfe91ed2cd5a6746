"""Proof that history is unaltered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool

from kernel.errors import Conflict, ValidationFailed
from kernel.text import LINE
from projections.audit_trail.auditing import Auditor, Report
from projections.audit_trail.findings import Finding
from projections.audit_trail.heads import Head, SignedHead
from runtime.web.openapi import means, refuses

HIGHEST = 2**63 - 1


class SignedHeadBody(BaseModel):
    """What a service's history was at a time, as docs/audit/format.md describes."""

    model_config = ConfigDict(extra="forbid")

    format: Annotated[Literal["billing-audit-head/1"], means("Of this head.")]
    service: Annotated[Literal["billing", "metering", "addons"], means("Whose history.")]
    events: Annotated[int, Field(ge=1, le=HIGHEST), means("How many there were.", 4200)]
    sequence: Annotated[int, Field(ge=1, le=HIGHEST), means("The last one's position.", 4200)]
    chain: Annotated[
        str, Field(pattern=r"^[0-9a-f]{64}$"), means("The chain up to and with it.", "cd" * 32)
    ]
    at: Annotated[AwareDatetime, means("When it was signed.", "2026-11-26T10:00:00Z")]
    key_id: Annotated[
        str, Field(pattern=r"^[0-9a-f]{16}$"), means("The key it is signed with.", "3f9a1c20" * 2)
    ]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$"), means("Ed25519, hex.", "ab" * 64)]
    reason: Annotated[
        str, Field(max_length=500, pattern=LINE), means("Of a reseal; else empty.", "")
    ] = ""


class HeadsAnswer(BaseModel):
    """What history is at this moment, signed."""

    data: Annotated[list[SignedHeadBody], means("The longest of each service.")]
    public_keys: Annotated[
        list[str],
        means(
            "Ed25519, hex, newest first: what heads are signed with.",
            ["ef" * 32],
        ),
    ]


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
    unreplayed: Annotated[dict[str, str], means("Why some were not compared.", {})]
    reseals: Annotated[list[ResealBody], means("What was declared valid by a person.")]


def add_verifications(routes: APIRouter, auditor: Auditor) -> None:
    @routes.get("/heads", response_model=HeadsAnswer)
    def show_heads() -> dict[str, Any]:
        """What history is at this moment, signed. Keep it where nobody of this system can change
        it, and verify against it later."""
        last = auditor.heads.last()
        keys = [key.hex() for key in auditor.signer.public_keys]
        return {"data": [last[name].facts() for name in sorted(last)], "public_keys": keys}

    @routes.post("/verify", response_model=VerificationAnswer, openapi_extra=refuses(Conflict))
    def verify_history(body: Verification | None = None) -> dict[str, Any]:
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
