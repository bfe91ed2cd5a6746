"""What the platform asks of a process: alive? ready? its metrics. None of it takes a thread that
requests need, and none waits for what they wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import structlog
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from runtime.web.openapi import means

log = structlog.get_logger()
CHECK_SECONDS = 0.8
Health = dict[str, Any]


class Readiness:
    """One check at a time, whose result everybody gets who asks meanwhile."""

    def __init__(self, check: Callable[[], Health]) -> None:
        self._check = check
        self._threads = CapacityLimiter(1)
        self._running: asyncio.Task[Health] | None = None

    async def health(self) -> Health:
        """Not ready, too, when the check takes too long."""
        running = self._running
        if running is None or running.done():
            running = self._running = asyncio.create_task(self._checked())
        done, _ = await asyncio.wait({running}, timeout=CHECK_SECONDS)
        return running.result() if done else _unready("health", "the check takes too long")

    async def _checked(self) -> Health:
        try:
            return await to_thread.run_sync(self._check, limiter=self._threads)
        except Exception as error:
            log.warning("not_ready", error=type(error).__name__)
            return _unready("database", "not reachable")


def _unready(name: str, problem: str) -> Health:
    return {"ready": False, "lag": {}, "parked": {}, "problems": {name: problem}}


METRICS = {"schema": {"type": "string"}, "example": 'python_info{version="3.12"} 1.0\n'}


class Alive(BaseModel):
    """It is alive."""

    status: Annotated[Literal["ok"], means("Always this.", "ok")]


class Ready(BaseModel):
    """What it waits for, and what is wrong."""

    ready: Annotated[bool, means("Whether it can serve.", True)]
    lag: Annotated[dict[str, int], means("Events behind, by consumer.", {"plan_subscriptions": 0})]
    parked: Annotated[
        dict[str, int], means("Events set aside, by consumer.", {"plan_subscriptions": 0})
    ]
    problems: Annotated[dict[str, str], means("What is wrong, by name.", {})]


def probes(check: Callable[[], Health]) -> APIRouter:
    router = APIRouter(tags=["operations"])
    readiness = Readiness(check)

    @router.get("/healthz")
    async def is_alive() -> Alive:
        """Is the process alive? Nothing else is looked at."""
        return Alive(status="ok")

    @router.get("/readyz", response_model=Ready, responses={503: {"model": Ready}})
    async def is_ready() -> JSONResponse:
        """Can it serve, and how far behind is each consumer? 503 when something is wrong."""
        health = await readiness.health()
        return JSONResponse(health, 200 if health["ready"] else 503)

    return router


def metrics(dependencies: Sequence[Any]) -> APIRouter:
    router = APIRouter(tags=["operations"])
    threads = CapacityLimiter(1)

    @router.get(
        "/metrics",
        responses={200: {"content": {"text/plain": METRICS}}},
        response_class=Response,
        dependencies=dependencies,
    )
    async def show_metrics() -> Response:
        """Metrics for Prometheus, in its text format."""
        text = await to_thread.run_sync(generate_latest, limiter=threads)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return router
