"""What is sent and answered of credits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, StringConstraints

from kernel.text import LINE
from runtime.web.openapi import means
from services.metering.domain.accounts.grants import DEFAULT_PRIORITY
from services.metering.domain.meters import LARGEST_VALUE, SLUG
from services.metering.http.room import AccountFigures

GrantId = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=LINE)]


class GrantCredits(BaseModel):
    """Credits that the workspace should have."""

    model_config = ConfigDict(extra="forbid")
    id: Annotated[GrantId, means("The caller's own; it is granted once.", "grant-1")]
    meter: Annotated[str, Field(pattern=SLUG), means("The meter.", "tokens")]
    amount: Annotated[StrictInt, Field(ge=1, le=LARGEST_VALUE), means("Units.", 50000)]
    priority: Annotated[
        StrictInt, Field(ge=0, le=1_000_000), means("Of lower priority burns first.", 100)
    ] = DEFAULT_PRIORITY
    expires_at: Annotated[AwareDatetime | None, means("Null is never.", "2027-11-26T00:00:00Z")] = (
        None
    )
    source: Annotated[
        str,
        StringConstraints(min_length=1, max_length=255, pattern=LINE),
        means("Why it was granted.", "goodwill"),
    ] = "manual"


class RevokeGrant(BaseModel):
    """Why it is taken back."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[
        str,
        StringConstraints(min_length=1, max_length=500, pattern=LINE),
        means("Why.", "Granted by mistake."),
    ] = "revoked"


class GrantBody(BaseModel):
    """A grant."""

    id: Annotated[str, means("The caller's own id.", "grant-1")]
    meter: Annotated[str, means("The meter.", "tokens")]
    status: Annotated[Literal["open", "revoked", "expired"], means("How it stands.", "open")]
    amount: Annotated[int, means("What was granted.", 50000)]
    free: Annotated[int, means("What may be used: neither spent nor held.", 46879)]
    priority: Annotated[int, means("Of lower priority burns first.", 100)]
    expires_at: Annotated[str | None, means("Null is never.", "2027-11-26T00:00:00Z")]
    source: Annotated[str, means("Why it was granted.", "goodwill")]


class ChangedGrant(GrantBody, AccountFigures):
    """A grant, and the account in the present month."""


class RevokedGrants(BaseModel):
    """What was taken back."""

    data: Annotated[list[ChangedGrant], means("One for each meter.")]


class MeterBalance(BaseModel):
    """Credits of a meter."""

    meter: Annotated[str, means("The meter.", "tokens")]
    free: Annotated[int, means("What may be used.", 46879)]
    overdrawn: Annotated[int, means("Used this month beyond everything.", 0)]
    grants: Annotated[list[GrantBody], means("The youngest first.")]


class LedgerPosting(BaseModel):
    """What was moved into a balance, or below zero out of it."""

    balance: Annotated[
        str, means("Such as `quota:2026-11`, `used:2026-11`, `grant:grant-1`.", "grant:grant-1")
    ]
    amount: Annotated[int, means("Units.", -3121)]


class LedgerEntry(BaseModel):
    """An event; what it moved sums to zero."""

    position: Annotated[str, means("Its position.", "metering:4710")]
    type: Annotated[str, means("Its type.", "ReservationSettled")]
    meter: Annotated[str, means("The meter.", "tokens")]
    id: Annotated[str, means("Of the usage, the reservation or the grant.", "turn-1")]
    at: Annotated[str, means("When it happened.", "2026-11-26T10:00:00Z")]
    postings: Annotated[list[LedgerPosting], means("Double entry.")]


class CreditsBody(BaseModel):
    """Balances, and a page of the ledger."""

    workspace_id: Annotated[str, means("The workspace.", "acme")]
    balances: Annotated[list[MeterBalance], means("Of every declared meter.")]
    data: Annotated[list[LedgerEntry], means("The ledger, the youngest first.")]
    next: Annotated[str | None, means("The cursor of the next page.", None)]
