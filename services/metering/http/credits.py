"""Credits of declared meters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from kernel.clock import rfc3339
from kernel.errors import ValidationFailed
from kernel.month import Month
from kernel.text import LINE
from runtime.eventstore.command import note_position
from runtime.readmodels.read_your_writes import AFTER, POSITION, named
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.errors import Before, Limit
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi import refuses
from services.metering.application.accounts.command import AccountAnswer
from services.metering.application.accounts.credited import Balance, Credits, Entry, record_of
from services.metering.application.accounts.parts import Accounts
from services.metering.domain.accounts.events import OVERDRAWN, PLAN, QUOTA
from services.metering.domain.accounts.grants import NewGrant
from services.metering.domain.errors import GrantNotFound, MeterBuiltIn, MeterNotFound
from services.metering.http.account_answers import AccountAnswers
from services.metering.http.account_routes import OfWorkspace, declared
from services.metering.http.credit_bodies import (
    ChangedGrant,
    CreditsBody,
    GrantBody,
    GrantCredits,
    LedgerEntry,
    LedgerPosting,
    MeterBalance,
    RevokedGrants,
    RevokeGrant,
)

OfGrant = Annotated[
    str,
    Path(alias="id", max_length=255, pattern=LINE, description="A grant.", examples=["grant-1"]),
]
LAST = 2**63 - 1
Until = Callable[[str, int, str], Awaitable[None]]
After = Annotated[
    str | None,
    Query(
        pattern=POSITION,
        description=AFTER,
        examples=["addons:42"],
        json_schema_extra={"x-services": ["addons", "billing", "metering"]},
    ),
]


def credits_router(
    keys: IdempotencyKeys,
    access: Access,
    accounts: Accounts,
    answers: AccountAnswers,
    until: Until,
) -> APIRouter:
    """`until` waits for what `?after=` names."""
    router = command_router(
        accounts.store, keys, prefix="/v1/metering/workspaces", tags=["metering"]
    )
    _add_commands(router, access, accounts.credits, answers)

    @router.get("/{ws}/credits")
    async def show_credits(
        ws: OfWorkspace,
        limit: Limit = 50,
        cursor: Before = "",
        after: After = None,
        _: Principal = access.workspace_reader,
    ) -> CreditsBody:
        """Credits of a workspace. Balances by meter and grant, and the ledger page by page."""
        await until(*named(after or ""), ws)
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


def _add_commands(
    router: APIRouter, access: Access, credited: Credits, answers: AccountAnswers
) -> None:
    @router.post(
        "/{ws}/grants",
        status_code=201,
        responses={200: {"model": ChangedGrant, "description": "It was granted before."}},
        openapi_extra=refuses(MeterNotFound, MeterBuiltIn),
    )
    async def grant_credits(
        ws: OfWorkspace,
        body: GrantCredits,
        response: Response,
        caller: Principal = access.service_or_admin,
    ) -> ChangedGrant:
        """Grant credits. They are used after the month's quota, and pay off first what was
        overdrawn. 200 when this id was granted before."""
        declared(body.meter)
        answer = await credited.grant(ws, body.meter, _grant(body), caller.cause())
        note_position("metering", answer.position)
        response.status_code = 201 if answer.new else 200
        return _answered(answer, answers)

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
        revoked = await credited.revoke(ws, grant_id, reason, caller.cause())
        note_position("metering", max(each.position for each in revoked))
        return RevokedGrants(data=[_answered(each, answers) for each in revoked])


def _grant(body: GrantCredits) -> NewGrant:
    """Raises ValidationFailed for an id that would be taken for another source."""
    if body.id in (QUOTA, OVERDRAWN) or body.id.startswith(f"{PLAN}:") or body.source == PLAN:
        raise ValidationFailed("id and source may not be those of the quota or the plan.")
    return NewGrant(body.id, body.amount, body.source, body.priority, body.expires_at)


def _answered(answer: AccountAnswer, answers: AccountAnswers) -> ChangedGrant:
    record = record_of(answer)
    row = {name: getattr(record, name) for name in ("amount", "priority", "expires_at", "source")}
    row |= {"id": record.grant_id, "ended": record.end}
    shown = _granted(answer.account.meter, row, answer.account.free(record.grant_id))
    return ChangedGrant(**shown.model_dump(), **answers.figures(answer))


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
