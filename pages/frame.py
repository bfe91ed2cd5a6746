"""What every view is given, and what becomes of what goes wrong in one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from pages.rendering import Renderer
from pages.session import ForgedForm, ProofNeeded, Session, SessionNeeded, Sessions, SignInFailed
from workspace_billing import ApiError, AsyncBilling, BillingError
from workspace_billing.aio.workspace import AsyncWorkspace

MOST_FIELDS = 200
REFUSALS = (
    *(SessionNeeded, ForgedForm, ProofNeeded, SignInFailed),
    *(BillingError, HTTPException, RequestValidationError),
)
log = structlog.get_logger()
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True)
class Frame:
    """`api` speaks for nobody: views speak for who is looking. `app_url` leads to the product,
    `sign_in_url` to where people of the platform sign in, if there is such a place, and
    `sign_out_url` to where they sign out of it."""

    api: AsyncBilling
    renderer: Renderer
    sessions: Sessions
    origin: str
    app_url: str = ""
    sign_in_url: str = ""
    sign_out_url: str = ""

    def workspace(self, session: Session) -> AsyncWorkspace:
        return self.api.using(session.token).workspaces(session.workspace)

    async def form(self, request: Request, session: Session) -> dict[str, str]:
        """The fields of a form that this session's page sent. Raises ForgedForm."""
        fields = await _fields(request)
        self.sessions.check_form(request, session, fields.pop("form_token", ""))
        return fields

    def html(
        self, request: Request, template: str, session: Session | None = None, **shown: Any
    ) -> Response:
        proved = session is not None and self.sessions.has_proved(session)
        return self.renderer.html(request, template, session, proved=proved, **shown)

    def leave(self, request: Request, session: Session, url: str) -> Response:
        """To a gateway's page. Not by a redirect: a form's policy would keep the browser here."""
        return self.renderer.html(request, "leave.html", session, url=url)

    def sign_in(self, request: Request, *, again: bool = False) -> str:
        """Where somebody of the platform signs in, to come back to this page; else empty."""
        if not self.sign_in_url or _area(request) not in {"admin", "audit", "session"}:
            return ""
        query = {"page": request.url.path if request.method == "GET" else _back(request, None)}
        return f"{self.sign_in_url}?{urlencode({**query, **({'again': 'true'} if again else {})})}"

    def router(self) -> APIRouter:
        frame = self

        class PageRoute(APIRoute):
            def get_route_handler(self) -> Handler:
                handler = super().get_route_handler()

                async def answer(request: Request) -> Response:
                    try:
                        return await handler(request)
                    except REFUSALS as error:
                        return frame.problem(request, error)
                    except Exception as error:
                        log.exception("page_failed", path=request.url.path)
                        return frame.problem(request, error)

                return answer

        return APIRouter(route_class=PageRoute, include_in_schema=False)

    def problem(self, request: Request, error: Exception) -> Response:
        status, kind = _kind_of(error)
        session = None if kind in {"session", "link"} else self.sessions.any(request)
        shown = {
            "kind": kind,
            "back": _back(request, session),
            "again": _again(request, session),
            "return_url": _return_url(error),
            "sign_in": self.sign_in(request, again=kind == "proof"),
        }
        reference = error.request_id if isinstance(error, ApiError) else None
        return self.renderer.html(
            request, "problem.html", session, status, **shown, reference=reference or ""
        )


async def _fields(request: Request) -> dict[str, str]:
    raw = (await request.body()).decode("utf-8", "replace")
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: value.strip() for name, value in pairs}


def _kind_of(error: Exception) -> tuple[int, str]:
    if isinstance(error, SessionNeeded):
        return 401, "session"
    if isinstance(error, ForgedForm):
        return 403, "form"
    if isinstance(error, ProofNeeded):
        return 403, "proof"
    if isinstance(error, SignInFailed):
        return 403, f"sign_in_{error.why}"
    if isinstance(error, HTTPException):
        return error.status_code, "missing"
    if isinstance(error, RequestValidationError):
        return 404, "missing"
    if not isinstance(error, BillingError):
        return 500, "broken"
    if not isinstance(error, ApiError):
        return 503, "busy"
    if error.answered_code in {"session_link_used", "session_link_not_found"}:
        return 410, "link"
    known = {401: "session", 403: "forbidden", 404: "missing"}
    if error.status in known:
        return error.status, known[error.status]
    return (
        (503, "busy") if error.status >= 500 or error.status == 429 else (error.status, "refused")
    )


def _return_url(error: Exception) -> str:
    return str(error.details.get("return_url", "")) if isinstance(error, ApiError) else ""


def _again(request: Request, session: Session | None) -> str:
    """A form is not sent again by a link."""
    if request.method != "GET":
        return _back(request, session)
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _back(request: Request, session: Session | None) -> str:
    """Where somebody goes on who was stopped: the first page of their role, or else of the area."""
    if session is not None:
        return session.first_page
    return {"app": "/app/billing", "admin": "/admin", "audit": "/audit"}.get(
        _area(request), "/pricing"
    )


def _area(request: Request) -> str:
    return request.url.path.split("/")[1]
