"""`/audit`: what happened, what was true when, and the proof that nobody altered it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Literal

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse

from pages.commands import refused
from pages.frame import Frame
from pages.rendering import HEADERS, next_url, query_of, see_other
from workspace_billing import ApiError

HERE = "/audit"
SHOWN = 30
MOST_TOLD = 200
Form = Literal["jsonl", "parquet"]
MEDIA_TYPES: dict[Form, str] = {
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
# Steps of the time slider.
STEPS = 100


def routes(frame: Frame) -> APIRouter:
    router = frame.router()
    _lists(frame, router)
    _export(frame, router)
    _verification(frame, router)

    @router.get(f"{HERE}/workspaces/{{ws}}")
    async def as_of(request: Request, ws: str) -> Response:
        session = frame.sessions.staff(request)
        billing = frame.api.using(session.token)
        timeline = [entry async for entry in billing.audit.timeline(ws)]
        now = frame.renderer.clock()
        began = timeline[0].at if timeline else now
        at = _moment(request, "at") or _slid(request, began, now) or now
        known = _moment(request, "known_at")
        then = await billing.api.show_as_of(ws, at=at, known_at=known)
        return frame.html(
            request,
            "as_of.html",
            session,
            ws=ws,
            then=then,
            at=at,
            known=known,
            step=_step(began, at, now),
            steps=STEPS,
            before=[entry for entry in timeline if entry.at <= at][-MOST_TOLD:],
        )

    return router


def _verification(frame: Frame, router: APIRouter) -> None:
    @router.get(f"{HERE}/verify")
    async def heads(request: Request) -> Response:
        session = frame.sessions.staff(request)
        found = await frame.api.using(session.token).api.show_heads()
        return frame.html(request, "verify.html", session, heads=found, result=None)

    @router.post(f"{HERE}/verify")
    async def verify(request: Request) -> Response:
        session = frame.sessions.staff(request)
        await frame.form(request, session)
        api = frame.api.using(session.token).api
        try:
            result = await api.verify_history()
        except ApiError as error:
            return refused(error, f"{HERE}/verify")
        return frame.html(
            request, "verify.html", session, heads=await api.show_heads(), result=result
        )


def _export(frame: Frame, router: APIRouter) -> None:
    @router.get(f"{HERE}/export")
    async def export(request: Request) -> Response:
        session = frame.sessions.staff(request)
        since, until = _moment(request, "since"), _moment(request, "until")
        asked = query_of(request, "workspace", "since", "until")
        # What can't be read narrows nothing: that would be another export than was asked for.
        if (asked["since"] and not since) or (asked["until"] and not until):
            return see_other(HERE, refused="validation_failed")
        form: Form = "parquet" if request.query_params.get("format") == "parquet" else "jsonl"
        audit = frame.api.using(session.token).audit
        pieces = audit.export(form, workspace=asked["workspace"], since=since, until=until)
        # A refusal comes before the first of them.
        first = await anext(pieces, b"")
        named = {"Content-Disposition": f'attachment; filename="events.{form}"'}
        kind = MEDIA_TYPES[form]
        return StreamingResponse(_all(first, pieces), 200, {**HEADERS, **named}, kind)


def _lists(frame: Frame, router: APIRouter) -> None:
    @router.get(HERE)
    async def events(request: Request) -> Response:
        session = frame.sessions.staff(request)
        names = ("service", "type", "workspace", "stream", "actor", "cause", "cursor")
        query = query_of(request, *names)
        found = await frame.api.using(session.token).api.list_events(
            **query,
            since=_moment(request, "since"),
            until=_moment(request, "until"),
            limit=SHOWN,
        )
        shown = {"events": found.data, "next": next_url(request, found.next)}
        return frame.html(request, "audit.html", session, **shown)

    @router.get(f"{HERE}/streams/{{stream:path}}")
    async def stream(request: Request, stream: str) -> Response:
        session = frame.sessions.staff(request)
        cursor = request.query_params.get("cursor", "")
        found = await frame.api.using(session.token).api.show_stream(
            stream, cursor=int(cursor) if cursor.isdecimal() else None, limit=SHOWN
        )
        shown = {"stream": stream, "events": found.data, "next": next_url(request, found.next)}
        return frame.html(request, "stream.html", session, **shown)

    @router.get(f"{HERE}/decision")
    async def decision(request: Request) -> Response:
        session = frame.sessions.staff(request)
        asked = request.query_params.get("id", "").strip()
        if not asked:
            raise HTTPException(404)
        billing = frame.api.using(session.token)
        told, traced = await asyncio.gather(
            billing.api.explain_decision(asked), billing.audit.decision(asked)
        )
        return frame.html(request, "decision.html", session, told=told, traced=traced)


async def _all(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in others:
        yield piece


def _moment(request: Request, name: str) -> datetime | None:
    """UTC where it names no zone, as a browser's field does."""
    try:
        found = datetime.fromisoformat(request.query_params.get(name, "").strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _slid(request: Request, began: datetime, now: datetime) -> datetime | None:
    step = request.query_params.get("step", "")
    if not step.isdecimal() or int(step) > STEPS:
        return None
    return began + (now - began) * int(step) / STEPS


def _step(began: datetime, at: datetime, now: datetime) -> int:
    whole = max(now - began, timedelta(seconds=1))
    return min(STEPS, max(0, round((at - began) / whole * STEPS)))
