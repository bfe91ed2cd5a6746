"""What the platform asks of a process: alive? ready? its metrics. None of it takes a thread that
requests need, and none waits for what they wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from runtime.kafka import KafkaUnavailable, TopicsWrong
from runtime.postgres.database import OperationalError, PersistenceError
from runtime.web.openapi import means

CHECK_SECONDS = 0.8


@dataclass(frozen=True, slots=True)
class Answer:
    """`problems` by name, None for what is well."""

    lag: dict[str, int] = field(default_factory=dict)
    parked: dict[str, int] = field(default_factory=dict)
    problems: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """`ask` may wait for what it asks about. Without an answer the process is not ready where its
    requests need that (`required`), and degraded where they don't."""

    name: str
    ask: Callable[[], Answer]
    required: bool = True


class Readiness:
    """Every check in a thread of its own, one at a time, whose answer everybody gets who asks
    meanwhile: one that hangs holds up no other, and is named."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = checks
        self._running: dict[str, asyncio.Task[Answer]] = {}
        self._threads: CapacityLimiter | None = None

    async def health(self) -> dict[str, Any]:
        self._threads = self._threads or CapacityLimiter(max(1, len(self._checks)))
        running = [self._task(check, self._threads) for check in self._checks]
        if running:
            await asyncio.wait(running, timeout=CHECK_SECONDS)
        found: dict[str, dict[str, Any]] = {"lag": {}, "parked": {}, "problems": {}, "degraded": {}}
        for check, task in zip(self._checks, running, strict=True):
            unanswered = Answer(problems={check.name: f"no answer within {CHECK_SECONDS} s"})
            answer = task.result() if task.done() else unanswered
            found["lag"] |= answer.lag
            found["parked"] |= answer.parked
            wrong = {name: why for name, why in answer.problems.items() if why}
            found["problems" if check.required else "degraded"] |= wrong
        return {"ready": not found["problems"], **found}

    def _task(self, check: Check, threads: CapacityLimiter) -> asyncio.Task[Answer]:
        known = self._running.get(check.name)
        if known is None or known.done():
            known = asyncio.create_task(_asked(check, threads))
            self._running[check.name] = known
        return known


async def _asked(check: Check, threads: CapacityLimiter) -> Answer:
    try:
        return await to_thread.run_sync(check.ask, limiter=threads)
    except Exception as error:
        return Answer(problems={check.name: _told(error)})


def _told(error: Exception) -> str:
    if isinstance(error, KafkaUnavailable | OperationalError):
        return "not reachable"
    if isinstance(error, TopicsWrong):
        return str(error)
    if isinstance(error, PersistenceError):
        return "the schema is not migrated: run `billing migrate`"
    return type(error).__name__


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
    degraded: Annotated[dict[str, str], means("What is wrong, and no request needs, by name.", {})]


def probes(checks: Sequence[Check]) -> APIRouter:
    router = APIRouter(tags=["operations"])
    readiness = Readiness(checks)

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
