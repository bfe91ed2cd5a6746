"""What a workspace's people were told by mail, and which of their addresses take none."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.openapi import means
from services.notifications.application.outbox import Outbox
from services.notifications.application.people.refusals import Refusals


class MailBody(BaseModel):
    """A mail, and what became of it."""

    id: Annotated[str, means("What it was about, and to whom of several.", "ended:billing:42")]
    kind: Annotated[str, means("What it tells of.", "payment_failed")]
    subject: Annotated[str, means("Its subject.", "Payment for pro failed")]
    state: Annotated[
        str,
        means(
            "`due`, `claimed` (being sent), `sent`, `unknown` (nobody can say whether it was), "
            "`refused`, `undeliverable` (its address was refused before) or `erased`.",
            "sent",
        ),
    ]
    problem: Annotated[str, means("What the mail server answered when it was refused.", "")]
    changed_at: Annotated[
        datetime, means("Since when, or when it is tried again.", "2026-11-22T10:00:00Z")
    ]


class RefusedAddressBody(BaseModel):
    """Nothing more is sent there."""

    address: Annotated[str, means("An address of the workspace.", "money@acme.test")]
    reason: Annotated[str, means("What its mail server answered.", "550 5.1.1")]
    refused_at: Annotated[datetime, means("When it did.", "2026-11-22T10:00:00Z")]


class MailsBody(BaseModel):
    """What became of a workspace's mail."""

    data: Annotated[list[MailBody], means("The latest hundred, kept for 90 days.")]
    refused_addresses: Annotated[list[RefusedAddressBody], means("Where nothing is sent to.")]


def mails_router(access: Access, outbox: Outbox, refusals: Refusals) -> APIRouter:
    router = command_router(
        None, None, prefix="/v1/notifications/workspaces", tags=["notifications"]
    )

    def shown(workspace: str) -> MailsBody:
        rows = outbox.of(workspace)
        return MailsBody(
            data=[MailBody(**{**row, "changed_at": row["due_at"]}) for row in rows],
            refused_addresses=[
                RefusedAddressBody(
                    address=each.address, reason=each.reason, refused_at=each.refused_at
                )
                for each in refusals.of(workspace)
            ],
        )

    @router.get("/{ws}/mails")
    def list_mails(ws: str, _: Principal = access.workspace_admin_or_support) -> MailsBody:
        """What a workspace was told by mail, and which of its addresses take none."""
        return shown(ws)

    @router.delete("/{ws}/refused-addresses")
    def lift_refused_addresses(
        ws: str, _: Principal = access.workspace_admin_or_support
    ) -> MailsBody:
        """Write to them again, after their mail server was mended."""
        refusals.lift(ws)
        return shown(ws)

    return router
