"""What history is, signed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from kernel.text import LINE
from projections.audit_trail.auditing import Auditor
from runtime.web.openapi import means

HIGHEST = 2**63 - 1


class SignedHeadBody(BaseModel):
    """What a service's history was at a time, as docs/audit/format.md describes."""

    model_config = ConfigDict(extra="forbid")

    format: Annotated[
        Literal["billing-audit-head/1", "billing-audit-head/2", "billing-audit-head/3"],
        means("Of this head."),
    ]
    service: Annotated[Literal["billing", "metering", "addons"], means("Whose history.")]
    events: Annotated[int, Field(ge=0, le=HIGHEST), means("How many there were.", 4200)]
    sequence: Annotated[int, Field(ge=0, le=HIGHEST), means("The last one's position.", 4200)]
    chain: Annotated[
        str, Field(pattern=r"^[0-9a-f]{64}$"), means("The chain up to and with it.", "cd" * 32)
    ]
    root: Annotated[
        str | None,
        Field(pattern=r"^[0-9a-f]{64}$"),
        means("Of the Merkle tree over these events; in the second format.", "ef" * 32),
    ] = None
    workspaces: Annotated[
        str | None,
        Field(pattern=r"^[0-9a-f]{64}$"),
        means("Of the map of what there is of each workspace; in the third format.", "0d" * 32),
    ] = None
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


def add_heads(routes: APIRouter, auditor: Auditor) -> None:
    @routes.get("/heads", response_model=HeadsAnswer)
    def show_heads() -> dict[str, Any]:
        """What history is at this moment, signed. Keep it where nobody of this system can change
        it, and verify against it later."""
        last = auditor.heads.last()
        keys = [key.hex() for key in auditor.signer.public_keys]
        return {"data": [last[name].facts() for name in sorted(last)], "public_keys": keys}
