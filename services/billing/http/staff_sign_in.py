"""How people of the platform sign in: at the provider, and from there by a link of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from runtime.web.auth import Access
from runtime.web.openid import Attempt, OpenIdProvider, ProviderUnavailable, SignInRefused
from services.billing.application.page_links import ENTRANCE, SESSION_TIME, PageLinks, Visitor
from services.billing.application.staff_roles import StaffRoles

HERE = "/v1/pages/sign-in"
CALLBACK = f"{HERE}/callback"
LEAVE = "/v1/pages/sign-out"
COOKIE = "billing_sign_in"
HINT, LONGEST_HINT = "billing_sign_out", 3_800
# How long somebody may take at the provider.
SECONDS = 600
STAFF_PAGE = re.compile(r"/(?:admin|audit)(?:/[A-Za-z0-9._~%:/-]*)?")


@dataclass(frozen=True, slots=True)
class StaffSignIn:
    """`origin` is where browsers reach the pages."""

    provider: OpenIdProvider
    roles: StaffRoles
    origin: str

    @property
    def secure(self) -> bool:
        return urlsplit(self.origin).scheme == "https"


def sign_in_routes(sign_in: StaffSignIn, links: PageLinks, access: Access) -> APIRouter:
    """For browsers, which see no JSON: what goes wrong is told on a page."""
    router = APIRouter(dependencies=[access.anybody], include_in_schema=False)

    @router.get(HERE)
    def begin(page: str = "", again: bool = False) -> Response:
        attempt = Attempt.new()
        try:
            answer = _to(sign_in.provider.address(attempt, again=again))
        except ProviderUnavailable:
            return _refused(sign_in, "unavailable")
        kept = "/".join((attempt.state, attempt.nonce, attempt.verifier)) + _staff_page(page)
        answer.set_cookie(
            COOKIE, kept, SECONDS, path=HERE, secure=sign_in.secure, httponly=True, samesite="lax"
        )
        return answer

    @router.get(CALLBACK)
    def come_back(request: Request, code: str = "", state: str = "") -> Response:
        attempt, page = _kept(request)
        try:
            identity = sign_in.provider.identity(attempt, state, code)
        except SignInRefused:
            return _refused(sign_in, "refused")
        except ProviderUnavailable:
            return _refused(sign_in, "unavailable")
        claims = identity.claims
        role = sign_in.roles.role_of(claims)
        if role is None:
            return _refused(sign_in, "role")
        proved = _authenticated(claims)
        visitor = Visitor(str(claims["sub"]), role, page=page, authenticated_at=proved)
        answer = _to(links.issue(visitor).url)
        answer.delete_cookie(COOKIE, path=HERE)
        _keep_hint(answer, identity.token, secure=sign_in.secure)
        return answer

    _way_out(router, sign_in)
    return router


def _way_out(router: APIRouter, sign_in: StaffSignIn) -> None:
    @router.get(LEAVE)
    def leave(request: Request) -> Response:
        """After the session here, the one at the provider."""
        ended = f"{sign_in.origin}{ENTRANCE}/ended"
        hint = request.cookies.get(HINT, "")
        try:
            answer = _to(sign_in.provider.leaving(ended, hint) or f"{ended}?still=there")
        except ProviderUnavailable:
            answer = _to(f"{ended}?still=there")
        answer.delete_cookie(HINT, path=LEAVE)
        return answer


def _keep_hint(answer: Response, token: str, *, secure: bool) -> None:
    """For as long as the session here lasts, in the browser: nothing of a session is kept here.
    What is too long for a cookie is left out: the provider then asks who leaves."""
    if len(token) <= LONGEST_HINT:
        seconds = int(SESSION_TIME.total_seconds())
        answer.set_cookie(
            HINT, token, seconds, path=LEAVE, secure=secure, httponly=True, samesite="lax"
        )


def _kept(request: Request) -> tuple[Attempt, str]:
    """Of a browser that began nothing, an attempt that no answer fits."""
    found = request.cookies.get(COOKIE, "").split("/", 3)
    if len(found) < len(("state", "nonce", "verifier")):
        return Attempt.new(), ""
    page = f"/{found[3]}" if len(found) > len(("state", "nonce", "verifier")) else ""
    return Attempt(*found[:3]), _staff_page(page)


def _staff_page(page: str) -> str:
    return page if STAFF_PAGE.fullmatch(page) else ""


def _authenticated(claims: Mapping[str, Any]) -> datetime:
    """When the person last proved who they are; unknown is long ago."""
    return datetime.fromtimestamp(int(claims.get("auth_time") or 0), UTC)


def _to(url: str) -> RedirectResponse:
    return RedirectResponse(url, 303, {"Cache-Control": "no-store"})


def _refused(sign_in: StaffSignIn, why: str) -> Response:
    return _to(f"{sign_in.origin}{ENTRANCE}?{urlencode({'refused': why})}")
