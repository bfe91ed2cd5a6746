"""How people come from the host's application to the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints

from kernel.text import LINE
from runtime.eventstore.store import EventStore
from runtime.web.auth import Access
from runtime.web.authorised import AuthorisedRoute
from runtime.web.commands import command_router
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi import means, refuses
from runtime.web.return_urls import ReturnUrl
from services.billing.application.page_links import PageLinks, Visitor
from services.billing.domain.errors import SessionLinkNotFound, SessionLinkUsed, SessionsNotSetUp
from services.billing.http.sale_bodies import Request

WORKSPACE_ID = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$"
WorkspaceId = Annotated[
    str, StringConstraints(pattern=WORKSPACE_ID), means("The person's workspace.", "acme")
]
Person = Annotated[
    str,
    StringConstraints(pattern=LINE, min_length=1, max_length=255),
    means("The host's id of the person: the actor of all that is done.", "user-7"),
]
Role = Annotated[
    Literal["owner", "admin", "editor", "viewer"], means("Their role in the workspace.", "owner")
]
StaffRole = Literal["owner", "admin", "editor", "viewer", "super_admin", "support", "auditor"]
Page = Annotated[
    Literal["billing", "addons", "/app/billing", "/app/billing/addons"] | None,
    means("Where to go first.", "billing"),
]
ReturnTo = Annotated[
    ReturnUrl, means("Where the pages lead back to.", "https://app.example.com/settings")
]


class NewSession(Request):
    """Who is to be let in."""

    workspace: WorkspaceId
    user: Person
    role: Role
    return_url: ReturnTo
    page: Page = None


class LinkBody(BaseModel):
    """Send the person's browser to `url`. It works once."""

    url: Annotated[
        str, means("The link.", "https://billing.example.com/session?code=uX1B5cJb3wJv0Qm")
    ]
    expires_at: Annotated[datetime, means("Until when it works.", "2026-11-22T10:05:00Z")]


class Redemption(Request):
    """The code of a link."""

    code: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}$"),
        means("What stands in the link.", "uX1B5cJb3wJv0Qm"),
    ]


class SessionBody(BaseModel):
    """A session of the pages. `workspace` is empty for people of the platform."""

    token: Annotated[str, means("The person's bearer token.", "eyJhbGciOiJIUzI1NiJ9.e30.x")]
    user: Annotated[str, means("Who it is.", "user-7")]
    workspace: Annotated[str, means("Their workspace.", "acme")]
    role: Annotated[StaffRole, means("Their role, there or on the platform.", "owner")]
    return_url: Annotated[
        str, means("Where they came from; may be empty.", "https://app.example.com/settings")
    ]
    page: Annotated[str, means("Where to go first; may be empty.", "billing")]
    expires_at: Annotated[datetime, means("Until when the token is good.", "2026-11-22T10:30:00Z")]


def page_session_routes(
    links: PageLinks, store: EventStore, keys: IdempotencyKeys, access: Access
) -> list[APIRouter]:
    return [_issuing(links, store, keys, access), _redeeming(links, access)]


def _issuing(
    links: PageLinks, store: EventStore, keys: IdempotencyKeys, access: Access
) -> APIRouter:
    router = command_router(store, keys, prefix="/v1/pages", tags=["pages"])
    service: Any = access.service

    @router.post(
        "/sessions",
        status_code=201,
        dependencies=[service],
        openapi_extra=refuses(SessionsNotSetUp),
    )
    def open_page_session(body: NewSession) -> LinkBody:
        """Make a link to the pages for one of a workspace's people. The host has checked who it is
        and what their role is. The link works once, within five minutes, and opens a session of
        thirty minutes."""
        link = links.issue(
            Visitor(
                person=body.user,
                role=body.role,
                workspace=body.workspace,
                return_url=body.return_url,
                page=(body.page or "billing").rpartition("/")[2],
            )
        )
        return LinkBody(url=link.url, expires_at=link.expires_at)

    return router


def _redeeming(links: PageLinks, access: Access) -> APIRouter:
    router = APIRouter(route_class=AuthorisedRoute, prefix="/v1/pages", tags=["pages"])

    @router.post(
        "/sessions/redeem",
        dependencies=[access.anybody],
        openapi_extra=refuses(SessionLinkNotFound, SessionLinkUsed, SessionsNotSetUp),
    )
    def redeem_page_link(body: Redemption) -> SessionBody:
        """Exchange a link's code for the session that it opens. Whoever holds the code may, once:
        of several at the same time, one."""
        session = links.redeem(body.code)
        visitor = session.visitor
        return SessionBody(
            token=session.token,
            user=visitor.person,
            workspace=visitor.workspace,
            role=visitor.role,  # type: ignore[arg-type]
            return_url=visitor.return_url,
            page=visitor.page,
            expires_at=session.expires_at,
        )

    return router
