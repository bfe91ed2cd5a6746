"""The link that lets somebody in, the way out, and what every page loads."""

from __future__ import annotations

import re

from fastapi import APIRouter, HTTPException, Request, Response

from pages.frame import Frame
from pages.rendering import see_other
from pages.session import FIRST, Session, SignInFailed
from workspace_billing import models

# What a link may name.
PAGES = {"billing": "/app/billing", "addons": "/app/billing/addons"}
STAFF_PAGE = re.compile(r"/(admin|audit)(/|$)")
LONG = "public, max-age=31536000, immutable"


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get("/session")
    async def enter(code: str = "", refused: str = "") -> Response:
        if refused:
            raise SignInFailed(refused)
        opened = await frame.api.api.redeem_page_link(code=code or "-")
        response = see_other(_first_page(opened))
        frame.sessions.begin(response, opened.token)
        return response

    @router.get("/session/ended")
    async def ended(request: Request, still: str = "") -> Response:
        """Back from the provider's sign-out."""
        return frame.html(request, "left.html", return_url="", sign_out="", still=still != "")

    @router.post("/app/leave")
    async def leave(request: Request) -> Response:
        return await _left(frame, request, frame.sessions.member(request))

    @router.post("/admin/leave")
    async def leave_staff(request: Request) -> Response:
        return await _left(frame, request, frame.sessions.staff(request))

    @router.get("/assets/{name}")
    async def asset(request: Request) -> Response:
        found = frame.renderer.assets.get(request.url.path)
        if found is None:
            raise HTTPException(404)
        return Response(found.content, media_type=found.kind, headers={"Cache-Control": LONG})

    return router


def _first_page(opened: models.Session) -> str:
    """Of what a link names, pages of ours alone."""
    if not opened.workspace and STAFF_PAGE.match(opened.page):
        return opened.page
    return PAGES.get(opened.page) or FIRST.get(opened.role) or FIRST["member"]


def fallback(frame: Frame) -> APIRouter:
    """Addresses below the pages' own that are none, after all others."""
    router = frame.router()

    @router.api_route("/app", methods=["GET"])
    @router.api_route("/app/{rest:path}", methods=["GET", "POST"])
    @router.api_route("/admin/{rest:path}", methods=["GET", "POST"])
    @router.api_route("/audit/{rest:path}", methods=["GET", "POST"])
    async def missing() -> Response:
        raise HTTPException(404)

    return router


async def _left(frame: Frame, request: Request, session: Session) -> Response:
    await frame.form(request, session)
    sign_out = "" if session.workspace else frame.sign_out_url
    response = frame.html(
        request, "left.html", return_url=session.return_url, sign_out=sign_out, still=False
    )
    frame.sessions.end(response, session)
    return response
