"""Credits of declared meters."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, StringConstraints

from kernel.clock import rfc3339
from kernel.errors import ValidationFailed
from kernel.month import Month
from kernel.text import LINE
from runtime.eventstore.command import note_position
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.errors import Before, Limit
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi import means, refuses
from services.metering.application.accounts.command import AccountAnswer
from services.metering.application.accounts.credited import Balance, Credits, Entry, record_of
from services.metering.application.accounts.parts import Accounts
from services.metering.domain.accounts.events import OVERDRAWN, PLAN, QUOTA
from services.metering.domain.accounts.grants import DEFAULT_PRIORITY, NewGrant
from services.metering.domain.errors import GrantNotFound, MeterBuiltIn, MeterNotFound
from services.metering.domain.meters import LARGEST_VALUE, SLUG
from services.metering.http.account_routes import OfWorkspace, declared

GrantId = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=LINE)]
OfGrant = Annotated[
    str,
    Path(alias="id", max_length=255, pattern=LINE, description="A grant.", examples=["grant-1"]),
]
LAST = 2**63 - 1


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


class RevokedGrants(BaseModel):
    """What was taken back."""

    data: Annotated[list[GrantBody], means("One for each meter.")]


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


def credits_router(keys: IdempotencyKeys, access: Access, accounts: Accounts) -> APIRouter:
    router = command_router(
        accounts.store, keys, prefix="/v1/metering/workspaces", tags=["metering"]
    )
    _add_commands(router, access, accounts.credits)

    @router.get("/{ws}/credits")
    async def show_credits(
        ws: OfWorkspace,
        limit: Limit = 50,
        cursor: Before = "",
        _: Principal = access.workspace_reader,
    ) -> CreditsBody:
        """Credits of a workspace. Balances by meter and grant, and the ledger page by page."""
        before = int(cursor) if cursor else LAST
        entries = await accounts.credits.ledger(ws, before, limit + 1)
        balances = await accounts.credits.balances(ws)
        now = accounts.credits.clock()
        shown = entries[:limit]
        return CreditsBody(
            workspace_id=ws,
            balances=[_balance(balance, now) for balance in balances],
            data=[_entry(entry) for entry in shown],
            next=str(shown[-1].position) if len(entries) > limit else None,
        )

    return router


def _add_commands(router: APIRouter, access: Access, credited: Credits) -> None:
    @router.post(
        "/{ws}/grants",
        status_code=201,
        responses={200: {"model": GrantBody, "description": "It was granted before."}},
        openapi_extra=refuses(MeterNotFound, MeterBuiltIn),
    )
    async def grant_credits(
        ws: OfWorkspace,
        body: GrantCredits,
        response: Response,
        caller: Principal = access.service_or_admin,
    ) -> GrantBody:
        """Grant credits. They are used after the month's quota, and pay off first what was
        overdrawn. 200 when this id was granted before."""
        declared(body.meter)
        answer = await credited.grant(ws, body.meter, _grant(body), caller.cause())
        note_position("metering", answer.position)
        response.status_code = 201 if answer.new else 200
        return _answered(answer)

    @router.post("/{ws}/grants/{id:path}/revoke", openapi_extra=refuses(GrantNotFound))
    async def revoke_grant(
        ws: OfWorkspace,
        grant_id: OfGrant,
        body: RevokeGrant | None = None,
        caller: Principal = access.service_or_admin,
    ) -> RevokedGrants:
        """Take back what is neither spent nor held of a grant. What is held may still be used; what
        comes back of it lapses."""
        reason = (body or RevokeGrant()).reason
        answers = await credited.revoke(ws, grant_id, reason, caller.cause())
        note_position("metering", max(answer.position for answer in answers))
        return RevokedGrants(data=[_answered(answer) for answer in answers])


def _grant(body: GrantCredits) -> NewGrant:
    """Raises ValidationFailed for an id that would be taken for another source."""
    if body.id in (QUOTA, OVERDRAWN) or body.id.startswith(f"{PLAN}:") or body.source == PLAN:
        raise ValidationFailed("id and source may not be those of the quota or the plan.")
    return NewGrant(body.id, body.amount, body.source, body.priority, body.expires_at)


def _answered(answer: AccountAnswer) -> GrantBody:
    record = record_of(answer)
    row = {name: getattr(record, name) for name in ("amount", "priority", "expires_at", "source")}
    row |= {"id": record.grant_id, "ended": record.end}
    return _granted(answer.account.meter, row, answer.account.free(record.grant_id))


def _granted(meter: str, row: Any, free: int) -> GrantBody:
    ends: datetime | None = row["expires_at"]
    return GrantBody(
        id=row["id"],
        meter=meter,
        status=row["ended"] or "open",
        amount=row["amount"],
        free=free,
        priority=row["priority"],
        expires_at=rfc3339(ends) if ends else None,
        source=row["source"],
    )


def _balance(balance: Balance, now: datetime) -> MeterBalance:
    account = balance.account
    return MeterBalance(
        meter=account.meter,
        free=account.credits(now),
        overdrawn=account.overdrawn(str(Month.of(now))),
        grants=[_granted(account.meter, row, account.free(row["id"])) for row in balance.grants],
    )


def _entry(entry: Entry) -> LedgerEntry:
    event = entry.event
    return LedgerEntry(
        position=f"metering:{entry.position}",
        type=type(event).__name__,
        meter=event.meter,
        id=getattr(event, "usage_id", "") or getattr(event, "grant_id", ""),
        at=rfc3339(event.timestamp),
        postings=[LedgerPosting(balance=name, amount=amount) for name, amount in entry.postings],
    )
